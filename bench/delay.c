/*
 * Is:        a relay that delays: TCP on loopback, each direction later by half a round trip,
 *            where the kernel has no netem.
 * Is not:    a model of TCP over distance: no loss, no bandwidth, windows of the kernel's own size.
 * Called by: bench/ssh.
 * Owns:      its connections.
 * Trust:     no input; whoever starts it ends it.
 *
 * usage: bench-delay PORT MILLISECONDS: prints the port that it listens on, then relays to
 *        127.0.0.1:PORT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"

enum { CHUNK = 256 << 10, CHUNKS = 512 };

struct chunk {
	uint64_t due_ns;
	size_t len, at;
	char *bytes;
};

/* One direction: a ring of what is on its way. */
struct way {
	int from, to;
	struct chunk ring[CHUNKS];
	size_t first, n;
	int ended; /* nothing more comes */
};

static uint64_t delay_ns;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	_exit(1);
}

static void take(struct way *w)
{
	struct chunk *c = &w->ring[(w->first + w->n) % CHUNKS];
	ssize_t n;

	if (!c->bytes)
		must((c->bytes = malloc(CHUNK)) != NULL, "malloc");
	n = recv(w->from, c->bytes, CHUNK, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		w->ended = 1;
	c->len = n > 0 ? (size_t)n : 0; /* an empty one is the end */
	c->at = 0;
	c->due_ns = clock_mono_ns() + delay_ns;
	w->n++;
}

/* False: the connection is over in this direction, and nobody takes what is left. */
static int give(struct way *w, uint64_t now)
{
	while (w->n && w->ring[w->first].due_ns <= now) {
		struct chunk *c = &w->ring[w->first];
		ssize_t n = c->len ? send(w->to, c->bytes + c->at, c->len - c->at, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
		if (n < 0 && errno == EAGAIN)
			return 1;
		if (n < 0)
			return 0;
		c->at += (size_t)n;
		if (c->at < c->len)
			return 1;
		if (!c->len && shutdown(w->to, SHUT_WR) < 0)
			return 0;
		w->first = (w->first + 1) % CHUNKS;
		w->n--;
	}
	return 1;
}

static int wait_ms(const struct way *w, uint64_t now)
{
	if (!w->n)
		return 60000;
	uint64_t due = w->ring[w->first].due_ns;
	return due <= now ? 60000 : (int)((due - now) / 1000000 + 1);
}

static void relay(int a, int b)
{
	static struct way there, back;
	uint64_t now = clock_mono_ns();

	there.from = back.to = a;
	there.to = back.from = b;
	while (!(there.ended && back.ended && !there.n && !back.n)) {
		struct way *ways[] = { &there, &back };
		struct pollfd p[2] = { { .fd = a }, { .fd = b } };
		for (int i = 0; i < 2; i++) {
			if (!ways[i]->ended && ways[i]->n < CHUNKS)
				p[i].events |= POLLIN;
			if (ways[i]->n && ways[i]->ring[ways[i]->first].due_ns <= now)
				p[!i].events |= POLLOUT;
			if (!p[i].events)
				p[i].fd = -1;
		}
		int x = wait_ms(&there, now), y = wait_ms(&back, now);
		(void)poll(p, 2, x < y ? x : y);
		for (int i = 0; i < 2; i++)
			if (p[i].revents & (POLLIN | POLLHUP | POLLERR) && !ways[i]->ended && ways[i]->n < CHUNKS)
				take(ways[i]);
		now = clock_mono_ns();
		if (!give(&there, now) || !give(&back, now))
			return;
	}
}

static int socket_of(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	must(fd >= 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0, "socket");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) }, at = to;
	socklen_t len = sizeof(at);
	int listener, one = 1;

	must(argc == 3, "usage: bench-delay PORT MILLISECONDS");
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	delay_ns = (uint64_t)atoi(argv[2]) * 1000000 / 2;
	listener = socket_of();
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 64) == 0 &&
	    getsockname(listener, (struct sockaddr *)&at, &len) == 0, "listen");
	printf("%d\n", ntohs(at.sin_port));
	(void)fflush(stdout);
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int a = accept4(listener, NULL, NULL, SOCK_CLOEXEC), b;
		if (a < 0)
			continue;
		if (fork() == 0) {
			(void)setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
			b = socket_of();
			must(connect(b, (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
			relay(a, b);
			_exit(0);
		}
		(void)close(a);
	}
}
