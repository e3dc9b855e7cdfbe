/*
 * Is:        the allocator behind buf: the part of it that is trusted, not proved.
 * Is not:    a check of limits; buf.c did that.
 * Called by: buf.c alone.
 * Owns:      nothing.
 * Trust:     sizes are under the buffer's maximum (contract in buf.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/mem.h"

enum { CAP_MIN = 64 };

void buf_init(struct buf *b, size_t max)
{
	ASSERT(max > 0 && max <= BUF_MAX);
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		mem_wipe(b->p, b->cap);
	buf_done(b);
}

void buf_make_room(struct buf *b, size_t n)
{
	size_t want = b->len + n;

	if (b->p && b->cap - b->off - b->len >= n)
		return;
	/* Move rather than grow while at least half of the memory is free, so
	 * that the cost of a byte stays constant. */
	if (b->p && b->cap >= want && b->off >= b->cap / 2) {
		memmove(b->p, b->p + b->off, b->len);
		b->off = 0;
		return;
	}
	size_t cap = b->cap ? b->cap : CAP_MIN;
	while (cap < want)
		cap *= 2;
	if (cap > b->max && want <= b->max)
		cap = b->max;
	uint8_t *p = malloc(cap); /* nobody reads it before it is written */
	if (!p)
		assert_no_memory();
	if (b->p)
		memcpy(p, b->p + b->off, b->len);
	free(b->p);
	b->p = p;
	b->cap = cap;
	b->off = 0;
}
