/*
 * Is:        tests of links: what the table forbids ends the link, descriptors
 *            never leak, order and back-pressure hold.
 * Is not:    the fuzz target.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/wr.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "testing/test.h"

enum { NUMBER = 1, HELLO = 2, WITH_FD = 3, LATER = 4, EMPTY = 5 };

struct side {
	struct loop *l;
	struct ipc *ipc;
	int raw; /* the other end, spoken to by hand */
	int err, n_closed, n_drained, fd;
	uint32_t sum;
};

static int on_number(void *ctx, struct ipc_in *in)
{
	struct side *s = ctx;
	uint32_t v;

	if (!rd_u32(&in->body, &v))
		return -EBADMSG;
	s->sum += v;
	return 0;
}

static int on_hello(void *ctx, struct ipc_in *in)
{
	struct side *s = ctx;

	ipc_set_state(s->ipc, 1);
	return 0;
}

static int on_fd(void *ctx, struct ipc_in *in)
{
	struct side *s = ctx;

	s->fd = in->fd[0];
	in->fd[0] = -1;
	return 0;
}

static int on_empty(void *ctx, struct ipc_in *in)
{
	struct side *s = ctx;

	ipc_free(&s->ipc); /* from its own handler */
	loop_stop(s->l, 0);
	return 0;
}

static const struct ipc_row rows[] = {
	{ NUMBER, "number", 1 << 0 | 1 << 1, false, 0, 8, on_number },
	{ HELLO, "hello", 1 << 0, true, 0, 0, on_hello },
	{ WITH_FD, "with-fd", 1 << 0, false, 1, 0, on_fd },
	{ LATER, "later", 1 << 1, false, 0, 0, on_hello },
	{ EMPTY, "empty", 1 << 0, false, 0, 0, on_empty },
};
static const struct ipc_table table = { "test", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct side *s = ctx;

	s->n_closed++;
	s->err = err;
	loop_stop(s->l, 0);
}

static struct side start(void)
{
	struct side s = { .fd = -1 };

	CHECK(loop_new(&s.l) == 0);
	return s;
}

static void connect_side(struct side *s)
{
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	s->raw = pair[0];
	CHECK(ipc_new(s->l, pair[1], &table, s, on_closed, &s->ipc) == 0);
}

static void finish(struct side *s)
{
	ipc_free(&s->ipc);
	fd_close(&s->raw);
	fd_close(&s->fd);
	loop_free(&s->l);
}

static int n_open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	(void)closedir(d);
	return n;
}

/* Sends raw bytes with `n_fds` copies of descriptor 0, and runs until the link ends. */
static void expect_end(const void *bytes, size_t n, int n_fds, int err, const char *why)
{
	struct side s = start();
	struct iovec v = { NULL, n };
	char room[CMSG_SPACE(sizeof(int) * 8)] __attribute__((aligned(8))) = { 0 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	uint8_t copy[IPC_MAX + 100];

	memcpy(copy, bytes, n);
	v.iov_base = copy;
	if (n_fds) {
		m.msg_control = room;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n_fds);
		memset(CMSG_DATA(c), 0, sizeof(int) * (size_t)n_fds);
	}
	connect_side(&s);
	CHECK(sendmsg(s.raw, &m, 0) >= 0);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_INT(s.n_closed, 1);
	CHECK_INT(s.err, err);
	if (!strstr(ipc_refusal(s.ipc), why))
		test_fail(__FILE__, __LINE__, "refusal is \"%s\", want \"%s\"", ipc_refusal(s.ipc), why);
	finish(&s);
}

TEST(what_the_table_forbids_ends_the_link)
{
	static const uint8_t big[IPC_MAX + 1] = { 0, NUMBER };
	int before = n_open_fds();

	expect_end("\0", 1, 0, -EPROTO, "shorter than its type");
	expect_end("\0\x63", 2, 0, -EPROTO, "not in the table");
	expect_end("\0\x04", 2, 0, -EPROTO, "later) in state 0: not allowed");
	expect_end("\0\1\0\0\0", 5, 0, -EBADMSG, "Bad message");
	expect_end("\0\1\0\0\0\1x", 7, 0, -EPROTO, "bytes left over");
	expect_end("\0\1\0\0\0\1xyzzy", 11, 0, -EPROTO, "too long");
	expect_end("\0\1\0\0\0\1", 6, 1, -EPROTO, "wrong number of descriptors");
	expect_end("\0\3", 2, 0, -EPROTO, "wrong number of descriptors");
	expect_end("\0\3", 2, 2, -EPROTO, "wrong number of descriptors");
	expect_end("\0\3", 2, 5, -EPROTO, "larger than a message");
	expect_end(big, sizeof(big), 0, -EPROTO, "larger than a message");
	CHECK_INT(n_open_fds(), before);
}

TEST(once_means_once)
{
	struct side s = start();

	connect_side(&s);
	CHECK(send(s.raw, "\0\2", 2, 0) == 2);
	CHECK(send(s.raw, "\0\1\0\0\0\5", 6, 0) == 6);
	CHECK(send(s.raw, "\0\2", 2, 0) == 2);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_INT(s.err, -EPROTO);
	CHECK_U64(s.sum, 5);
	finish(&s);
}

TEST(packets_before_a_hang_up_are_read)
{
	struct side s = start();

	connect_side(&s);
	for (int i = 0; i < 100; i++)
		CHECK(send(s.raw, "\0\1\0\0\0\2", 6, 0) == 6);
	fd_close(&s.raw);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_INT(s.err, 0);
	CHECK_U64(s.sum, 200);
	finish(&s);
}

TEST(a_descriptor_travels)
{
	int before = n_open_fds();
	struct side s = start();
	int p[2], pair[2];
	struct ipc *other;
	char c = 0;

	CHECK(ipc_pair(pair) == 0);
	CHECK(ipc_new(s.l, pair[1], &table, &s, on_closed, &s.ipc) == 0);
	CHECK(ipc_new(s.l, pair[0], &table, &s, on_closed, &other) == 0);
	s.raw = -1;
	CHECK(pipe(p) == 0);
	CHECK(ipc_send_fds(other, WITH_FD, rd_of(NULL, 0), &p[1], 1) == 0);
	ipc_free(&other);
	CHECK_INT(loop_run(s.l), 0);
	CHECK(s.fd >= 0 && write(s.fd, "y", 1) == 1 && read(p[0], &c, 1) == 1 && c == 'y');
	CHECK(fcntl(s.fd, F_GETFD) & FD_CLOEXEC);
	fd_close(&p[0]);
	finish(&s);
	CHECK_INT(n_open_fds(), before);
}

TEST(a_handler_may_free_its_own_link)
{
	struct side s = start();

	connect_side(&s);
	CHECK(send(s.raw, "\0\5", 2, 0) == 2);
	CHECK_INT(loop_run(s.l), 0);
	CHECK(s.ipc == NULL && s.n_closed == 0);
	finish(&s);
}

static void on_drained(void *ctx)
{
	struct side *s = ctx;

	s->n_drained++;
	loop_stop(s->l, 0);
}

static void drain(void *ctx)
{
	struct side *s = ctx;
	uint8_t raw[64], want = 0;
	static uint32_t next;
	ssize_t n;

	(void)want;
	while ((n = recv(s->raw, raw, sizeof(raw), MSG_DONTWAIT)) > 0) {
		struct rd r = rd_of(raw, (size_t)n);
		uint16_t type;
		uint32_t v;
		CHECK(rd_u16(&r, &type) && rd_u32(&r, &v));
		CHECK_U64(v, next++);
		s->sum++;
	}
}

TEST(a_full_queue_says_busy_and_keeps_order)
{
	struct side s = start();
	struct loop_timer t;
	uint32_t sent = 0;
	int r;

	connect_side(&s);
	ipc_on_drained(s.ipc, on_drained);
	for (r = 0; r == 0; sent++) {
		AUTO(buf_done) struct buf b = { 0 };
		buf_init(&b, 8);
		struct wr w = wr_to(&b);
		wr_u32(&w, sent);
		r = ipc_send(s.ipc, NUMBER, buf_rd(&b));
	}
	sent--;
	CHECK_INT(r, IPC_BUSY);
	CHECK(sent > IPC_QUEUE_MAX);
	loop_timer_init(&t, drain, &s);
	while (s.n_drained == 0) {
		drain(&s);
		loop_timer_set(s.l, &t, 1000000);
		CHECK_INT(loop_run(s.l), 0);
	}
	drain(&s);
	CHECK_U64(s.sum, sent);
	loop_timer_clear(s.l, &t);
	finish(&s);
}

/* A peer that leaves with something unread is still heard: its last words were in time. */
TEST(last_words_in_front_of_a_reset_are_heard)
{
	struct side s = start();

	connect_side(&s);
	CHECK_INT(ipc_send(s.ipc, NUMBER, rd_str("1234")), 0);
	CHECK(send(s.raw, "\0\1\0\0\0\7", 6, 0) == 6);
	fd_close(&s.raw);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_U64(s.sum, 7);
	CHECK_INT(s.err, 0);
	finish(&s);
}

/* It had a queue waiting for it: that is no failure of the link, and its last words count too. */
TEST(a_peer_that_leaves_its_queue_is_heard)
{
	int before = n_open_fds();
	struct side s = start();

	connect_side(&s);
	while (ipc_n_queued(s.ipc) < 3)
		CHECK_INT(ipc_send(s.ipc, NUMBER, rd_str("1234")), 0);
	CHECK(send(s.raw, "\0\1\0\0\0\7", 6, 0) == 6);
	fd_close(&s.raw);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_U64(s.sum, 7);
	CHECK_INT(s.err, 0);
	CHECK_INT(s.n_closed, 1);
	CHECK_INT(s.n_drained, 0);
	finish(&s);
	CHECK_INT(n_open_fds(), before);
}

/* Nor is an answer to one who has asked and left. */
static int on_question(void *ctx, struct ipc_in *in)
{
	struct side *s = ctx;

	return ipc_send(s->ipc, NUMBER, rd_str("1234"));
}

TEST(who_asks_and_leaves_breaks_no_rule)
{
	static const struct ipc_row asked[] = { { NUMBER, "question", 1 << 0, false, 0, 0, on_question } };
	static const struct ipc_table questions = { "test", asked, ARRAY_LEN(asked) };
	struct side s = start();
	int pair[2];

	CHECK(ipc_pair(pair) == 0);
	s.raw = pair[0];
	CHECK(ipc_new(s.l, pair[1], &questions, &s, on_closed, &s.ipc) == 0);
	CHECK(send(s.raw, "\0\1", 2, 0) == 2);
	fd_close(&s.raw);
	CHECK_INT(loop_run(s.l), 0);
	CHECK_INT(s.err, 0);
	CHECK_STR(ipc_refusal(s.ipc), "");
	finish(&s);
}
