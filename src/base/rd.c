/*
 * Is:        the one reader of bytes (contracts in the header).
 * Is not:    an owner of memory.
 * Called by: every parser.
 * Owns:      nothing.
 * Trust:     hostile bytes; proved with Frama-C WP.
 */
#define RD_BODY /* the functions themselves */
#include "base/rd.h"

#include <string.h>

#include "base/bytes.h"
#include "base/rd_inline.h"

bool rd_u16(struct rd *r, uint16_t *out)
{
	if (r->len < 2)
		return false;
	*out = (uint16_t)((uint32_t)r->p[0] * 256u + (uint32_t)r->p[1]);
	r->p += 2;
	r->len -= 2;
	return true;
}

bool rd_u32(struct rd *r, uint32_t *out)
{
	if (r->len < 4)
		return false;
	*out = (uint32_t)r->p[0] * 16777216u + (uint32_t)r->p[1] * 65536u +
	    (uint32_t)r->p[2] * 256u + (uint32_t)r->p[3];
	r->p += 4;
	r->len -= 4;
	return true;
}

bool rd_u64(struct rd *r, uint64_t *out)
{
	uint64_t hi, lo;

	if (r->len < 8)
		return false;
	hi = (uint64_t)r->p[0] * 16777216u + (uint64_t)r->p[1] * 65536u +
	    (uint64_t)r->p[2] * 256u + (uint64_t)r->p[3];
	lo = (uint64_t)r->p[4] * 16777216u + (uint64_t)r->p[5] * 65536u +
	    (uint64_t)r->p[6] * 256u + (uint64_t)r->p[7];
	*out = hi * 4294967296u + lo;
	r->p += 8;
	r->len -= 8;
	return true;
}

bool rd_part8(struct rd *r, size_t max, struct rd *out)
{
	size_t n;

	if (r->len < 1)
		return false;
	n = r->p[0];
	if (n > max || n > r->len - 1)
		return false;
	out->p = r->p + 1;
	out->len = n;
	r->p += 1 + n;
	r->len -= 1 + n;
	return true;
}

bool rd_part16(struct rd *r, size_t max, struct rd *out)
{
	size_t n;

	if (r->len < 2)
		return false;
	n = (size_t)r->p[0] * 256u + (size_t)r->p[1];
	if (n > max || n > r->len - 2)
		return false;
	out->p = r->p + 2;
	out->len = n;
	r->p += 2 + n;
	r->len -= 2 + n;
	return true;
}

bool rd_part32(struct rd *r, size_t max, struct rd *out)
{
	size_t n;

	if (r->len < 4)
		return false;
	n = (size_t)r->p[0] * 16777216u + (size_t)r->p[1] * 65536u + (size_t)r->p[2] * 256u +
	    (size_t)r->p[3];
	if (n > max || n > r->len - 4)
		return false;
	out->p = r->p + 4;
	out->len = n;
	r->p += 4 + n;
	r->len -= 4 + n;
	return true;
}

bool rd_until(struct rd *r, uint8_t c, struct rd *out)
{
	size_t n = bytes_find(r->p, r->len, c);

	if (n == r->len)
		return false;
	out->p = r->p;
	out->len = n;
	r->p += n + 1;
	r->len -= n + 1;
	return true;
}

bool rd_equal(const struct rd *a, const struct rd *b)
{
	return a->len == b->len && bytes_equal(a->p, b->p, a->len);
}

#ifndef __FRAMAC__ /* C strings are the programmer's, not input: not proved */

struct rd rd_str(const char *s)
{
	return rd_of(s, strlen(s));
}

bool rd_is(const struct rd *r, const char *s)
{
	struct rd want = rd_str(s);

	return rd_equal(r, &want);
}

bool rd_word(struct rd *r, const char *s)
{
	struct rd want = rd_str(s), head;

	return rd_slice(r, 0, want.len, &head) && rd_equal(&head, &want) && rd_skip(r, want.len);
}

#endif
