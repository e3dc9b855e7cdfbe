/*
 * Is:        tests of last words.
 * Is not:    a test of SSH clients that read them (tests/door, tests/whole/forwards).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/farewell.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/fd.h"
#include "testing/test.h"

static struct loop *loop;
static struct farewell f;

/* Says "bye" to whoever has sent something that nobody reads; their end. */
static int say(int type)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) == 0);
	CHECK(write(pair[1], "hello", 5) == 5);
	farewell_say(&f, pair[0], rd_str("bye"));
	return pair[1];
}

/* What is there to read now: bytes, 0 at the end, or a negative errno. */
static ssize_t hears(int fd, char text[8])
{
	ssize_t n = recv(fd, text, 7, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? -errno : n;
}

static void begin(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* as every process of ours */
	CHECK(loop_new(&loop) == 0);
	farewell_init(&f, loop);
}

TEST(farewell_is_heard_and_the_socket_is_kept)
{
	char text[8];

	begin();
	for (int i = 0; i < 2; i++) {
		AUTO(fd_close) int fd = say(i ? SOCK_SEQPACKET : SOCK_STREAM);
		CHECK(hears(fd, text) == 3 && strcmp(text, "bye") == 0);
		CHECK(hears(fd, text) == -EAGAIN);
	}
	farewell_done(&f);
	loop_free(&loop);
}

TEST(farewell_lets_the_longest_held_go_for_another)
{
	int fd[FAREWELL_MAX + 2];
	char text[8];

	begin();
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		fd[i] = say(SOCK_SEQPACKET);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		/* A socket with unread bytes that closes resets first. */
		ssize_t n = hears(fd[i], text);
		CHECK_INT(n, i < 2 ? -ECONNRESET : 3);
	}
	farewell_done(&f);
	for (size_t i = 2; i < ARRAY_LEN(fd); i++)
		CHECK_INT(hears(fd[i], text), -ECONNRESET);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		fd_close(&fd[i]);
	loop_free(&loop);
}

TEST(farewell_to_who_has_gone)
{
	int pair[2];

	begin();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	fd_close(&pair[1]);
	farewell_say(&f, pair[0], rd_str("bye"));
	CHECK(f.held[0].fd == -1);
	farewell_done(&f);
	loop_free(&loop);
}

static void stop(void *ctx)
{
	loop_stop(ctx, 0);
}

TEST(farewell_ends_by_itself)
{
	struct loop_timer t;
	char text[8];

	begin();
	AUTO(fd_close) int fd = say(SOCK_SEQPACKET);
	CHECK(hears(fd, text) == 3);
	loop_timer_init(&t, stop, loop);
	loop_timer_set(loop, &t, 3200000000ull);
	CHECK(loop_run(loop) == 0);
	CHECK_INT(hears(fd, text), -ECONNRESET);
	farewell_done(&f);
	loop_free(&loop);
}
