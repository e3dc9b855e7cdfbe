/*
 * Is:        the test of asking tokend: the real process, loaded with subscribers, and
 *            askers that behave, ask too much, break the protocol, or stay too long.
 * Is not:    a test of what a member is (inspect/test_members.c).
 * Called by: the test run; needs SLAGBOOM_BUILD. With SLAGBOOM_BENCH it also prints how
 *            many questions a second are answered.
 * Owns:      the tokend that it starts.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "inspect/inspector.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/broker.h"
#include "proc/members_link.h"
#include "proc/supervise.h"
#include "proc/talk/ask_proto.h"
#include "proc/tokend/askers.h"
#include "testing/test.h"

enum { PERSONS = 50000, PATIENCE_S = 20 };

struct bench {
	char libexec[4096];
	struct loop *loop;
	struct supervised tokend;
	struct loop_timer give_up;
	unsigned n_loaded, n_limited, n_refused;
	enum event_id wait_for;
};

static struct bench *running;

__attribute__((destructor)) static void leave_nothing(void)
{
	if (running && running->tokend.pid > 0)
		(void)kill(running->tokend.pid, SIGKILL);
}

static void on_event(void *ctx, const struct event *e)
{
	struct bench *b = ctx;

	b->n_loaded += e->id == EVENT_MEMBERS_LOADED;
	b->n_limited += e->id == EVENT_ASKER_LIMITED;
	b->n_refused += e->id == EVENT_LINK_REFUSED;
	if (e->id == b->wait_for)
		loop_stop(b->loop, 0);
}

static void on_changed(void *ctx, struct supervised *s)
{
	struct bench *b = ctx;

	loop_stop(b->loop, 0);
}

static const struct supervise_calls calls = { on_event, on_changed };

static void too_long(void *ctx)
{
	loop_stop(((struct bench *)ctx)->loop, 1);
}

/* Runs the supervisor's loop until the event (or the child's state changes). */
static void wait_for(struct bench *b, enum event_id id)
{
	b->wait_for = id;
	loop_timer_set(b->loop, &b->give_up, PATIENCE_S * NS_PER_S);
	CHECK_INT(loop_run(b->loop), 0);
	loop_timer_clear(b->loop, &b->give_up);
}

static void open_bench_as(struct bench *b, const struct process *row)
{
	const char *build = getenv("SLAGBOOM_BUILD");

	leave_nothing();
	*b = (struct bench){ .n_loaded = 0 };
	running = b;
	CHECK(build);
	(void)snprintf(b->libexec, sizeof(b->libexec), "%s/src/proc", build);
	CHECK_INT(loop_new(&b->loop), 0);
	loop_timer_init(&b->give_up, too_long, b);
	supervise_init(&b->tokend, row, b->loop);
	b->tokend.calls = &calls;
	b->tokend.ctx = b;
	b->tokend.libexec = b->libexec;
	b->tokend.origin = "";
	b->tokend.state_dir = AT_FDCWD;
	supervise_start(&b->tokend);
	loop_timer_set(b->loop, &b->give_up, PATIENCE_S * NS_PER_S);
	while (b->tokend.state != CHILD_READY)
		CHECK_INT(loop_run(b->loop), 0);
}

static void open_bench(struct bench *b)
{
	open_bench_as(b, process_find("tokend"));
}

static void close_bench(struct bench *b)
{
	loop_timer_set(b->loop, &b->give_up, PATIENCE_S * NS_PER_S);
	supervise_stop(&b->tokend);
	while (b->tokend.state != CHILD_DOWN)
		CHECK_INT(loop_run(b->loop), 0);
	CHECK(strcmp(b->tokend.last_end, "") == 0 || strcmp(b->tokend.last_end, "status-0") == 0);
	running = NULL;
	supervise_done(&b->tokend);
	loop_free(&b->loop);
}

/* The k-th subscriber's number and IMSI: every second number is nobody's. */
static void name(char *msisdn, char *imsi, size_t n, unsigned k)
{
	(void)snprintf(msisdn, n, "316%08u", 12000000 + 2 * k);
	(void)snprintf(imsi, n, "20408%010u", 7 * k);
}

/* A pipe holds less than the file: a child of ours writes it, and is left to be waited for. */
static pid_t begin_load(struct bench *b, unsigned persons, int *progress)
{
	int data[2], report[2];
	pid_t pid;

	CHECK(pipe2(data, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		FILE *f = fdopen(data[1], "w");
		(void)fputs("msisdn,imsi\n", f);
		for (unsigned k = 0; k < persons; k++) {
			char m[24], i[24];
			name(m, i, sizeof(m), k);
			(void)fprintf(f, "%s,%s\n", m, i);
		}
		(void)fclose(f);
		_exit(0);
	}
	fd_close(&data[1]);
	CHECK(supervise_load(&b->tokend, data[0], report[1]));
	*progress = report[0];
	return pid;
}

static void load(struct bench *b, unsigned persons)
{
	int progress;
	pid_t pid = begin_load(b, persons, &progress);

	wait_for(b, EVENT_MEMBERS_LOADED);
	fd_close(&progress);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static struct members_link *asker(struct bench *b)
{
	static const uint64_t key[2] = { 5, 6 };
	struct members_link *l = members_link_new(key);
	int pair[2];

	CHECK_INT(ipc_pair(pair), 0);
	supervise_link(&b->tokend, "gate", pair[0]);
	members_link_linked(l, pair[1]);
	return l;
}

static struct inspect_ask ask_one(struct members_link *l, enum scan_kind kind, const char *value)
{
	struct inspect_ask a = { .kind = kind, .value = rd_str(value) };

	members_link_ask(l, &a, 1);
	return a;
}

TEST(who_is_a_member_and_whose_identifiers_belong_together)
{
	static struct bench b;
	struct inspect_ask a, i, other;
	uint32_t person;

	open_bench(&b);
	AUTO(members_link_free) struct members_link *l = asker(&b), *second = asker(&b);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000000").membership == MEMBERSHIP_UNKNOWN); /* no set yet */
	CHECK_U64(members_link_figures(l).version, 0);
	load(&b, PERSONS);
	a = ask_one(l, SCAN_MSISDN, "31612000014");
	i = ask_one(l, SCAN_IMSI, "204080000000049");
	other = ask_one(l, SCAN_IMSI, "204080000000042");
	CHECK(a.membership == MEMBERSHIP_MEMBER && i.membership == MEMBERSHIP_MEMBER && other.membership == MEMBERSHIP_MEMBER);
	CHECK(a.person != 0 && a.person == i.person && a.person != other.person);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000015").membership == MEMBERSHIP_NONE);
	CHECK(ask_one(l, SCAN_IMSI, "31612000014").membership == MEMBERSHIP_NONE); /* of that kind it is none */
	CHECK_U64(members_link_figures(l).version, 1);
	CHECK(members_link_figures(l).share > 0 && members_link_figures(l).share < 0.1);
	/* Two askers cannot compare notes about persons. */
	person = ask_one(second, SCAN_MSISDN, "31612000014").person;
	CHECK(person != 0 && person != a.person);
	close_bench(&b);
}

/* Here of tokend's own event, as if it were another's: what no row permits is not recorded, and ends
 * whoever told it. */
TEST(what_a_process_may_not_tell_is_refused)
{
	struct process mute = *process_find("tokend");
	static struct bench b;
	int progress;
	pid_t pid, writer;

	mute.tells[0] = NULL;
	open_bench_as(&b, &mute);
	pid = b.tokend.pid;
	writer = begin_load(&b, 10, &progress);
	wait_for(&b, EVENT_LINK_REFUSED);
	CHECK_U64(b.n_loaded, 0);
	while (b.tokend.pid == pid)
		CHECK_INT(loop_run(b.loop), 0);
	CHECK(strcmp(b.tokend.last_end, "SIGKILL") == 0);
	fd_close(&progress);
	CHECK(waitpid(writer, NULL, 0) == writer);
	b.tokend.last_end[0] = '\0';
	close_bench(&b);
}

TEST(answers_are_remembered_and_forgotten_when_the_set_changes)
{
	static struct bench b;
	uint64_t asked;

	open_bench(&b);
	load(&b, 1);
	AUTO(members_link_free) struct members_link *l = asker(&b);
	for (int k = 0; k < 10; k++)
		CHECK(ask_one(l, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_NONE);
	asked = members_link_figures(l).n_asked;
	CHECK_U64(asked, 1);
	load(&b, 2); /* now it is one; the next new question tells */
	(void)ask_one(l, SCAN_MSISDN, "31699999999");
	CHECK(ask_one(l, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_MEMBER);
	CHECK_U64(members_link_figures(l).version, 2);
	close_bench(&b);
}

/* Reading, building and wiping the set before take turns with the questions. */
TEST(a_load_holds_no_asker_up)
{
	static struct bench b;
	char text[24];
	int progress;
	pid_t pid;

	open_bench(&b);
	load(&b, 500000);
	AUTO(members_link_free) struct members_link *l = asker(&b);
	(void)ask_one(l, SCAN_MSISDN, "31612000000");
	pid = begin_load(&b, 500000, &progress);
	for (unsigned k = 0; members_link_figures(l).version < 2 && k < 3000000; k++) {
		(void)snprintf(text, sizeof(text), "316%08u", k);
		CHECK(ask_one(l, SCAN_MSISDN, text).membership != MEMBERSHIP_UNKNOWN);
	}
	CHECK_U64(members_link_figures(l).version, 2);
	wait_for(&b, EVENT_MEMBERS_LOADED);
	fd_close(&progress);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close_bench(&b);
}

TEST(many_at_once_get_each_its_own_answer)
{
	enum { MANY = 3 * ASK_IDS_MAX + 11 };
	static struct inspect_ask asks[MANY];
	static char text[MANY][24];
	static struct bench b;

	open_bench(&b);
	load(&b, PERSONS);
	AUTO(members_link_free) struct members_link *l = asker(&b);
	for (unsigned k = 0; k < MANY; k++) {
		(void)snprintf(text[k], sizeof(text[k]), "316%08u", 12000000 + k);
		asks[k] = (struct inspect_ask){ .kind = SCAN_MSISDN, .value = rd_str(text[k]) };
	}
	members_link_ask(l, asks, MANY);
	for (unsigned k = 0; k < MANY; k++)
		CHECK(asks[k].membership == (k % 2 ? MEMBERSHIP_NONE : MEMBERSHIP_MEMBER));
	close_bench(&b);
}

TEST(whoever_brings_askers_may_do_nothing_else_and_others_may_not_bring)
{
	static const uint8_t body[] = { 4, 'g', 'a', 't', 'e' };
	static const uint64_t key[2] = { 7, 8 };
	static struct bench b;
	AUTO(members_link_free) struct members_link *l = members_link_new(key), *door = members_link_new(key);
	struct ipc_row none[] = { { 99, "none", 1, false, 0, 0, NULL } };
	struct ipc_table table = { "test", none, 1 };
	struct ipc *link;
	int pair[2], brought[2];

	open_bench(&b);
	load(&b, 10);
	CHECK_INT(ipc_pair(pair), 0);
	supervise_link(&b.tokend, ASKERS_BRINGER, pair[0]);
	CHECK_INT(ipc_new(b.loop, pair[1], &table, NULL, NULL, &link), 0);
	CHECK_INT(ipc_pair(brought), 0);
	CHECK_INT(ipc_send_fds(link, BROKER_LINK, rd_of(body, sizeof(body)), brought, 1), 0);
	members_link_linked(l, brought[1]);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_MEMBER);
	ipc_free(&link);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000004").membership == MEMBERSHIP_MEMBER); /* it lives on */

	CHECK_INT(ipc_pair(pair), 0);
	supervise_link(&b.tokend, ASKERS_BRINGER, pair[0]);
	members_link_linked(door, pair[1]);
	CHECK(ask_one(door, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_UNKNOWN);
	wait_for(&b, EVENT_LINK_REFUSED);

	CHECK_INT(ipc_pair(pair), 0);
	supervise_link(&b.tokend, "gate", pair[0]);
	CHECK_INT(ipc_new(b.loop, pair[1], &table, NULL, NULL, &link), 0);
	CHECK_INT(ipc_pair(brought), 0);
	CHECK_INT(ipc_send_fds(link, BROKER_LINK, rd_of(body, sizeof(body)), brought, 1), 0);
	fd_close(&brought[1]);
	wait_for(&b, EVENT_LINK_REFUSED);
	CHECK_U64(b.n_refused, 2);
	ipc_free(&link);
	close_bench(&b);
}

TEST(an_asker_that_tries_numbers_is_limited_and_told_on)
{
	static struct inspect_ask asks[ASK_IDS_MAX];
	static char text[ASK_IDS_MAX][24];
	static struct bench b;
	uint64_t answered;

	open_bench(&b);
	load(&b, 10);
	AUTO(members_link_free) struct members_link *l = asker(&b), *other = asker(&b);
	for (unsigned at = 0; members_link_figures(l).n_unknown == 0 && at < 2 * ASKER_BURST; at += ASK_IDS_MAX) {
		for (unsigned k = 0; k < ASK_IDS_MAX; k++) {
			(void)snprintf(text[k], sizeof(text[k]), "316%08u", at + k);
			asks[k] = (struct inspect_ask){ .kind = SCAN_MSISDN, .value = rd_str(text[k]) };
		}
		members_link_ask(l, asks, ASK_IDS_MAX);
	}
	wait_for(&b, EVENT_ASKER_LIMITED);
	answered = members_link_figures(l).n_asked - members_link_figures(l).n_unknown;
	CHECK(answered >= ASKER_BURST - ASK_IDS_MAX && answered < ASKER_BURST + PATIENCE_S * ASKER_PER_S);
	CHECK(asks[0].membership == MEMBERSHIP_UNKNOWN);
	CHECK_U64(b.n_limited, 1);
	CHECK(ask_one(other, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_MEMBER);
	close_bench(&b);
}

TEST(a_tokend_that_dies_leaves_membership_unknown_until_it_is_back)
{
	static struct bench b;

	open_bench(&b);
	load(&b, 10);
	AUTO(members_link_free) struct members_link *l = asker(&b);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_MEMBER);
	CHECK(kill(b.tokend.pid, SIGKILL) == 0);
	loop_timer_set(b.loop, &b.give_up, PATIENCE_S * NS_PER_S);
	CHECK_INT(loop_run(b.loop), 0); /* it is gone */
	CHECK(ask_one(l, SCAN_MSISDN, "31612000004").membership == MEMBERSHIP_UNKNOWN);
	CHECK(!members_link_figures(l).is_linked && members_link_figures(l).n_unknown == 1);
	b.tokend.n_quick = 0;
	while (b.tokend.state != CHILD_READY)
		CHECK_INT(loop_run(b.loop), 0);
	load(&b, 10);
	int pair[2];
	CHECK_INT(ipc_pair(pair), 0);
	supervise_link(&b.tokend, "gate", pair[0]);
	members_link_linked(l, pair[1]);
	CHECK(ask_one(l, SCAN_MSISDN, "31612000004").membership == MEMBERSHIP_MEMBER);
	close_bench(&b);
}

TEST(more_askers_than_there_is_room_for_are_turned_away)
{
	static struct members_link *all[ASKERS_MAX + 1];
	static struct bench b;

	open_bench(&b);
	load(&b, 10);
	for (size_t k = 0; k <= ASKERS_MAX; k++) {
		all[k] = asker(&b);
		CHECK((ask_one(all[k], SCAN_MSISDN, "31612000002").membership == MEMBERSHIP_MEMBER) == (k < ASKERS_MAX));
	}
	for (size_t k = 0; k <= ASKERS_MAX; k++)
		members_link_free(&all[k]);
	close_bench(&b);
}

static void print_rate(struct members_link *l, unsigned batch, unsigned first)
{
	static struct inspect_ask asks[ASK_IDS_MAX];
	static char text[ASK_IDS_MAX][24];
	uint64_t began = clock_mono_ns(), n = 0, took;

	for (; n < 200000 && clock_mono_ns() - began < 2 * NS_PER_S; n += batch) {
		for (unsigned k = 0; k < batch; k++) {
			(void)snprintf(text[k], sizeof(text[k]), "316%08u", first + (unsigned)n + k);
			asks[k] = (struct inspect_ask){ .kind = SCAN_MSISDN, .value = rd_str(text[k]) };
		}
		members_link_ask(l, asks, batch);
	}
	took = clock_mono_ns() - began;
	printf("%4u at once: %9.0f identifiers/s, %6.1f us a question\n", batch, (double)n * 1e9 / (double)took,
	    (double)took / 1e3 * batch / (double)n);
}

TEST(how_many_questions_a_second)
{
	static struct bench b;

	if (!getenv("SLAGBOOM_BENCH"))
		return;
	open_bench(&b);
	load(&b, PERSONS);
	AUTO(members_link_free) struct members_link *l = asker(&b);
	print_rate(l, 1, 0);
	print_rate(l, 16, 30000000);
	print_rate(l, 128, 50000000);
	print_rate(l, ASK_IDS_MAX, 70000000);
	close_bench(&b);
}
