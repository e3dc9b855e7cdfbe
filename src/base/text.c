/*
 * Is:        strict conversions between text and values (contract in the header).
 * Is not:    lenient.
 * Called by: every parser and encoder of text formats.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#include "base/text.h"

#include "base/ascii.h"
#include "base/assert.h"

bool text_u64(struct rd text, uint64_t *out)
{
	uint64_t v = 0;
	uint8_t c;

	if (text.len == 0 || (text.len > 1 && text.p[0] == '0'))
		return false;
	while (rd_u8(&text, &c)) {
		if (c < '0' || c > '9')
			return false;
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

static bool hex_digit(uint8_t c, uint8_t *out)
{
	if (is_digit(c))
		*out = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (uint8_t)(c - 'a' + 10);
	else
		return false;
	return true;
}

bool text_hex(struct rd text, uint8_t *out, size_t n)
{
	struct rd look = text;
	uint8_t c, high, low;

	if (text.len % 2 != 0 || text.len / 2 != n)
		return false;
	while (rd_u8(&look, &c))
		if (!hex_digit(c, &high))
			return false;
	for (size_t i = 0; i < n; i++) {
		if (!rd_u8(&text, &c) || !hex_digit(c, &high) || !rd_u8(&text, &c) ||
		    !hex_digit(c, &low))
			return false;
		out[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

void wr_hex(struct wr *w, struct rd raw)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t c;

	while (rd_u8(&raw, &c)) {
		wr_u8(w, (uint8_t)digits[c >> 4]);
		wr_u8(w, (uint8_t)digits[c & 15]);
	}
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool base64_digit(uint8_t c, uint32_t *out)
{
	if (is_upper(c))
		*out = c - 'A';
	else if (is_lower(c))
		*out = c - 'a' + 26u;
	else if (is_digit(c))
		*out = c - '0' + 52u;
	else if (c == '+')
		*out = 62;
	else if (c == '/')
		*out = 63;
	else
		return false;
	return true;
}

/* The last group: 2 digits make 1 byte, 3 make 2; the bits left over are zero. */
static bool base64_tail(struct rd text, struct wr *w)
{
	uint32_t bits = 0, d;
	size_t n = text.len;
	uint8_t c;

	if (n == 0)
		return true;
	if (n == 1)
		return false;
	while (rd_u8(&text, &c)) {
		if (!base64_digit(c, &d))
			return false;
		bits = bits << 6 | d;
	}
	if (n == 2 ? bits & 0xf : bits & 0x3)
		return false;
	if (n == 2) {
		wr_u8(w, (uint8_t)(bits >> 4));
	} else {
		wr_u8(w, (uint8_t)(bits >> 10));
		wr_u8(w, (uint8_t)(bits >> 2));
	}
	return true;
}

static bool base64_strip(struct rd *text)
{
	size_t n_pad = 0;

	if (text->len % 4 != 0)
		return false;
	while (n_pad < 2 && text->len > n_pad && text->p[text->len - 1 - n_pad] == '=')
		n_pad++;
	return rd_slice(text, 0, text->len - n_pad, text);
}

bool text_base64(struct rd text, enum base64 form, struct buf *out)
{
	size_t before = out->len;
	struct wr w = wr_to(out);
	struct rd group;

	if (form == BASE64_PADDED && !base64_strip(&text))
		return false;
	while (rd_slice(&text, 0, 4, &group)) {
		uint32_t bits = 0, d = 0;
		uint8_t c;

		while (rd_u8(&group, &c)) {
			if (!base64_digit(c, &d))
				goto bad;
			bits = bits << 6 | d;
		}
		wr_u8(&w, (uint8_t)(bits >> 16));
		wr_u8(&w, (uint8_t)(bits >> 8));
		wr_u8(&w, (uint8_t)bits);
		if (!rd_skip(&text, 4))
			goto bad;
	}
	if (base64_tail(text, &w) && wr_ok(&w))
		return true;
bad:
	buf_cut(out, before);
	return false;
}

void wr_base64(struct wr *w, struct rd raw, enum base64 form)
{
	struct rd group;

	while (rd_slice(&raw, 0, raw.len < 3 ? raw.len : 3, &group) && group.len) {
		uint32_t bits = 0;
		size_t n = group.len;
		uint8_t c;

		while (rd_u8(&group, &c))
			bits = bits << 8 | c;
		bits <<= 8 * (3 - n);
		for (size_t i = 0; i < 4; i++) {
			if (i <= n)
				wr_u8(w, (uint8_t)base64_digits[bits >> (18 - 6 * i) & 63]);
			else if (form == BASE64_PADDED)
				wr_u8(w, '=');
		}
		if (!rd_skip(&raw, n))
			UNREACHABLE();
	}
}

/* RFC 3629: how many bytes a lead byte announces, its value bits, and the least
 * value that needs so many. */
static bool rune_lead(uint8_t c, size_t *n, uint32_t *value, uint32_t *least)
{
	if (c < 0x80) {
		*n = 1, *value = c, *least = 0;
	} else if (c >= 0xc2 && c < 0xe0) {
		*n = 2, *value = c & 0x1fu, *least = 0x80;
	} else if (c >= 0xe0 && c < 0xf0) {
		*n = 3, *value = c & 0x0fu, *least = 0x800;
	} else if (c >= 0xf0 && c < 0xf5) {
		*n = 4, *value = c & 0x07u, *least = 0x10000;
	} else {
		return false;
	}
	return true;
}

bool rd_rune(struct rd *r, uint32_t *out)
{
	struct rd part;
	uint32_t value, least;
	size_t n;
	uint8_t c;

	if (!rd_at(r, 0, &c) || !rune_lead(c, &n, &value, &least) || !rd_slice(r, 0, n, &part))
		return false;
	if (!rd_skip(&part, 1))
		return false;
	while (rd_u8(&part, &c)) {
		if ((c & 0xc0) != 0x80)
			return false;
		value = value << 6 | (c & 0x3fu);
	}
	if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return false;
	*out = value;
	return rd_skip(r, n);
}

void wr_rune(struct wr *w, uint32_t rune)
{
	ASSERT(rune <= 0x10ffff && !(rune >= 0xd800 && rune < 0xe000));
	if (rune < 0x80) {
		wr_u8(w, (uint8_t)rune);
		return;
	}
	if (rune < 0x800) {
		wr_u8(w, (uint8_t)(0xc0 | rune >> 6));
	} else {
		if (rune < 0x10000) {
			wr_u8(w, (uint8_t)(0xe0 | rune >> 12));
		} else {
			wr_u8(w, (uint8_t)(0xf0 | rune >> 18));
			wr_u8(w, (uint8_t)(0x80 | (rune >> 12 & 0x3f)));
		}
		wr_u8(w, (uint8_t)(0x80 | (rune >> 6 & 0x3f)));
	}
	wr_u8(w, (uint8_t)(0x80 | (rune & 0x3f)));
}

unsigned rune_width(uint32_t r)
{
	if ((r >= 0x300 && r <= 0x36f) || (r >= 0x200b && r <= 0x200f) || (r >= 0x2060 && r <= 0x206f) ||
	    (r >= 0x20d0 && r <= 0x20ff) || (r >= 0xfe00 && r <= 0xfe0f) || (r >= 0xfe20 && r <= 0xfe2f) ||
	    (r >= 0x1ab0 && r <= 0x1aff) || (r >= 0x1dc0 && r <= 0x1dff) || r == 0xfeff ||
	    (r >= 0x115f && r <= 0x11ff) || r == 0x180e || r == 0x3164 || r == 0xffa0 ||
	    (r >= 0xfff0 && r <= 0xfffb))
		return 0;
	if ((r >= 0x1100 && r <= 0x115e) || (r >= 0x2e80 && r <= 0xa4cf) || (r >= 0xac00 && r <= 0xd7a3) ||
	    (r >= 0xf900 && r <= 0xfaff) || (r >= 0xfe30 && r <= 0xfe6f) || (r >= 0xff01 && r <= 0xff60) ||
	    (r >= 0xffe0 && r <= 0xffe6) || (r >= 0x1f300 && r <= 0x1faff) || (r >= 0x20000 && r <= 0x3fffd))
		return 2;
	return 1;
}

bool text_is_utf8(struct rd r)
{
	uint32_t rune;

	while (r.len)
		if (!rd_rune(&r, &rune))
			return false;
	return true;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

bool rd_token(struct rd *r, struct rd *out)
{
	size_t from = 0, to;
	uint8_t c;

	while (rd_at(r, from, &c) && is_blank(c))
		from++;
	for (to = from; rd_at(r, to, &c) && !is_blank(c); to++)
		;
	return to > from && rd_slice(r, from, to - from, out) && rd_skip(r, to);
}

bool rd_line(struct rd *r, const char *line, struct rd *out_before)
{
	struct rd rest = *r, one;

	while (rd_until(&rest, '\n', &one))
		if (rd_is(&one, line)) {
			if (!rd_slice(r, 0, r->len - rest.len - one.len - 1, out_before))
				return false;
			*r = rest;
			return true;
		}
	return false;
}
