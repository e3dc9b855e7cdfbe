/*
 * Is:        the bodies of rd's short functions (contracts in rd.h), for every caller to have in
 *            line: a layer that looks at few bytes would spend its time on calls.
 * Is not:    included by anybody but rd.h and rd.c, where they are proved and can be called.
 * Called by: through rd.h.
 * Owns:      nothing.
 * Trust:     hostile bytes; proved with Frama-C WP.
 */
#pragma once

#include "base/bytes.h"
#include "base/rd.h"

/* For inlining alone, unless rd.c says that it is the one to define them. */
#ifndef RD_BODY
#define RD_BODY extern inline __attribute__((gnu_inline))
#endif

RD_BODY bool rd_u8(struct rd *r, uint8_t *out)
{
	if (r->len < 1)
		return false;
	*out = r->p[0];
	r->p += 1;
	r->len -= 1;
	return true;
}

RD_BODY bool rd_take(struct rd *r, size_t n, struct rd *out)
{
	if (n > r->len)
		return false;
	out->p = r->p;
	out->len = n;
	if (n > 0) /* NULL + 0 is undefined, and an empty reader may hold NULL */
		r->p += n;
	r->len -= n;
	return true;
}

RD_BODY bool rd_skip(struct rd *r, size_t n)
{
	if (n > r->len)
		return false;
	if (n > 0)
		r->p += n;
	r->len -= n;
	return true;
}

RD_BODY bool rd_copy(struct rd *r, uint8_t *out, size_t n)
{
	if (n > r->len)
		return false;
	bytes_copy(out, r->p, n);
	if (n > 0)
		r->p += n;
	r->len -= n;
	return true;
}

RD_BODY bool rd_at(const struct rd *r, size_t i, uint8_t *out)
{
	if (i >= r->len)
		return false;
	*out = r->p[i];
	return true;
}

RD_BODY bool rd_slice(const struct rd *r, size_t off, size_t n, struct rd *out)
{
	if (off > r->len || n > r->len - off)
		return false;
	out->p = off > 0 ? r->p + off : r->p;
	out->len = n;
	return true;
}

#ifndef __FRAMAC__ /* what it is made of is the caller's, not input: not proved */

RD_BODY struct rd rd_of(const void *p, size_t n)
{
	/* Adding 0 to NULL is undefined; an empty reader points at something. */
	return (struct rd){ .p = p ? p : (const uint8_t *)"", .len = n };
}

#endif
