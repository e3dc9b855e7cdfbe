/*
 * Is:        the test that what evidenced acknowledged is in the record, whatever kills
 *            it: the real evidenced and keyd, under the supervisor's own code.
 * Is not:    a test of power cuts; those are modelled in evidence/test_crash.c.
 * Called by: the test run; needs SLAGBOOM_BUILD. SLAGBOOM_KILLS sets how often it kills.
 * Owns:      a temporary state directory per case.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "evidence/record.h"
#include "evidence/tiler.h"
#include "os/fd.h"
#include "os/mounts.h"
#include "os/spawn.h"
#include "proc/broker_link.h"
#include "proc/evidenced/sealer.h"
#include "proc/recorder.h"
#include "proc/supervise.h"
#include "testing/test.h"

enum { BURST = 64, DEFAULT_KILLS = 25 };

struct bench {
	char dir[64], libexec[4096], key_file[128], log_dir[128];
	struct loop *loop;
	struct supervised keyd, log;
	struct recorder_link recorder;
	struct loop_timer push, kill, give_up;
	uint64_t n_pushed;
	int kills_left;
	bool is_stopping;
};

static void quiet(void *ctx, const struct event *e)
{
}

static void give_link(struct bench *b)
{
	int pair[2];

	if (b->log.state != CHILD_READY)
		return;
	CHECK(ipc_pair(pair) == 0);
	supervise_link(&b->log, "tester", pair[0]);
	CHECK(recorder_linked(&b->recorder, pair[1]) == 0);
	if (b->keyd.state != CHILD_READY)
		return;
	CHECK(ipc_pair(pair) == 0);
	supervise_link(&b->log, "keyd", pair[0]);
	supervise_link(&b->keyd, "evidenced-core", pair[1]);
}

static void on_changed(void *ctx, struct supervised *s)
{
	struct bench *b = ctx;

	s->n_quick = 0; /* back at once: the back-off is not what is tested */
	if (b->is_stopping && b->log.state == CHILD_DOWN)
		loop_stop(b->loop, 0);
	else if (s->state == CHILD_READY)
		give_link(b);
}

static const struct supervise_calls calls = { quiet, on_changed };

/* A record that holds its own number, among the fields of an event that exists. */
static void push_some(void *ctx)
{
	struct bench *b = ctx;

	for (int i = 0; i < BURST && buf_room(&b->recorder.queue) > 4096; i++) {
		struct event e = { .id = EVENT_PROCESS_STOPPED,
			.value = { { .number = (int64_t)b->n_pushed }, { .bytes = rd_str("tester") } } };
		CHECK(recorder_event(&b->recorder, &e));
		b->n_pushed++;
	}
	if (!b->is_stopping)
		loop_timer_set(b->loop, &b->push, NS_PER_MS);
}

static void kill_it(void *ctx)
{
	struct bench *b = ctx;

	bool is_up = b->log.state == CHILD_READY && b->recorder.link && b->recorder.durable > 0;

	if (is_up && b->kills_left == 0) {
		b->is_stopping = true;
		supervise_stop(&b->log);
		return;
	}
	if (is_up) {
		CHECK(kill(b->log.pid, SIGKILL) == 0);
		b->kills_left--;
	}
	loop_timer_set(b->loop, &b->kill, (5 + test_below(120)) * NS_PER_MS);
}

static void too_long(void *ctx)
{
	loop_stop(((struct bench *)ctx)->loop, 1);
}

static void start_one(struct bench *b, struct supervised *s, const char *name, int dir_fd)
{
	supervise_init(s, process_find(name), b->loop);
	s->calls = &calls;
	s->ctx = b;
	s->libexec = b->libexec;
	s->origin = "test.example/gate";
	s->state_dir = dir_fd;
	supervise_start(s);
}

static struct bench *running; /* what a failed case leaves */

__attribute__((destructor)) static void leave_nothing(void)
{
	if (running && running->keyd.pid > 0)
		(void)kill(running->keyd.pid, SIGKILL);
	if (running && running->log.pid > 0)
		(void)kill(running->log.pid, SIGKILL);
}

static const char *small_disk; /* mount options: the next bench has one of its own */

static void open_bench(struct bench *b, int *dir_fd)
{
	const char *build = getenv("SLAGBOOM_BUILD");

	leave_nothing();
	*b = (struct bench){ .n_pushed = 0 };
	running = b;
	CHECK(build);
	(void)snprintf(b->dir, sizeof(b->dir), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(b->dir));
	if (small_disk)
		CHECK(mount("small", b->dir, "tmpfs", 0, small_disk) == 0);
	(void)snprintf(b->libexec, sizeof(b->libexec), "%s/src/proc", build);
	(void)snprintf(b->log_dir, sizeof(b->log_dir), "%s/evidence-core", b->dir);
	(void)snprintf(b->key_file, sizeof(b->key_file), "%s/keys/log-core.vkey", b->dir);
	*dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(*dir_fd >= 0 && loop_new(&b->loop) == 0);
	loop_timer_init(&b->push, push_some, b);
	loop_timer_init(&b->kill, kill_it, b);
	loop_timer_init(&b->give_up, too_long, b);
	recorder_init(&b->recorder, b->loop);
	start_one(b, &b->keyd, "keyd", *dir_fd);
	start_one(b, &b->log, "evidenced-core", *dir_fd);
	loop_timer_set(b->loop, &b->push, 0);
	loop_timer_set(b->loop, &b->kill, 50 * NS_PER_MS);
}

static void close_bench(struct bench *b, int *dir_fd)
{
	char line[128];
	const char *argv[] = { "sh", "-c", line, NULL }, *envp[] = { NULL };
	struct spawn s = { "/bin/sh", argv, envp, NULL, 0 };
	int pidfd;
	pid_t pid;

	CHECK(kill(b->keyd.pid, SIGKILL) == 0 && waitpid(b->keyd.pid, NULL, 0) == b->keyd.pid);
	running = NULL;
	supervise_done(&b->keyd);
	supervise_done(&b->log);
	recorder_done(&b->recorder);
	loop_free(&b->loop);
	fd_close(dir_fd);
	if (small_disk)
		CHECK(umount2(b->dir, MNT_DETACH) == 0);
	(void)snprintf(line, sizeof(line), "rm -rf -- '%s'", b->dir);
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* slagboom-verify, which shares nothing with the writer but formats. */
static int judge_with(const struct bench *b, const char *recordings)
{
	AUTO(buf_done) struct buf key = { 0 };
	char program[4200], vkey[512];
	const char *argv[] = { "slagboom-verify", "--sessions", "--key", vkey, b->log_dir,
		recordings ? "--recordings" : NULL, recordings, NULL }, *envp[] = { NULL };
	struct spawn s = { program, argv, envp, NULL, 0 };
	int pidfd, status;
	pid_t pid;

	buf_init(&key, sizeof(vkey));
	CHECK(fd_read_file(AT_FDCWD, b->key_file, &key) == 0);
	(void)snprintf(vkey, sizeof(vkey), "%.*s", (int)key.len - 1, (const char *)buf_rd(&key).p);
	(void)snprintf(program, sizeof(program), "%s/../cli/verify/slagboom-verify", b->libexec);
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int judge(const struct bench *b)
{
	return judge_with(b, NULL);
}

/* The number in the data of one of our records. */
static uint64_t number_of(struct rd record)
{
	struct record_view v;
	struct json_token t;

	CHECK(record_read(record, &v));
	struct json_rd j = json_rd_of(v.data, JSON_CANONICAL);
	CHECK(json_next(&j, &t) == JSON_OBJECT && json_next(&j, &t) == JSON_KEY && rd_is(&t.text, "pid"));
	CHECK(json_next(&j, &t) == JSON_INT);
	return (uint64_t)t.number;
}

/* Every acknowledged number stands in the record, and no number was left out before
 * one that stands there. Some stand twice: sent again after a crash, because nobody
 * could know. */
static void check_numbers(const struct bench *b, uint64_t n_durable)
{
	AUTO(buf_done) struct buf entry = { 0 };
	struct disk_dir disk;
	struct tiler t;
	struct wal_fault fault;
	uint64_t next = 0, size;
	int dir_fd = open(b->log_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(dir_fd >= 0);
	disk_dir_init(&disk, dir_fd);
	buf_init(&entry, RECORD_MAX);
	CHECK_INT(tiler_open(&t, &disk.disk, SHELF_SYNCFS, &fault), 0);
	for (uint64_t i = 0; i < t.size; i++) {
		buf_reset(&entry);
		CHECK_INT(tiler_entry(&t, i, &entry), 0);
		uint64_t n = number_of(buf_rd(&entry));
		CHECK(n <= next);
		next = n == next ? next + 1 : next;
	}
	size = t.size;
	tiler_done(&t);
	fd_close(&dir_fd);
	if (next < n_durable)
		test_fail(__FILE__, __LINE__, "%llu were acknowledged, %llu are there, tree of %llu", (unsigned long long)n_durable,
		    (unsigned long long)next, (unsigned long long)size);
}

TEST(what_was_acknowledged_survives_kill_9)
{
	static struct bench b;
	const char *given = getenv("SLAGBOOM_KILLS");
	uint64_t n_durable;
	int dir_fd;

	open_bench(&b, &dir_fd);
	b.kills_left = given ? atoi(given) : DEFAULT_KILLS;
	loop_timer_set(b.loop, &b.give_up, (uint64_t)(30 + b.kills_left) * NS_PER_S);
	CHECK_INT(loop_run(b.loop), 0);
	n_durable = b.n_pushed - b.recorder.n_queue;
	CHECK(n_durable > 0);
	CHECK_INT(judge(&b), 0);
	check_numbers(&b, n_durable);
	printf("%llu acknowledged, %u restarts\n", (unsigned long long)n_durable, b.log.n_restarts);
	close_bench(&b, &dir_fd);
}

/* The child of the log's process; 0: it has none. */
static pid_t treed_of(pid_t log)
{
	char path[96], text[64] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", log, log);
	f = fopen(path, "r");
	if (f && !fgets(text, sizeof(text), f))
		text[0] = '\0';
	if (f)
		(void)fclose(f);
	return (pid_t)atoi(text);
}

static struct orphaning {
	struct bench b;
	struct loop_timer next;
	pid_t log, treed;
} orphaning;

/* Kills the tree's process, and stops when the log is there again. */
static void kill_treed(void *ctx)
{
	struct bench *b = &orphaning.b;
	pid_t treed = b->log.state == CHILD_READY && b->recorder.durable > 0 ? treed_of(b->log.pid) : 0;

	loop_timer_set(b->loop, &orphaning.next, 20 * NS_PER_MS);
	if (treed == 0)
		return;
	if (!orphaning.treed) {
		orphaning.log = b->log.pid;
		orphaning.treed = treed;
		CHECK(kill(treed, SIGKILL) == 0);
	} else if (b->log.pid != orphaning.log) {
		loop_timer_clear(b->loop, &orphaning.next);
		b->is_stopping = true;
		supervise_stop(&b->log);
	}
}

/* Without its tree's process the log's acknowledges no more: it ends, and both come back. */
TEST(the_log_and_its_tree_end_together)
{
	struct bench *b = &orphaning.b;
	int dir_fd;

	open_bench(b, &dir_fd);
	loop_timer_clear(b->loop, &b->kill);
	loop_timer_init(&orphaning.next, kill_treed, NULL);
	loop_timer_set(b->loop, &orphaning.next, 20 * NS_PER_MS);
	loop_timer_set(b->loop, &b->give_up, 60 * NS_PER_S);
	CHECK_INT(loop_run(b->loop), 0);
	CHECK_U64(b->log.n_restarts, 1);
	CHECK_INT(judge(b), 0);
	check_numbers(b, b->n_pushed - b->recorder.n_queue);
	close_bench(b, &dir_fd);
}

/* Runs a line with the log's directory as $1. */
static void shell(const struct bench *b, const char *line)
{
	const char *argv[] = { "sh", "-c", line, "sh", b->log_dir, NULL }, *envp[] = { "PATH=/usr/bin:/bin", NULL };
	struct spawn s = { "/bin/sh", argv, envp, NULL, 0 };
	int pidfd, status;
	pid_t pid;

	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static bool was_refused;

static void note_refusal(void *ctx, const struct event *e)
{
	was_refused |= e->id == EVENT_LOG_FORKED;
}

static const struct supervise_calls watching = { note_refusal, on_changed };

static void stop_log(void *ctx)
{
	struct bench *b = ctx;

	b->is_stopping = true;
	supervise_stop(&b->log);
}

/* An older copy of the log put in its place while keyd lives: the key refuses, and
 * evidenced will not go on. */
TEST(a_rolled_back_log_is_not_signed)
{
	static struct bench b;
	struct loop_timer stop;
	int dir_fd;

	open_bench(&b, &dir_fd);
	loop_timer_clear(b.loop, &b.kill);
	loop_timer_init(&stop, stop_log, &b);
	loop_timer_set(b.loop, &stop, 1500 * NS_PER_MS);
	CHECK_INT(loop_run(b.loop), 0);
	shell(&b, "cp -a \"$1\" \"$1.old\"");

	b.is_stopping = false;
	supervise_start(&b.log);
	loop_timer_set(b.loop, &b.push, 0);
	loop_timer_set(b.loop, &stop, 2500 * NS_PER_MS);
	CHECK_INT(loop_run(b.loop), 0);
	CHECK_INT(judge(&b), 0);
	shell(&b, "rm -rf \"$1\" && cp -a \"$1.old\" \"$1\"");

	b.is_stopping = false;
	b.keyd.calls = &watching;
	supervise_start(&b.log);
	loop_timer_set(b.loop, &b.push, 0);
	loop_timer_set(b.loop, &stop, 2500 * NS_PER_MS);
	CHECK(loop_run(b.loop) >= 0);
	CHECK(was_refused);
	CHECK(b.log.n_restarts > 0);
	close_bench(&b, &dir_fd);
}

/* A recording through the real evidenced with its belts on: two reels, a share, a record,
 * and tar opens what was appended. */
static struct recording_life {
	struct bench b;
	struct sealer sealer;
	uint64_t token;
	unsigned n_segments;
	bool is_shared, is_recorded;
} life;
static struct recording rec;

static void on_record_durable(void *ctx, uint64_t token)
{
	life.is_recorded |= life.n_segments == 2 && token >= life.token;
	if (life.is_recorded && life.is_shared)
		stop_log(&life.b);
}

static void on_gone(void *ctx)
{
	if (life.token && !life.is_recorded)
		loop_stop(life.b.loop, 1);
}

/* `recording` may be NULL: there is none. */
static struct record_ask opened_session(const uint8_t *id, const uint8_t *recording)
{
	static const uint8_t zeros[32];

	return (struct record_ask){ .session = rd_of(id, 16), .actor = rd_str("wei.zhang"), .employer = rd_str("meridian"),
		.asset = rd_str("hlr1"),
		.event = { .id = EVENT_SESSION_OPENED, .value = { { .bytes = rd_of(zeros, 16) }, { .bytes = rd_str("terminal") },
		    { .bytes = rd_of(zeros, 16) }, { .bytes = rd_of(zeros, 32) },
		    { .bytes = rd_of(recording ? recording : zeros, 16) }, { .bytes = rd_str("maintenance") } } } };
}

static void seal_one(void)
{
	struct frame f = { .kind = FRAME_TO_SUPPLIER, .bytes = rd_str("what the supplier saw") };
	struct sealed done;

	CHECK_INT(sealer_frame(&life.sealer, &f), 0);
	CHECK_INT(sealer_commit(&life.sealer, 1790000000, &done), 0);
	if (done.number == 1) {
		struct record_ask o = opened_session(rec.id, rec.id);
		CHECK(recorder_ask(&life.b.recorder, &o, &life.token));
	}
	struct record_ask a = { .session = rd_of(rec.id, sizeof(rec.id)), .actor = rd_str("wei.zhang"),
		.event = { .id = EVENT_SESSION_SEGMENT, .value = { [1] = { .number = done.number },
		    [2] = { .bytes = rd_of(rec.id, sizeof(rec.id)) }, [3] = { .number = done.reel },
		    [4] = { .number = (int64_t)done.sealed_len }, [5] = { .bytes = rd_of(done.sum.b, sizeof(done.sum.b)) },
		    [6] = { .number = (int64_t)done.bytes[FRAME_TO_SUPPLIER] } } } };
	CHECK(recorder_ask(&life.b.recorder, &a, &life.token));
	life.n_segments = done.number;
}

static void on_reel(void *ctx, const struct record_reel *a, int fd)
{
	CHECK(fd >= 0 && a->why.len == 0);
	CHECK(sealer_reel(&life.sealer, a->reel, fd));
	seal_one();
	if (a->reel == 1)
		CHECK(recorder_reel(&life.b.recorder, rec.id, 2));
	else
		CHECK_INT(sealer_finish(&life.sealer), 0);
}

static void on_share(void *ctx, const struct record_share *a)
{
	CHECK(a->why.len == 0 && rd_is(&a->keeper, "dpo"));
	life.is_shared = true;
}

static void begin_recording(void *ctx)
{
	if (life.b.recorder.link && life.b.keyd.state == CHILD_READY) { /* no other link comes */
		CHECK(recorder_reel(&life.b.recorder, rec.id, 1));
		CHECK(recorder_share(&life.b.recorder, rec.id, rd_str("dpo"), rd_str("sealed to the dpo")));
	} else {
		loop_timer_set(life.b.loop, &life.b.push, 20 * NS_PER_MS);
	}
}

static struct loop_timer stop_timer;

/* Its time begins when it runs: on a busy machine it may be late. */
static void when_ready(void *ctx)
{
	struct bench *b = ctx;

	loop_timer_init(&stop_timer, b->log.state == CHILD_READY ? stop_log : when_ready, b);
	loop_timer_set(b->loop, &stop_timer, b->log.state == CHILD_READY ? 1500 * NS_PER_MS : 20 * NS_PER_MS);
}

/* Starts the log's process again, for long enough to do what is due. */
static void live_again(struct bench *b)
{
	recorder_watch(&b->recorder, NULL, NULL);
	loop_timer_clear(b->loop, &b->push);
	b->is_stopping = false;
	supervise_start(&b->log);
	loop_timer_init(&stop_timer, when_ready, b);
	loop_timer_set(b->loop, &stop_timer, 20 * NS_PER_MS);
	CHECK_INT(loop_run(b->loop), 0);
}

/* Until two segments on two reels and a share are durable, and `watch` ended it. */
static void record_two(const struct recorder_calls *watch, int *dir_fd)
{
	AUTO(secret_done) struct secret key = { 0 };

	life = (struct recording_life){ .token = 0 };
	crypto_start();
	secret_make(&key, X25519_LEN, random_system());
	x25519_public(&key, &rec.recipient);
	memcpy(rec.id, "of 16 bytes, ok.", sizeof(rec.id));
	sealer_init(&life.sealer, &rec, random_system());
	open_bench(&life.b, dir_fd);
	loop_timer_clear(life.b.loop, &life.b.kill);
	loop_timer_clear(life.b.loop, &life.b.push);
	recorder_watch(&life.b.recorder, watch, NULL);
	loop_timer_init(&life.b.push, begin_recording, NULL);
	loop_timer_set(life.b.loop, &life.b.push, 20 * NS_PER_MS);
	loop_timer_set(life.b.loop, &life.b.give_up, 30 * NS_PER_S);
	CHECK_INT(loop_run(life.b.loop), 0);
	CHECK(life.is_shared && life.is_recorded);
}

TEST(evidenced_hands_out_reels_and_keeps_shares)
{
	static const struct recorder_calls watch = { on_record_durable, on_gone, on_reel, on_share };
	char dir[192];
	int dir_fd;

	record_two(&watch, &dir_fd);
	(void)snprintf(dir, sizeof(dir), "%s/recordings", life.b.log_dir);
	CHECK_INT(judge_with(&life.b, dir), 0);
	shell(&life.b, "printf x | dd of=\"$(echo \"$1\"/recordings/6f*)/00000002.tar\" bs=1 seek=700 conv=notrunc 2>/dev/null");
	CHECK_INT(judge_with(&life.b, dir), 1);
	shell(&life.b, "cd \"$1\"/recordings/6f66203136206279746573* && for i in 1 2; do "
	    "test \"$(tar -tf 0000000$i.tar)\" = 0000000$i.age || exit 1; done && grep -q '^sealed to the dpo$' share-dpo.age");
	sealer_done(&life.sealer);

	/* Its time is over, but it is held. */
	shell(&life.b, "cd \"$1\" && printf 'slagboom-retention@v1\\ncontent-days 1\\n' >retention && cd recordings/6f* && "
	    "printf 'slagboom-recording@v1\\nmade 1000\\n' >made && printf 'court case' >hold && chmod 644 hold ../../retention");
	live_again(&life.b);
	shell(&life.b, "cd \"$1\"/recordings/6f* && test -s 00000001.tar && test -s share-dpo.age");
	/* Nobody holds it any more: on the record, then gone. */
	shell(&life.b, "rm \"$1\"/recordings/6f*/hold");
	live_again(&life.b);
	shell(&life.b, "test -z \"$(find \"$1/recordings\" -mindepth 1 -name '6f*')\"");
	CHECK_INT(judge_with(&life.b, dir), 0);
	close_bench(&life.b, &dir_fd);
}

/* As if the power went: it can say nothing any more. */
static void kill_when_durable(void *ctx, uint64_t token)
{
	life.is_recorded |= life.n_segments == 2 && token >= life.token;
	if (!life.is_recorded || !life.is_shared)
		return;
	CHECK(kill(life.b.log.pid, SIGKILL) == 0);
	stop_log(&life.b);
}

/* The record of the last segment reached the disk, and not all of the segment. */
TEST(what_a_power_cut_tore_is_recorded_and_is_no_tampering)
{
	static const struct recorder_calls watch = { kill_when_durable, on_gone, on_reel, on_share };
	char dir[192];
	int dir_fd;

	record_two(&watch, &dir_fd);
	sealer_done(&life.sealer);
	(void)snprintf(dir, sizeof(dir), "%s/recordings", life.b.log_dir);
	shell(&life.b, "truncate -s 600 \"$1\"/recordings/6f*/00000002.tar");
	live_again(&life.b);
	shell(&life.b, "grep -rqF '\"event\":\"recording.torn\"' \"$1\"/tile/entries");
	CHECK_INT(judge_with(&life.b, dir), 0);
	/* Whoever cuts more than the power did is found. */
	shell(&life.b, "truncate -s 600 \"$1\"/recordings/6f*/00000001.tar");
	CHECK_INT(judge_with(&life.b, dir), 1);
	close_bench(&life.b, &dir_fd);
}

/* Sessions whose gate or whose evidenced is gone. */
static struct loss {
	struct bench b;
	struct loop_timer next;
	unsigned step, n_refused;
	uint64_t token, durable;
	bool is_gone;
} loss;

static void loss_durable(void *ctx, uint64_t token)
{
	loss.durable = token;
}

static void loss_gone(void *ctx)
{
	loss.is_gone = loss.step > 0; /* before, links come as processes do */
}

static void no_reel(void *ctx, const struct record_reel *a, int fd)
{
	CHECK(false);
}

static void no_share(void *ctx, const struct record_share *a)
{
	CHECK(false);
}

static void open_sessions(unsigned n, uint8_t first)
{
	uint8_t id[RECORD_ID_LEN] = "a session's id.";

	for (unsigned i = 0; i < n; i++) {
		id[0] = (uint8_t)(first + i);
		struct record_ask a = opened_session(id, NULL);
		CHECK(recorder_ask(&loss.b.recorder, &a, &loss.token));
	}
}

static void close_session(uint8_t first)
{
	uint8_t id[RECORD_ID_LEN] = "a session's id.";

	id[0] = first;
	struct record_ask a = opened_session(id, NULL);
	a.event = (struct event){ .id = EVENT_SESSION_CLOSED };
	a.closing = true;
	CHECK(recorder_ask(&loss.b.recorder, &a, &loss.token));
}

/* A record that claims the room for closing ones. */
static void break_a_rule(void)
{
	struct record_ask a = { .closing = true, .event = { .id = EVENT_LOG_FULL, .value = { { .bytes = rd_str("core") } } } };

	CHECK(recorder_ask(&loss.b.recorder, &a, &loss.token));
}

/* A record on whose word the verifier would take bundles for erased. */
static void claim_an_erasure(void)
{
	struct record_ask a = { .event = { .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("eve") }, { .number = 0 },
		{ .number = 255 }, { .bytes = rd_str("why not") } } } };

	CHECK(recorder_ask(&loss.b.recorder, &a, &loss.token));
}

/* A gate that is killed has often asked for something that nobody can be given any more. */
static void ask_and_die(void)
{
	static const uint8_t recording[RECORDING_ID_LEN] = "one that it made";

	CHECK(kill(loss.b.log.pid, SIGSTOP) == 0);
	CHECK(recorder_reel(&loss.b.recorder, recording, 1));
	ipc_free(&loss.b.recorder.link);
	CHECK(kill(loss.b.log.pid, SIGCONT) == 0);
}

/* Each step waits for what the one before has asked for. */
static void next_step(void *ctx)
{
	bool is_linked = loss.b.recorder.link && loss.b.log.state == CHILD_READY && loss.b.keyd.state == CHILD_READY;

	loop_timer_set(loss.b.loop, &loss.next, 20 * NS_PER_MS);
	if (loss.step == 0 && is_linked) {
		open_sessions(3, 10);
		close_session(11);
	} else if (loss.step == 1 && loss.durable == loss.token) {
		ask_and_die(); /* two are lost */
		give_link(&loss.b);
		loss.durable = 0;
		open_sessions(4, 20);
	} else if (loss.step == 2 && loss.durable == loss.token) {
		close_session(20);
	} else if (loss.step == 3 && loss.durable == loss.token) {
		CHECK(kill(loss.b.log.pid, SIGKILL) == 0); /* evidenced dies: three are lost */
	} else if (loss.step == 4 && loss.is_gone && is_linked) {
		loss.is_gone = false;
		loss.durable = 0;
		open_sessions(1, 30);
	} else if (loss.step == 5 && loss.durable == loss.token) {
		break_a_rule(); /* its link is ended: one is lost */
	} else if ((loss.step == 6 || loss.step == 8) && loss.is_gone) {
		loss.is_gone = false;
		give_link(&loss.b);
		loss.durable = 0;
		open_sessions(2, loss.step == 6 ? 50 : 40); /* open when evidenced is stopped: two are lost */
	} else if (loss.step == 7 && loss.durable == loss.token) {
		claim_an_erasure(); /* its link is ended: two are lost */
	} else if (loss.step == 9 && loss.durable == loss.token) {
		stop_log(&loss.b);
	} else {
		return;
	}
	loss.step++;
}

static void count_refusals(void *ctx, const struct event *e)
{
	loss.n_refused += e->id == EVENT_LINK_REFUSED;
}

TEST(a_session_without_its_gate_is_closed_as_lost)
{
	static const struct recorder_calls watch = { loss_durable, loss_gone, no_reel, no_share };
	static const struct supervise_calls counting = { count_refusals, on_changed };
	int dir_fd;

	open_bench(&loss.b, &dir_fd);
	loss.b.log.calls = &counting;
	loop_timer_clear(loss.b.loop, &loss.b.kill);
	loop_timer_clear(loss.b.loop, &loss.b.push);
	recorder_watch(&loss.b.recorder, &watch, NULL);
	loop_timer_init(&loss.next, next_step, NULL);
	loop_timer_set(loss.b.loop, &loss.next, 20 * NS_PER_MS);
	loop_timer_set(loss.b.loop, &loss.b.give_up, 30 * NS_PER_S);
	CHECK_INT(loop_run(loss.b.loop), 0);
	CHECK_U64(loss.step, 10);
	CHECK_U64(loss.n_refused, 2);
	CHECK_INT(judge(&loss.b), 0);
	shell(&loss.b, "cat $(find \"$1/tile/entries\" -type f | sort | tail -n 1) | tr '}' '\\n' >\"$1/all\"; "
	    "test $(grep -ac '\"event\":\"session.opened\"' \"$1/all\") = 12 && "
	    "test $(grep -ac '\"event\":\"session.closed\"' \"$1/all\") = 2 && "
	    "test $(grep -ac '\"event\":\"session.lost\"' \"$1/all\") = 10 && "
	    "test $(grep -ac 'evidence process ended' \"$1/all\") = 3 && test $(grep -ac 'link ended' \"$1/all\") = 2 && "
	    "test $(grep -ac 'broke a rule' \"$1/all\") = 3 && ! grep -aq 'metadata.erased' \"$1/all\" && test $(grep -ac 'was stopped' \"$1/all\") = 2");
	close_bench(&loss.b, &dir_fd);
}

/* What a gate that was taken over might record so that the whole log is called unsound for ever:
 * each ends its link, and none is in the log. */
static struct liar {
	struct bench b;
	struct ipc *door;
	struct loop_timer next;
	unsigned lie, n_refused;
	uint64_t token;
	bool is_told, is_gone;
} liar;

enum { LIES = 6, LIES_OF_ANYBODY = 4 };
static const uint8_t liars_recording[RECORDING_ID_LEN] = "a recording it h";

static void ask_lie(struct record_ask a)
{
	CHECK(recorder_ask(&liar.b.recorder, &a, &liar.token));
}

static void open_as(uint8_t first, const uint8_t *recording)
{
	uint8_t id[RECORD_ID_LEN] = "a liar's session";

	id[0] = (uint8_t)(first + 10 * liar.lie);
	ask_lie(opened_session(id, recording));
}

static void tell_lie(void)
{
	static const uint8_t zeros[32], other[RECORDING_ID_LEN] = "of somebody else";
	uint8_t id[RECORD_ID_LEN] = "a liar's session";
	struct record_ask a = { .event = { .id = EVENT_RECORDING_TORN, .value = { { .number = 1 }, { .bytes = rd_of(other, 16) },
		{ .number = 1 } } } };

	struct record_ask beat = { .event = { .id = EVENT_COVERAGE_BEAT, .value = { { .number = 60 }, { .number = 1 } } } };

	open_as(1, NULL);
	id[0] = (uint8_t)(1 + 10 * liar.lie);
	switch (liar.lie) {
	case 0: /* a segment that was released was torn, it says */
		ask_lie(a);
		break;
	case 1: /* a recording that is another's, or nobody's */
		open_as(2, other);
		break;
	case 2: /* two sessions with one recording */
		open_as(2, liars_recording);
		open_as(3, liars_recording);
		break;
	case 4: /* that everybody watched, which the desk alone says */
		ask_lie(beat);
		break;
	case 5: /* the same, as if it were of its session */
		beat.session = rd_of(id, sizeof(id));
		ask_lie(beat);
		break;
	default: /* a segment where there is no recording */
		a = opened_session(id, NULL);
		a.event = (struct event){ .id = EVENT_SESSION_SEGMENT, .value = { [1] = { .number = 1 },
			[2] = { .bytes = rd_of(zeros, 16) }, [3] = { .number = 1 }, [5] = { .bytes = rd_of(zeros, 32) } } };
		ask_lie(a);
	}
}

static void liars_reel(void *ctx, const struct record_reel *a, int fd)
{
	CHECK(fd >= 0 && a->why.len == 0);
	fd_close(&fd);
	tell_lie();
}

static void lie_is_durable(void *ctx, uint64_t token)
{
	liar.is_gone |= liar.is_told && token == liar.token; /* taken for true */
}

static void door_closed(void *ctx, int err)
{
	ipc_free(&liar.door);
}

static void liar_is_gone(void *ctx)
{
	liar.is_gone = liar.is_told;
}

/* From here on the link comes as a gate's does: the door brings it. */
static void come_through_the_door(void)
{
	static const struct ipc_table nothing = { "tester", NULL, 0 };
	int pair[2];

	if (!liar.door) {
		CHECK(ipc_pair(pair) == 0);
		supervise_link(&liar.b.log, "door", pair[0]);
		CHECK_INT(ipc_new(liar.b.loop, pair[1], &nothing, NULL, door_closed, &liar.door), 0);
	}
	CHECK(ipc_pair(pair) == 0);
	CHECK_INT(broker_offer(liar.door, "gate", pair[0]), 0);
	CHECK(recorder_linked(&liar.b.recorder, pair[1]) == 0);
}

static void next_lie(void *ctx)
{
	bool is_linked = liar.b.recorder.link && liar.b.log.state == CHILD_READY && liar.b.keyd.state == CHILD_READY;

	loop_timer_set(liar.b.loop, &liar.next, 20 * NS_PER_MS);
	if (liar.is_told && liar.is_gone) {
		liar.is_told = liar.is_gone = false;
		ipc_free(&liar.b.recorder.link);
		if (++liar.lie < LIES_OF_ANYBODY)
			give_link(&liar.b);
		else if (liar.lie < LIES)
			come_through_the_door();
		else
			stop_log(&liar.b);
	} else if (!liar.is_told && is_linked && liar.lie < LIES) {
		liar.is_told = true;
		if (liar.lie == 2)
			CHECK(recorder_reel(&liar.b.recorder, liars_recording, 1));
		else
			tell_lie();
	}
}

static void count_lies(void *ctx, const struct event *e)
{
	liar.n_refused += e->id == EVENT_LINK_REFUSED;
}

TEST(a_gate_cannot_make_the_log_unsound)
{
	static const struct recorder_calls watch = { lie_is_durable, liar_is_gone, liars_reel, no_share };
	static const struct supervise_calls counting = { count_lies, on_changed };
	char dir[192];
	int dir_fd;

	open_bench(&liar.b, &dir_fd);
	liar.b.log.calls = &counting;
	recorder_watch(&liar.b.recorder, &watch, NULL);
	loop_timer_clear(liar.b.loop, &liar.b.kill);
	loop_timer_clear(liar.b.loop, &liar.b.push);
	loop_timer_init(&liar.next, next_lie, NULL);
	loop_timer_set(liar.b.loop, &liar.next, 20 * NS_PER_MS);
	loop_timer_set(liar.b.loop, &liar.b.give_up, 30 * NS_PER_S);
	CHECK_INT(loop_run(liar.b.loop), 0);
	ipc_free(&liar.door);
	CHECK_INT(liar.n_refused, LIES);
	(void)snprintf(dir, sizeof(dir), "%s/recordings", liar.b.log_dir);
	CHECK_INT(judge_with(&liar.b, dir), 0);
	close_bench(&liar.b, &dir_fd);
}

/* A gate that is ended while its request waits for room on the disk, and others behind that one. */
static struct late {
	struct bench b;
	struct loop_timer next;
	uint64_t durable;
	unsigned n_still, step, n_refused;
	int fd;
} late;

enum { STILL = 20 };

static void late_refusals(void *ctx, const struct event *e)
{
	late.n_refused += e->id == EVENT_LINK_REFUSED;
}

/* True when it has been full for a while. */
static bool fill_disk(void)
{
	char quotes[EVENT_TEXT_MAX + 1] = { 0 };
	struct event e = { .id = EVENT_PROCESS_SPOKE, .value = { { .bytes = rd_str("tester") } } };

	memset(quotes, '"', sizeof(quotes) - 1); /* two bytes each, in a record */
	e.value[1].bytes = rd_str(quotes);
	while (late.b.recorder.link && recorder_event(&late.b.recorder, &e))
		;
	late.n_still = late.durable == late.b.recorder.durable && late.durable ? late.n_still + 1 : 0;
	late.durable = late.b.recorder.durable;
	return late.n_still == STILL;
}

static void send_three(int fd)
{
	for (uint64_t token = 1; token <= 3; token++) {
		AUTO(buf_done) struct buf b = { 0 };
		struct record_ask a = { .token = token, .event = { .id = EVENT_SUPERVISOR_STOPPING } };
		buf_init(&b, 4096);
		struct wr w = wr_to(&b);
		wr_u16(&w, RECORD_ASK);
		record_ask_write(&w, &a);
		CHECK(wr_ok(&w) && send(fd, buf_rd(&b).p, b.len, 0) == (ssize_t)b.len);
	}
}

static void be_late(void *ctx)
{
	int pair[2];

	loop_timer_set(late.b.loop, &late.next, 10 * NS_PER_MS);
	if (late.step == 0 && !fill_disk())
		return;
	if (late.step == 0) {
		CHECK(ipc_pair(pair) == 0);
		send_three(pair[1]);
		late.fd = pair[1];
		supervise_link(&late.b.log, "tester", pair[0]);
	} else if (late.step == STILL) {
		fd_close(&late.fd);
	} else if (late.step == 2 * STILL) {
		stop_log(&late.b);
		CHECK(kill(late.b.log.pid, SIGKILL) == 0); /* or it waits for room */
	}
	late.step++;
}

TEST(who_leaves_while_the_disk_is_full_breaks_no_rule)
{
	static const struct supervise_calls counting = { late_refusals, on_changed };
	int dir_fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mounts_cut_off() < 0)
		test_skip("needs root, to mount a small disk");
	small_disk = "size=80M,mode=0700"; /* one segment of the log, and no other */
	open_bench(&late.b, &dir_fd);
	late.b.log.calls = &counting;
	loop_timer_clear(late.b.loop, &late.b.kill);
	loop_timer_clear(late.b.loop, &late.b.push);
	loop_timer_init(&late.next, be_late, NULL);
	loop_timer_set(late.b.loop, &late.next, 10 * NS_PER_MS);
	loop_timer_set(late.b.loop, &late.b.give_up, 60 * NS_PER_S);
	CHECK_INT(loop_run(late.b.loop), 0);
	CHECK_U64(late.n_refused, 0);
	CHECK_U64(late.step, 2 * STILL + 1);
	close_bench(&late.b, &dir_fd);
	small_disk = NULL;
}
