/*
 * Is:        acknowledged records per second, and how long each waited, at the levels G0, G1
 *            and G2: the real processes, with a mirror and two witnesses on loopback.
 * Is not:    a test; it judges nothing.
 * Called by: hand (make bench); needs SLAGBOOM_BUILD.
 * Owns:      what its rig owns.
 * Trust:     no input.
 *
 * usage: bench-levels [SECONDS]
 *
 * Load is closed-loop: so many records are kept waiting at a time, and when some are
 * acknowledged as many new ones are recorded. A record's time runs from its request until
 * its acknowledgement was read, which is looked for every 20 us.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timefmt.h"
#include "os/clock.h"
#include "proc/ship/rig.h"
#include "testing/latency.h"

enum { WINDOW_MAX = 8192 };
#define LOOK_NS (20ull * NS_PER_US)

struct run {
	struct rig *rig;
	unsigned window;
	uint64_t pushed_ns[WINDOW_MAX]; /* of those that wait, as a ring */
	uint64_t first, n_acknowledged, stop_ns;
	struct latency latency;
	struct loop_timer look;
};

static void look(void *ctx)
{
	struct run *r = ctx;
	uint64_t now = clock_mono_ns(), acknowledged = rig_acknowledged(r->rig);

	for (; r->first < acknowledged; r->first++) {
		latency_add(&r->latency, now - r->pushed_ns[r->first % WINDOW_MAX]);
		r->n_acknowledged++;
	}
	while (r->rig->n_pushed < r->first + r->window) {
		r->pushed_ns[r->rig->n_pushed % WINDOW_MAX] = clock_mono_ns();
		rig_push(r->rig, 1);
	}
	if (now < r->stop_ns)
		loop_timer_set(r->rig->loop, &r->look, LOOK_NS);
}

static bool all_acknowledged(struct rig *r)
{
	return r->recorder.n_queue == 0;
}

static void measure(struct rig *rig, const char *level, unsigned window, unsigned seconds)
{
	static struct run r;
	uint64_t began;

	(void)rig_until(rig, all_acknowledged, 10000);
	r = (struct run){ .rig = rig, .window = window, .first = rig->n_pushed };
	loop_timer_init(&r.look, look, &r);
	began = clock_mono_ns();
	r.stop_ns = began + (uint64_t)seconds * NS_PER_S;
	loop_timer_set(rig->loop, &r.look, 0);
	rig_run(rig, seconds * 1000);
	loop_timer_clear(rig->loop, &r.look);
	printf("%-5s  %7u  %9.0f  %8.2f  %8.2f  %8.2f\n", level, window,
	    (double)r.n_acknowledged * 1e9 / (double)(clock_mono_ns() - began), (double)latency_at(&r.latency, 0.5) / 1e6,
	    (double)latency_at(&r.latency, 0.99) / 1e6, (double)r.latency.max_ns / 1e6);
}

static void run_level(const char *level, unsigned seconds)
{
	static const unsigned windows[] = { 1, 64, WINDOW_MAX };
	static struct rig rig;
	char text[2048];

	rig_open(&rig);
	rig_peer_start(&rig, 0, "witness", "w.one");
	rig_peer_start(&rig, 1, "witness", "w.two");
	rig_peer_start(&rig, 2, "mirror", "mirror.one");
	(void)snprintf(text, sizeof(text), "log %s\nwitness one %s http://127.0.0.1:%u\nwitness two %s http://127.0.0.1:%u\n"
	    "group g all one two\nquorum g\n", rig.log_vkey, rig.peer[0].vkey, rig.peer[0].port, rig.peer[1].vkey, rig.peer[1].port);
	if (level[1] == '2')
		rig_write(&rig, "witnesses", text);
	(void)snprintf(text, sizeof(text), "level %s\nmirror %s http://127.0.0.1:%u\n", level, rig.peer[2].vkey, rig.peer[2].port);
	rig_write(&rig, "evidence.conf", level[1] == '1' ? text : level[1] == '2' ? "level G2\n" : NULL);
	rig_up(&rig, true);
	for (size_t i = 0; i < ARRAY_LEN(windows); i++)
		measure(&rig, level, windows[i], seconds);
	rig_close(&rig);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	printf("level  waiting  records/s    p50 ms    p99 ms    max ms\n");
	run_level("G0", seconds);
	run_level("G1", seconds);
	run_level("G2", seconds);
	return 0;
}
