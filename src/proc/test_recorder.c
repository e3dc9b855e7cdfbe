/*
 * Is:        tests of recording over a link: tokens, a lost link, reels and shares, and
 *            what an asker that was taken over cannot reach.
 * Is not:    a test of the real evidenced (tests/evidenced.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "evidence/reel.h"
#include "os/disk.h"
#include "os/fd.h"
#include "os/loop.h"
#include "os/spawn.h"
#include "proc/evidenced/reels.h"
#include "testing/test.h"

enum { PATIENCE = 2000 }; /* turns of the loop */

static const uint8_t one[RECORDING_ID_LEN] = "the first......", two[RECORDING_ID_LEN] = "the second.....";

/* Evidenced's end: counts requests, answers when it is told to. */
static struct server {
	struct loop *loop;
	struct ipc *link;
	struct reels reels;
	struct disk_dir disk;
	uint64_t n_asked;
	char dir[64];
	const char *poison;
} server;

/* The asker's end. */
static struct client {
	struct recorder_link recorder;
	uint64_t durable;
	unsigned n_gone, n_reels, n_shares;
	int fd;
	char why[RECORD_WHY_MAX + 1];
} client;

static int on_ask(void *ctx, struct ipc_in *in)
{
	struct record_ask a;

	CHECK(record_ask_read(&in->body, &a) && a.token == server.n_asked + 1);
	server.n_asked++;
	return 0;
}

static int on_reel(void *ctx, struct ipc_in *in)
{
	return reels_on_reel(&server.reels, server.link, in);
}

static int on_share(void *ctx, struct ipc_in *in)
{
	return reels_on_share(&server.reels, server.link, in);
}

static const struct ipc_row rows[] = {
	{ RECORD_ASK, "ask", 1 << 0, false, 0, IPC_BODY_MAX, on_ask },
	{ RECORD_REEL, "reel", 1 << 0, false, 0, IPC_BODY_MAX, on_reel },
	{ RECORD_SHARE, "share", 1 << 0, false, 0, IPC_BODY_MAX, on_share },
};
static const struct ipc_table table = { "server", rows, ARRAY_LEN(rows) };

static void server_closed(void *ctx, int err)
{
	ipc_free(&server.link);
}

static void poisoned(const char *doing, int err)
{
	server.poison = doing;
}

static void on_durable(void *ctx, uint64_t token)
{
	client.durable = token;
}

static void on_gone(void *ctx)
{
	client.n_gone++;
}

static void set_why(struct rd why)
{
	memset(client.why, 0, sizeof(client.why));
	CHECK(rd_copy(&why, (uint8_t *)client.why, why.len));
}

static void got_reel(void *ctx, const struct record_reel *a, int fd)
{
	client.n_reels++;
	fd_close(&client.fd);
	client.fd = fd;
	set_why(a->why);
}

static void got_share(void *ctx, const struct record_share *a)
{
	client.n_shares++;
	set_why(a->why);
}

static const struct recorder_calls calls = { on_durable, on_gone, got_reel, got_share };

static void stop(void *ctx)
{
	loop_stop(server.loop, 0);
}

/* Lets both ends do what there is to do. */
static void turn(void)
{
	struct loop_timer t;

	loop_timer_init(&t, stop, NULL);
	loop_timer_set(server.loop, &t, 5 * NS_PER_MS);
	CHECK_INT(loop_run(server.loop), 0);
}

static void join(void)
{
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	server.n_asked = 0;
	CHECK(ipc_new(server.loop, pair[0], &table, NULL, server_closed, &server.link) == 0);
	CHECK(recorder_linked(&client.recorder, pair[1]) == 0);
}

static void begin(void)
{
	int fd;

	memset(&server, 0, sizeof(server));
	memset(&client, 0, sizeof(client));
	client.fd = -1;
	CHECK(loop_new(&server.loop) == 0);
	memcpy(server.dir, "/tmp/slagboom-reels-XXXXXX", 27);
	CHECK(mkdtemp(server.dir));
	fd = open(server.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	disk_dir_init(&server.disk, fd);
	reels_init(&server.reels, &server.disk.disk, poisoned);
	recorder_init(&client.recorder, server.loop);
	recorder_watch(&client.recorder, &calls, NULL);
	join();
}

static void remove_dir(void)
{
	const char *argv[] = { "rm", "-rf", "--", server.dir, NULL }, *envp[] = { NULL };
	struct spawn s = { "/bin/rm", argv, envp, NULL, 0 };
	int pidfd;
	pid_t pid;

	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void end(void)
{
	CHECK(!server.poison);
	reels_done(&server.reels);
	recorder_done(&client.recorder);
	ipc_free(&server.link);
	fd_close(&client.fd);
	fd_close(&server.disk.dirfd);
	loop_free(&server.loop);
	remove_dir();
}

static struct record_ask ask_of(const char *text)
{
	return (struct record_ask){ .session = rd_of(one, sizeof(one)), .actor = rd_str("wei.zhang"),
		.event = { .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str(text) } } } };
}

static void answer(uint64_t token)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 16);
	struct wr w = wr_to(&b);
	wr_u64(&w, token);
	wr_u64(&w, 1000 + token);
	CHECK(ipc_send(server.link, RECORD_DURABLE, buf_rd(&b)) == 0);
	turn();
}

/* One answer for ten; that the third and the seventh closed their sessions is told apart. */
TEST(closing_records_have_their_own_numbers)
{
	struct record_ask a = ask_of("x");
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t token = 0, seq = 0;

	begin();
	for (uint64_t i = 1; i <= 10; i++)
		CHECK(recorder_ask(&client.recorder, &a, &token));
	for (int i = 0; i < PATIENCE && server.n_asked < 10; i++)
		turn();
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	for (uint64_t i = 0; i < 3; i++) {
		wr_u64(&w, (uint64_t[]){ 10, 3, 7 }[i]);
		wr_u64(&w, (uint64_t[]){ 2000, 1980, 1990 }[i]);
	}
	CHECK(ipc_send(server.link, RECORD_DURABLE, buf_rd(&b)) == 0);
	for (int i = 0; i < PATIENCE && client.recorder.durable < 10; i++)
		turn();
	CHECK_U64(client.recorder.durable, 10);
	CHECK_U64(client.recorder.durable_seq, 2000);
	CHECK(marks_seq(&client.recorder.closed, 3, &seq) && seq == 1980);
	CHECK(marks_seq(&client.recorder.closed, 7, &seq) && seq == 1990);
	CHECK(!marks_seq(&client.recorder.closed, 10, &seq));
	end();
}

TEST(tokens_are_those_that_evidenced_answers)
{
	struct record_ask a = ask_of("x");
	uint64_t token = 0;

	begin();
	for (uint64_t i = 1; i <= 10; i++) {
		CHECK(recorder_ask(&client.recorder, &a, &token));
		CHECK_U64(token, i);
	}
	for (int i = 0; i < PATIENCE && server.n_asked < 10; i++)
		turn();
	CHECK_U64(server.n_asked, 10);
	answer(4);
	CHECK_U64(client.durable, 4);
	CHECK(recorder_ask(&client.recorder, &a, &token));
	CHECK_U64(token, 11);
	answer(11);
	CHECK_U64(client.durable, 11);
	CHECK_U64(client.recorder.n_queue, 0);
	end();
}

/* More than a socket takes: what waits here has its token already. */
TEST(tokens_hold_while_the_link_is_full)
{
	struct record_ask a = ask_of("a text of some length, so that the socket is full before the queue is");
	uint64_t token = 0, n = 0;

	begin();
	while (recorder_ask(&client.recorder, &a, &token))
		CHECK_U64(token, ++n);
	CHECK(n > 1000);
	for (int i = 0; i < PATIENCE && server.n_asked < n; i++)
		turn();
	CHECK_U64(server.n_asked, n);
	answer(n);
	CHECK_U64(client.durable, n);
	end();
}

TEST(a_lost_link_is_told_and_nothing_is_sent_again)
{
	struct record_ask a = ask_of("x");
	uint64_t token;

	begin();
	CHECK(recorder_ask(&client.recorder, &a, &token));
	CHECK(recorder_ask(&client.recorder, &a, &token));
	turn();
	answer(1);
	ipc_free(&server.link);
	turn();
	CHECK_U64(client.n_gone, 1);
	CHECK_U64(client.durable, 1);
	CHECK(!recorder_ask(&client.recorder, &a, &token));
	CHECK(!recorder_reel(&client.recorder, one, 1));
	CHECK(!recorder_share(&client.recorder, one, rd_str("dpo"), rd_str("s")));
	join();
	turn();
	CHECK_U64(server.n_asked, 0);
	CHECK(recorder_ask(&client.recorder, &a, &token));
	CHECK_U64(token, 1);
	turn();
	CHECK_U64(server.n_asked, 1); /* and what comes now is */
	end();
}

/* A second link while the first still stands. */
TEST(another_link_is_a_lost_one_too)
{
	struct record_ask a = ask_of("x");
	struct ipc *old;
	uint64_t token;

	begin();
	CHECK(recorder_ask(&client.recorder, &a, &token));
	turn();
	old = server.link;
	join();
	ipc_free(&old);
	turn();
	CHECK_U64(client.n_gone, 1);
	CHECK_U64(server.n_asked, 0);
	CHECK_U64(client.recorder.n_queue, 0);
	end();
}

/* An answer that cannot be: a token that was not asked for, or one that goes back. */
TEST(a_wrong_answer_ends_the_link)
{
	struct record_ask a = ask_of("x");
	uint64_t token;

	begin();
	CHECK(recorder_ask(&client.recorder, &a, &token));
	turn();
	answer(2);
	CHECK_U64(client.durable, 0);
	CHECK_U64(client.n_gone, 1);
	end();
}

TEST(what_cannot_stand_in_a_record_is_refused_at_once)
{
	struct record_ask a = ask_of("\xff\xfe");
	uint64_t token = 77;

	begin();
	CHECK(!recorder_ask(&client.recorder, &a, &token));
	CHECK_U64(token, 77);
	CHECK_U64(client.recorder.n_queue, 0);
	end();
}

static void want_reel(const uint8_t *id, uint32_t reel, const char *why)
{
	unsigned before = client.n_reels;

	CHECK(recorder_reel(&client.recorder, id, reel));
	for (int i = 0; i < PATIENCE && client.n_reels == before; i++)
		turn();
	CHECK_U64(client.n_reels, before + 1);
	CHECK_STR(client.why, why);
	CHECK((client.fd >= 0) == (why[0] == '\0'));
}

static void want_share(const uint8_t *id, const char *keeper, const char *why)
{
	unsigned before = client.n_shares;

	CHECK(recorder_share(&client.recorder, id, rd_str(keeper), rd_str("sealed")));
	for (int i = 0; i < PATIENCE && client.n_shares == before; i++)
		turn();
	CHECK_U64(client.n_shares, before + 1);
	CHECK_STR(client.why, why);
}

TEST(a_reel_can_be_appended_to_and_nothing_else)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[REEL_PATH_MAX];

	begin();
	want_reel(one, 1, "");
	CHECK((fcntl(client.fd, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY));
	CHECK(pwrite(client.fd, "first", 5, 100) == 5 && pwrite(client.fd, "second", 6, 0) == 6);
	reel_path(one, 1, path);
	buf_init(&b, 4096);
	CHECK_INT(fd_read_file(server.disk.dirfd, path, &b), 0);
	CHECK_RD(buf_rd(&b), rd_str("firstsecond"));
	want_reel(one, 1, "not the next reel of its recording");
	want_reel(one, 3, "not the next reel of its recording");
	want_reel(one, 2, "");
	want_reel(two, 0, "not the next reel of its recording");
	end();
}

TEST(a_share_is_stored_once)
{
	begin();
	want_share(one, "dpo", "");
	want_share(one, "dpo", "it is there already");
	want_share(one, "../../x", "not the share of a keeper");
	want_share(one, "", "not the share of a keeper");
	want_share(one, "council", "");
	want_share(one, "regulator", "");
	want_share(one, "fourth", "it has a share for each keeper");
	end();
}

/* A link reaches what it has made and nothing of anybody else. */
TEST(the_recordings_of_others_cannot_be_reached)
{
	begin();
	want_share(one, "dpo", "");
	want_reel(one, 1, "");
	ipc_free(&server.link);
	reels_done(&server.reels);
	reels_init(&server.reels, &server.disk.disk, poisoned);
	turn();
	join();
	want_reel(one, 1, "it is there already");
	want_reel(one, 2, "it is there already");
	want_share(one, "council", "it is there already");
	want_reel(two, 1, "");
	end();
}

TEST(quotas_hold)
{
	uint8_t id[RECORDING_ID_LEN] = { 0 };

	begin();
	server.reels.n_reels = RECORD_REELS_MAX;
	want_reel(one, 1, "too many recordings or reels on one link");
	while (server.reels.made.n < RECORD_RECORDINGS_MAX) {
		struct reels_recording *r = vec_push(&server.reels.made);
		id[0]++;
		memcpy(r->id, id, sizeof(id));
	}
	want_share(two, "dpo", "too many recordings or reels on one link");
	end();
}
