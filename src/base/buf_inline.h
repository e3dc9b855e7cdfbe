/*
 * Is:        the bodies of buf's short functions (contracts in buf.h), for every caller to have in
 *            line: a layer that looks at few bytes would spend its time on calls.
 * Is not:    included by anybody but buf.h and buf.c, where they are proved and can be called.
 * Called by: through buf.h.
 * Owns:      nothing.
 * Trust:     hostile sizes; proved with Frama-C WP.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

/* For inlining alone, unless buf.c says that it is the one to define them. */
#ifndef BUF_BODY
#define BUF_BODY extern inline __attribute__((gnu_inline))
#endif

BUF_BODY size_t buf_room(const struct buf *b)
{
	return b->max - b->len;
}

BUF_BODY bool buf_put(struct buf *b, const uint8_t *src, size_t n)
{
	if (n > b->max - b->len)
		return false;
	if (n == 0) /* an empty buffer has no memory, and NULL + 0 is undefined */
		return true;
	if (b->cap - b->off - b->len < n)
		buf_make_room(b, n);
	/* Memory fresh from the allocator overlaps nothing of the caller's. */
	//@ admit \separated(b->p + (0 .. b->cap - 1), src + (0 .. n - 1));
	bytes_copy(b->p + b->off + b->len, src, n);
	b->len += n;
	return true;
}

BUF_BODY bool buf_put_u8(struct buf *b, uint8_t c)
{
	if (b->len == b->max)
		return false;
	if (b->cap - b->off == b->len)
		buf_make_room(b, 1);
	b->p[b->off + b->len] = c;
	b->len += 1;
	return true;
}

BUF_BODY bool buf_space(struct buf *b, size_t n, uint8_t **out)
{
	if (n > b->max - b->len)
		return false;
	if (n >= b->cap - b->off - b->len)
		buf_make_room(b, n);
	*out = b->p + b->off + b->len;
	return true;
}

BUF_BODY void buf_reset(struct buf *b)
{
	b->off = 0;
	b->len = 0;
}

#ifndef __FRAMAC__ /* wrappers of the above over readers */

BUF_BODY bool buf_put_rd(struct buf *b, struct rd r)
{
	return buf_put(b, r.p, r.len);
}

BUF_BODY struct rd buf_rd(const struct buf *b)
{
	return b->len ? rd_of(b->p + b->off, b->len) : rd_of(NULL, 0);
}

#endif
