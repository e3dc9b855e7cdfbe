/*
 * Is:        the one growable buffer (contracts in the header).
 * Is not:    the allocator, which is buf_grow.c.
 * Called by: every folder.
 * Owns:      its memory.
 * Trust:     hostile sizes; proved with Frama-C WP.
 */
#define BUF_BODY /* the functions themselves */
#include "base/buf.h"
#include "base/buf_inline.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

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

#ifndef __FRAMAC__ /* wrappers of the above over C strings and readers */

bool buf_put_str(struct buf *b, const char *s)
{
	return buf_put_rd(b, rd_str(s));
}

#endif
