/*
 * Is:        the lines that a program writes into a pipe.
 * Is not:    a judge of what they say.
 * Called by: supervise.c, passing.c, door_room.c.
 * Owns:      the reading end.
 * Trust:     hostile bytes.
 */
#include "proc/talk/spoken.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/text.h"
#include "os/fd.h"

static void take_lines(struct spoken *s, bool at_end)
{
	struct rd all = buf_rd(&s->so_far), line;
	size_t before = all.len;

	while (rd_until(&all, '\n', &line))
		s->line(s->ctx, line);
	if (all.len && (at_end || buf_room(&s->so_far) == before - all.len)) {
		s->line(s->ctx, all);
		all.len = 0;
	}
	buf_drop(&s->so_far, before - all.len);
}

static void on_readable(void *ctx, uint32_t events)
{
	struct spoken *s = ctx;
	ssize_t n = fd_read(s->fd, &s->so_far);

	if (n == -EAGAIN)
		return;
	take_lines(s, n <= 0);
	if (n <= 0)
		spoken_close(s);
}

void spoken_init(struct spoken *s, struct loop *l, spoken_fn *line, void *ctx)
{
	*s = (struct spoken){ .loop = l, .fd = -1, .line = line, .ctx = ctx };
	buf_init(&s->so_far, SPOKEN_LINE_MAX);
}

int spoken_open(struct spoken *s, int *out_writer)
{
	int pipes[2], r;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	s->fd = pipes[0];
	r = fd_set_nonblock(s->fd, true);
	if (r == 0)
		r = loop_watch(s->loop, s->fd, EPOLLIN, on_readable, s, &s->watch);
	if (r < 0) {
		spoken_close(s);
		fd_close(&pipes[1]);
		return r;
	}
	*out_writer = pipes[1];
	return 0;
}

void spoken_finish(struct spoken *s)
{
	if (s->fd >= 0) {
		while (fd_read(s->fd, &s->so_far) > 0)
			take_lines(s, false);
		take_lines(s, true);
	}
	spoken_close(s);
}

void spoken_close(struct spoken *s)
{
	loop_unwatch(s->loop, &s->watch);
	fd_close(&s->fd);
}

void spoken_done(struct spoken *s)
{
	spoken_close(s);
	buf_done(&s->so_far);
}

void spoken_text(struct wr *w, struct rd line)
{
	uint32_t rune;
	uint8_t c;

	while (line.len) {
		if (rd_rune(&line, &rune))
			wr_rune(w, rune);
		else if (rd_u8(&line, &c))
			wr_u8(w, '?');
	}
}
