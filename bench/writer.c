/*
 * Is:        how long a record waits for its acknowledgement at an offered load: the real
 *            evidenced with its tree and its key, at level G0.
 * Is not:    a test; it judges nothing.
 * Called by: hand (make bench); needs SLAGBOOM_BUILD.
 * Owns:      what its rig owns.
 * Trust:     no input.
 *
 * usage: bench-writer [SECONDS]
 *
 * Load is open-loop: record i comes at i / rate, whether or not the writer keeps up, and its
 * time runs from then until its acknowledgement was read. SLAGBOOM_BUILD may name another
 * build, to compare two in one run. Beside it, in the same run, the disk alone: a pwrite of
 * 20 KiB into a file that has its room, and fdatasync.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "proc/ship/rig.h"
#include "testing/latency.h"

#define LOOK_NS (50ull * NS_PER_US)

static struct run {
	struct rig rig;
	uint64_t rate, began_ns, first, acknowledged, stop_ns, n_done;
	struct latency latency;
	struct loop_timer look;
} r;

static void look(void *ctx)
{
	uint64_t now = clock_mono_ns(), n = rig_acknowledged(&r.rig) - r.first;
	uint64_t due = (uint64_t)((__uint128_t)(now - r.began_ns) * r.rate / NS_PER_S), pushed = r.rig.n_pushed - r.first;

	for (; r.n_done < n; r.n_done++)
		latency_add(&r.latency, now - r.began_ns - (uint64_t)((__uint128_t)r.n_done * NS_PER_S / r.rate));
	/* Room in the asker's queue is the bound: what does not go in waits here, and its time runs. */
	for (; pushed <= due && pushed - n < 6000; pushed++)
		rig_push(&r.rig, 1);
	if (now < r.stop_ns)
		loop_timer_set(r.rig.loop, &r.look, LOOK_NS);
}

static bool all_acknowledged(struct rig *rig)
{
	return rig->recorder.n_queue == 0;
}

static void row(const char *what, uint64_t rate, double n, double s)
{
	printf("%-16s  %8llu  %9.0f  %8.2f  %8.2f  %8.2f  %8.2f\n", what, (unsigned long long)rate, n / s,
	    (double)latency_at(&r.latency, 0.5) / 1e6, (double)latency_at(&r.latency, 0.99) / 1e6,
	    (double)latency_at(&r.latency, 0.999) / 1e6, (double)r.latency.max_ns / 1e6);
}

static void measure(uint64_t rate, unsigned seconds)
{
	(void)rig_until(&r.rig, all_acknowledged, 10000);
	r.latency = (struct latency){ .max_ns = 0 };
	r.rate = rate;
	r.n_done = 0;
	r.first = r.rig.n_pushed;
	r.began_ns = clock_mono_ns();
	r.stop_ns = r.began_ns + (uint64_t)seconds * NS_PER_S;
	loop_timer_init(&r.look, look, NULL);
	loop_timer_set(r.rig.loop, &r.look, 0);
	rig_run(&r.rig, seconds * 1000);
	loop_timer_clear(r.rig.loop, &r.look);
	row("evidenced", rate, (double)r.n_done, seconds);
}

static void disk_alone(unsigned seconds)
{
	enum { LEN = 20480, FILE_LEN = 16 << 20 };
	uint8_t *zeros = mem_new(FILE_LEN, 1);
	char path[128];
	uint64_t start, at;
	unsigned n = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/raw", r.rig.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT(fd >= 0 && pwrite(fd, zeros, FILE_LEN, 0) == FILE_LEN && fdatasync(fd) == 0);
	r.latency = (struct latency){ .max_ns = 0 };
	for (start = at = clock_mono_ns(); at - start < (uint64_t)seconds * NS_PER_S; n++) {
		uint64_t before = at;
		ASSERT(pwrite(fd, zeros, LEN, (off_t)n % 700 * LEN) == LEN && fdatasync(fd) == 0);
		at = clock_mono_ns();
		latency_add(&r.latency, at - before);
	}
	(void)close(fd);
	mem_free(&zeros);
	row("the disk alone", 0, n, seconds);
}

int main(int argc, char **argv)
{
	static const uint64_t rates[] = { 1000, 20000, 100000 };
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 5;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	printf("what               offered  records/s    p50 ms    p99 ms  p99.9 ms    max ms\n");
	rig_open(&r.rig);
	rig_up(&r.rig, false);
	disk_alone(seconds);
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		measure(rates[i], seconds);
	rig_close(&r.rig);
	return 0;
}
