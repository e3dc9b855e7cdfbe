/*
 * Is:        an officer's live view (contracts in the header).
 * Is not:    a brake.
 * Called by: gate/release.c, gate/session.c.
 * Owns:      the watcher's descriptor.
 * Trust:     deskd.
 */
#include "proc/gate/tap.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/wr.h"
#include "os/fd.h"
#include "proc/gate/gate.h"
#include "proc/gate/state.h"

enum { WATCH_MAX = 2 << 20 };

void gate_tap_close(struct session *s)
{
	loop_unwatch(s->gate->loop, &s->watch_watch);
	fd_close(&s->watch_fd);
	buf_wipe(&s->watch);
	buf_init(&s->watch, WATCH_MAX);
}

static void flush(struct session *s)
{
	while (s->watch.len) {
		struct rd all = buf_rd(&s->watch);
		ssize_t n = write(s->watch_fd, all.p, all.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			gate_tap_close(s);
			return;
		}
		if (n < 0)
			break;
		buf_drop(&s->watch, (size_t)n);
	}
	if (loop_rewatch(s->gate->loop, s->watch_watch, s->watch.len ? EPOLLOUT : 0) < 0)
		gate_tap_close(s);
}

static void on_watch(void *ctx, uint32_t events)
{
	struct session *s = ctx;

	if (events & (EPOLLHUP | EPOLLERR))
		gate_tap_close(s);
	else
		flush(s);
}

void gate_tap_open(struct session *s, int fd)
{
	gate_tap_close(s);
	s->watch_fd = fd;
	if (fd_set_nonblock(fd, true) < 0 || loop_watch(s->gate->loop, fd, 0, on_watch, s, &s->watch_watch) < 0)
		gate_tap_close(s);
}

void gate_tap_frame(struct session *s, uint8_t kind, struct rd bytes)
{
	struct wr w = wr_to(&s->watch);

	if (s->watch_fd < 0 || kind == 0)
		return;
	if (buf_room(&s->watch) < bytes.len + 5) {
		gate_tap_close(s);
		return;
	}
	wr_u8(&w, kind);
	wr_part32(&w, bytes);
	flush(s);
}
