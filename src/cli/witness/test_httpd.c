/*
 * Is:        tests of the HTTP server's patience: with a real socket, in one loop with its client.
 * Is not:    what it answers (test_witness.c, with the program).
 * Called by: the test run.
 * Owns:      a port of 127.0.0.1.
 * Trust:     no input.
 */
#include "cli/witness/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "cli/witness/address.h"
#include "os/clock.h"
#include "testing/test.h"

#define STEP_NS (20ull * NS_PER_MS)
#define HEADERS_NS (300ull * NS_PER_MS)
#define PATIENCE_NS (10ull * NS_PER_S)

static struct {
	struct loop *loop;
	struct httpd *httpd;
	struct loop_timer timer;
	struct sockaddr_in at;
	int fd;
	uint64_t until_ns;
	char got[512];
	size_t n_got;
	bool trickles, is_over;
} t;

static int answer(void *ctx, const struct httpd_request *q, struct httpd_reply *out)
{
	out->status = 200;
	return buf_put_str(&out->body, "here\n") ? 0 : -ENOBUFS;
}

static void step(void *ctx)
{
	ssize_t n;

	if (t.trickles)
		(void)send(t.fd, "a", 1, MSG_NOSIGNAL);
	n = recv(t.fd, t.got + t.n_got, sizeof(t.got) - 1 - t.n_got, MSG_DONTWAIT);
	t.n_got += n > 0 ? (size_t)n : 0;
	t.is_over = n == 0 || (n < 0 && errno != EAGAIN) || strstr(t.got, "here");
	if (t.is_over || clock_mono_ns() > t.until_ns)
		loop_stop(t.loop, 0);
	else
		loop_timer_set(t.loop, &t.timer, STEP_NS);
}

static void begin(void)
{
	const struct httpd_calls calls = { { 100, 100, 4, 4, HEADERS_NS }, answer, NULL };
	socklen_t n = sizeof(t.at);
	char where[ADDRESS_ROOM];
	int fd = -1;

	CHECK_INT(loop_new(&t.loop), 0);
	loop_timer_init(&t.timer, step, NULL);
	CHECK_INT(address_listen("127.0.0.1:0", &fd, where), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&t.at, &n), 0);
	CHECK_INT(httpd_start(&t.httpd, fd, t.loop, &calls), 0);
}

/* Says `first`, and then a byte now and then, until it has an answer or an end. */
static void ask(const char *first, bool trickles)
{
	t.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(t.fd >= 0 && connect(t.fd, (struct sockaddr *)&t.at, sizeof(t.at)) == 0);
	CHECK(send(t.fd, first, strlen(first), MSG_NOSIGNAL) == (ssize_t)strlen(first));
	memset(t.got, 0, sizeof(t.got));
	t.n_got = 0;
	t.trickles = trickles;
	t.is_over = false;
	t.until_ns = clock_mono_ns() + PATIENCE_NS;
	loop_timer_set(t.loop, &t.timer, STEP_NS);
	CHECK_INT(loop_run(t.loop), 0);
	CHECK(t.is_over);
	(void)close(t.fd);
}

/* A byte now and then is no silence, and four such addresses could have every connection. */
TEST(headers_that_never_end_lose_their_connection)
{
	uint64_t began_ns;

	begin();
	ask("GET / HTTP/1.1\r\nHost: w\r\n\r\n", false);
	CHECK(strstr(t.got, "200 OK") && strstr(t.got, "here"));
	began_ns = clock_mono_ns();
	ask("GET / HTTP/1.1\r\nHost: w\r\nX: ", true);
	CHECK_U64(t.n_got, 0);
	CHECK(clock_mono_ns() - began_ns >= HEADERS_NS);
	ask("GET / HTTP/1.1\r\nHost: w\r\n\r\n", false);
	CHECK(strstr(t.got, "200 OK"));
	httpd_stop(&t.httpd);
	loop_free(&t.loop);
}
