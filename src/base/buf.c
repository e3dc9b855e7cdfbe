/*
 * Is:        the one growable buffer (contracts in the header).
 * Is not:    the allocator, which is buf_grow.c.
 * Called by: every folder.
 * Owns:      its memory.
 * Trust:     hostile sizes; proved with Frama-C WP.
 */
#include "base/buf.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

size_t buf_room(const struct buf *b)
{
	return b->max - b->len;
}

bool buf_put(struct buf *b, const uint8_t *src, size_t n)
{
	if (n > b->max - b->len)
		return false;
	if (n == 0) /* an empty buffer has no memory, and NULL + 0 is undefined */
		return true;
	if (n >= b->cap - b->off - b->len)
		buf_make_room(b, n);
	/* Memory fresh from the allocator overlaps nothing of the caller's. */
	//@ admit \separated(b->p + (0 .. b->cap - 1), src + (0 .. n - 1));
	bytes_copy(b->p + b->off + b->len, src, n);
	b->len += n;
	return true;
}

bool buf_put_u8(struct buf *b, uint8_t c)
{
	if (b->len == b->max)
		return false;
	buf_make_room(b, 1);
	b->p[b->off + b->len] = c;
	b->len += 1;
	return true;
}

bool buf_space(struct buf *b, size_t n, uint8_t **out)
{
	if (n > b->max - b->len)
		return false;
	if (n >= b->cap - b->off - b->len)
		buf_make_room(b, n);
	*out = b->p + b->off + b->len;
	return true;
}

bool buf_patch(struct buf *b, size_t at, const uint8_t *src, size_t n)
{
	if (at > b->len || n > b->len - at)
		return false;
	if (n == 0)
		return true;
	bytes_copy(b->p + b->off + at, src, n);
	return true;
}

void buf_grew(struct buf *b, size_t n)
{
#ifndef __FRAMAC__ /* the contract's requires, checked at run time too */
	ASSERT(n <= b->cap - b->off - b->len && n <= b->max - b->len);
#endif
	b->len += n;
}

void buf_drop(struct buf *b, size_t n)
{
#ifndef __FRAMAC__
	ASSERT(n <= b->len);
#endif
	b->off += n;
	b->len -= n;
}

void buf_cut(struct buf *b, size_t n)
{
#ifndef __FRAMAC__
	ASSERT(n <= b->len);
#endif
	b->len = n;
}

void buf_reset(struct buf *b)
{
	b->off = 0;
	b->len = 0;
}

#ifndef __FRAMAC__ /* wrappers of the above over C strings and readers */

bool buf_put_rd(struct buf *b, struct rd r)
{
	return buf_put(b, r.p, r.len);
}

bool buf_put_str(struct buf *b, const char *s)
{
	return buf_put_rd(b, rd_str(s));
}

struct rd buf_rd(const struct buf *b)
{
	return b->len ? rd_of(b->p + b->off, b->len) : rd_of(NULL, 0);
}

#endif
