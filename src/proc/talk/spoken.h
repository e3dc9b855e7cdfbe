/*
 * Is:        the lines that a program writes into a pipe, one call a line.
 * Is not:    a judge of what they say.
 * Called by: supervise.c, passing.c, door_room.c.
 * Owns:      the reading end.
 * Trust:     hostile bytes. A line longer than SPOKEN_LINE_MAX comes in pieces.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "base/wr.h"
#include "os/loop.h"

enum { SPOKEN_LINE_MAX = 512 };

typedef void spoken_fn(void *ctx, struct rd line);

struct spoken {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct buf so_far;
	spoken_fn *line;
	void *ctx;
};

void spoken_init(struct spoken *s, struct loop *l, spoken_fn *line, void *ctx);
/* Makes the pipe and listens; gives the writing end, close-on-exec. */
MUST_USE int spoken_open(struct spoken *s, int *out_writer);
/* Whoever wrote is gone: hands over what is still there, and closes. */
void spoken_finish(struct spoken *s);
/* Closes; may be opened again. */
void spoken_close(struct spoken *s);
void spoken_done(struct spoken *s);

/* The line as UTF-8: what is none becomes "?". */
void spoken_text(struct wr *w, struct rd line);
