/*
 * Is:        the main of slagboom-tokend: who is a subscriber of ours, by keyed tokens.
 * Is not:    a list of subscribers: identifiers pass through once and are wiped. The key
 *            is made here for each load and never leaves.
 * Called by: the supervisor; `slagboom members load` through it; whoever inspects asks it.
 * Owns:      the set in force.
 * Trust:     the CSV may be wrong anywhere; askers may have been taken over (askers.h).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "inspect/members.h"
#include "inspect/members_csv.h"
#include "inspect/plan.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/child.h"
#include "proc/talk/members_proto.h"
#include "proc/tokend/askers.h"

#define REPORT_NS (100ull * NS_PER_MS)
/* Askers wait for an answer while a load goes on: a turn takes some milliseconds. */
enum { READ_MAX = 1 << 16, READS_PER_TURN = 2 };

static struct tokend {
	struct loop *loop;
	struct plan *plan;
	struct members_slot members;
	struct askers askers;
	struct members *old; /* was in force, on its way out */
	struct loop_timer build, retire;
	/* The load that is going on; none when data_fd is -1. */
	int data_fd, report_fd;
	struct loop_watch *data_watch;
	struct members_load *load;
	struct members_csv csv;
	uint64_t began_ns, reported_ns;
} tokend = { .data_fd = -1, .report_fd = -1 };

/* One line of progress. A reader who is too slow misses some, not the last. */
static void report(struct tokend *t, bool done, const char *failed)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, MEMBERS_PROGRESS_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "bad");
	json_u64(&j, t->csv.n_bad);
	json_key(&j, "done");
	json_bool(&j, done);
	json_key(&j, "failed");
	json_str(&j, failed);
	json_key(&j, "ids");
	json_u64(&j, t->load ? members_load_ids(t->load) : members_size(t->members.now).ids);
	json_key(&j, "lines");
	json_u64(&j, t->csv.n_lines);
	json_key(&j, "persons");
	json_u64(&j, t->load ? t->csv.n_lines : members_size(t->members.now).persons);
	json_key(&j, "version");
	json_u64(&j, t->members.version);
	json_end(&j);
	if (!json_ok(&j) || !buf_put_u8(&b, '\n'))
		return;
	t->reported_ns = clock_mono_ns();
	if (write(t->report_fd, buf_rd(&b).p, b.len) < 0)
		return; /* nobody reads it any more; the event tells too */
}

static void end_load(struct tokend *t)
{
	loop_unwatch(t->loop, &t->data_watch);
	loop_timer_clear(t->loop, &t->build);
	fd_close(&t->data_fd);
	fd_close(&t->report_fd);
	members_csv_done(&t->csv);
	members_load_free(&t->load);
}

static void give_up(struct tokend *t, const char *why)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "line %llu: %s", (unsigned long long)t->csv.n_lines, why);
	struct event e = { .id = EVENT_MEMBERS_REFUSED,
		.value = { { .number = (int64_t)t->csv.n_lines }, { .bytes = rd_str(text) } } };
	child_event(&e);
	report(t, true, text);
	end_load(t);
}

/* The set that was in force, a part at a time. */
static void on_retire(void *ctx)
{
	struct tokend *t = ctx;

	if (!members_free_step(&t->old))
		loop_timer_set(t->loop, &t->retire, 0);
}

static void put_in_force(struct tokend *t)
{
	struct members *next = members_load_finish(&t->load);
	struct members_size size;

	members_free(&t->old);
	members_swap(&t->members, &next);
	t->old = next;
	loop_timer_set(t->loop, &t->retire, 0);
	size = members_size(t->members.now);
	struct event e = { .id = EVENT_MEMBERS_LOADED, .value = { { .number = (int64_t)t->csv.n_bad },
		{ .number = (int64_t)size.bytes }, { .number = (int64_t)size.ids },
		{ .number = (int64_t)((clock_mono_ns() - t->began_ns) / NS_PER_MS) },
		{ .number = (int64_t)size.persons }, { .number = (int64_t)t->members.version } } };
	child_event(&e);
	report(t, true, "");
	end_load(t);
}

static void on_build(void *ctx)
{
	struct tokend *t = ctx;

	if (members_load_step(t->load))
		put_in_force(t);
	else
		loop_timer_set(t->loop, &t->build, 0);
}

static void build(struct tokend *t)
{
	if (members_csv_end(&t->csv) < 0) {
		give_up(t, t->csv.why);
		return;
	}
	loop_unwatch(t->loop, &t->data_watch);
	loop_timer_set(t->loop, &t->build, 0);
}

static void on_data(void *ctx, uint32_t events)
{
	static uint8_t raw[READ_MAX];
	struct tokend *t = ctx;
	ssize_t n = 0;

	for (int i = 0; i < READS_PER_TURN; i++) {
		n = read(t->data_fd, raw, sizeof(raw));
		if (n <= 0)
			break;
		int r = members_csv_feed(&t->csv, rd_of(raw, (size_t)n));
		if (r < 0) {
			give_up(t, t->csv.why ? t->csv.why : strerror(-r));
			n = 1;
			break;
		}
	}
	mem_wipe(raw, sizeof(raw));
	if (n == 0)
		build(t);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		give_up(t, strerror(errno));
	else if (t->load && clock_mono_ns() - t->reported_ns > REPORT_NS)
		report(t, false, "");
}

/* A second load while one is going on is turned away by its closed pipes. */
static int load(void *ctx, int data_fd, int report_fd)
{
	struct tokend *t = ctx;
	uint8_t key[SIPHASH_KEY_LEN];

	if (t->load) {
		fd_close(&data_fd);
		fd_close(&report_fd);
		return 0;
	}
	t->data_fd = data_fd;
	t->report_fd = report_fd;
	random_fill(random_system(), key, sizeof(key));
	t->load = members_load_new(key, MEMBERS_IDS_MAX);
	mem_wipe(key, sizeof(key));
	members_csv_init(&t->csv, t->load, t->plan);
	t->began_ns = t->reported_ns = clock_mono_ns();
	if (fd_set_nonblock(data_fd, true) < 0 || fd_set_nonblock(report_fd, true) < 0 ||
	    loop_watch(t->loop, data_fd, EPOLLIN, on_data, t, &t->data_watch) < 0)
		give_up(t, "not a pipe");
	return 0;
}

static int prepare(void *ctx, int dir_fd)
{
	struct tokend *t = ctx;
	struct plan_error why;

	crypto_start();
	return plan_parse(plan_default_text(), &t->plan, &why);
}

static int start(void *ctx, struct loop *l)
{
	struct tokend *t = ctx;

	t->loop = l;
	loop_timer_init(&t->build, on_build, t);
	loop_timer_init(&t->retire, on_retire, t);
	askers_init(&t->askers, l, t->plan, &t->members);
	return 0;
}

static int linked(void *ctx, struct rd peer, int fd)
{
	struct tokend *t = ctx;

	return askers_linked(&t->askers, peer, fd);
}

static void done(void *ctx)
{
	struct tokend *t = ctx;

	if (t->loop)
		askers_done(&t->askers);
	if (t->load)
		end_load(t);
	members_free(&t->members.now);
	members_free(&t->old);
	plan_free(&t->plan);
}

int main(void)
{
	static const struct child me = { .name = "tokend", .prepare = prepare, .start = start, .linked = linked,
		.load = load, .done = done, .ctx = &tokend };

	return child_main(&me);
}
