/*
 * Is:        plain POSIX ustar files (format and contract in the header).
 * Is not:    a reader of other people's tar files: it accepts what the writer writes.
 * Called by: reels, packs.
 * Owns:      one header.
 * Trust:     what is read is hostile.
 */
#include "evidence/ustar.h"

#include <string.h>

#include "base/ascii.h"
#include "base/assert.h"

/* IEEE 1003.1 pax, ustar Interchange Format. */
enum {
	SIZE_AT = 124,
	MTIME_AT = 136,
	CHECKSUM_AT = 148,
	NAME_LEN = 100,
	NUMBER_LEN = 11 /* octal digits of size and time */
};
static const uint64_t time_max = ((uint64_t)1 << 33) - 1;

static void put_zeros(struct wr *w, uint64_t n)
{
	static const uint8_t zeros[USTAR_BLOCK];

	for (uint64_t part; n; n -= part) {
		part = n < sizeof(zeros) ? n : sizeof(zeros);
		wr_bytes(w, rd_of(zeros, (size_t)part));
	}
}

static uint64_t pad_of(uint64_t len)
{
	return (USTAR_BLOCK - len % USTAR_BLOCK) % USTAR_BLOCK;
}

/* Letters, digits, '.', '-', '_' and single '/' between: nothing that leads elsewhere. */
static bool name_ok(const char *name)
{
	struct rd r = rd_str(name);
	uint8_t c, before = '/';

	while (rd_u8(&r, &c)) {
		bool word = is_alnum(c) || c == '-' || c == '_';
		if (!word && (before == '/' || before == '.' || (c != '.' && c != '/')))
			return false;
		before = c;
	}
	return before != '/' && before != '.';
}

static bool member_ok(const struct ustar_member *m)
{
	return name_ok(m->name) && m->len >= 1 && m->len <= USTAR_MEMBER_MAX && m->time_s <= time_max;
}

/* Everything before the checksum, and after it. */
static void put_front(struct wr *w, const struct ustar_member *m)
{
	struct rd name = rd_str(m->name);

	wr_bytes(w, name);
	put_zeros(w, NAME_LEN - name.len);
	wr_text(w, "%07o%c%07o%c%07o%c", 0440u, 0, 0u, 0, 0u, 0);
	wr_text(w, "%011llo%c%011llo%c", (unsigned long long)m->len, 0, (unsigned long long)m->time_s, 0);
}

static void put_back(struct wr *w)
{
	wr_str(w, "0");
	put_zeros(w, 100); /* no link */
	wr_str(w, "ustar");
	put_zeros(w, 1);
	wr_str(w, "00");
	put_zeros(w, 32 + 32 + 8 + 8 + 155 + 12); /* no names, devices or prefix */
}

static unsigned sum(struct rd bytes)
{
	unsigned n = 0;
	uint8_t c;

	while (rd_u8(&bytes, &c))
		n += c;
	return n;
}

void wr_ustar_head(struct wr *w, const struct ustar_member *m)
{
	AUTO(buf_done) struct buf front = { 0 }, back = { 0 };

	if (!member_ok(m)) {
		w->failed = true;
		return;
	}
	buf_init(&front, USTAR_BLOCK);
	buf_init(&back, USTAR_BLOCK);
	struct wr f = wr_to(&front), b = wr_to(&back);
	put_front(&f, m);
	put_back(&b);
	ASSERT(wr_ok(&f) && wr_ok(&b) && front.len == CHECKSUM_AT && front.len + 8 + back.len == USTAR_BLOCK);
	wr_bytes(w, buf_rd(&front));
	/* The checksum is taken with eight spaces in its place. */
	wr_text(w, "%06o%c ", sum(buf_rd(&front)) + sum(buf_rd(&back)) + 8 * ' ', 0);
	wr_bytes(w, buf_rd(&back));
}

void wr_ustar_pad(struct wr *w, uint64_t len)
{
	put_zeros(w, pad_of(len));
}

void wr_ustar_end(struct wr *w)
{
	put_zeros(w, USTAR_END_LEN);
}

static bool take_octal(struct rd head, size_t at, uint64_t *out)
{
	struct rd digits;
	uint64_t v = 0;
	uint8_t c;

	if (!rd_slice(&head, at, NUMBER_LEN, &digits))
		return false;
	while (rd_u8(&digits, &c)) {
		if (c < '0' || c > '7')
			return false;
		v = v * 8 + (uint64_t)(c - '0');
	}
	*out = v;
	return true;
}

static bool take_name(struct rd head, char out[USTAR_NAME_MAX + 1])
{
	struct rd field, name;

	if (!rd_slice(&head, 0, NAME_LEN, &field) || !rd_until(&field, 0, &name) || name.len > USTAR_NAME_MAX)
		return false;
	memset(out, 0, USTAR_NAME_MAX + 1);
	return rd_copy(&name, (uint8_t *)out, name.len);
}

/* Reads the three values, writes the header that they have, and compares: so one
 * spelling alone is accepted, checksum included. */
static bool parse_head(struct rd head, struct ustar_member *out)
{
	AUTO(buf_done) struct buf again = { 0 };
	struct ustar_member m;
	struct rd written;

	if (!take_name(head, m.name) || !take_octal(head, SIZE_AT, &m.len) || !take_octal(head, MTIME_AT, &m.time_s))
		return false;
	buf_init(&again, USTAR_BLOCK);
	struct wr w = wr_to(&again);
	wr_ustar_head(&w, &m);
	written = buf_rd(&again);
	if (!wr_ok(&w) || !rd_equal(&written, &head))
		return false;
	*out = m;
	return true;
}

void ustar_reader_init(struct ustar_reader *r)
{
	*r = (struct ustar_reader){ .why = NULL };
	buf_init(&r->head, USTAR_BLOCK);
}

void ustar_reader_done(struct ustar_reader *r)
{
	buf_done(&r->head);
}

static enum ustar_result bad(struct ustar_reader *r, const char *why)
{
	r->why = why;
	return USTAR_BAD;
}

static struct rd take_up_to(struct ustar_reader *r, struct rd *in, uint64_t n)
{
	struct rd part;

	if (!rd_take(in, n < in->len ? (size_t)n : in->len, &part))
		UNREACHABLE();
	r->off += part.len;
	return part;
}

static bool is_zeros(struct rd bytes)
{
	uint8_t c, all = 0;

	while (rd_u8(&bytes, &c))
		all |= c;
	return all == 0;
}

/* A whole block stands in the head: a member's header, or the first half of the end. */
static enum ustar_result begin(struct ustar_reader *r)
{
	struct rd head = buf_rd(&r->head);
	struct ustar_member m;

	if (is_zeros(head)) {
		r->at_end = true;
		r->n_zeros = USTAR_BLOCK;
		buf_reset(&r->head);
		return USTAR_MORE;
	}
	if (!parse_head(head, &m))
		return bad(r, "no header of a member where one should be");
	buf_reset(&r->head);
	r->m = m;
	r->left = m.len;
	r->pad = pad_of(m.len);
	r->in_member = true;
	return USTAR_HEAD;
}

static enum ustar_result read_end(struct ustar_reader *r, struct rd *in)
{
	struct rd part = take_up_to(r, in, in->len);

	if (!is_zeros(part) || part.len > USTAR_END_LEN - r->n_zeros)
		return bad(r, "something follows the end");
	r->n_zeros += (uint32_t)part.len;
	return USTAR_MORE;
}

static enum ustar_result read_member(struct ustar_reader *r, struct rd *in, struct rd *out)
{
	if (r->left) {
		struct rd part = take_up_to(r, in, r->left);
		r->left -= part.len;
		*out = part;
		return USTAR_BYTES;
	}
	struct rd pad = take_up_to(r, in, r->pad);
	if (!is_zeros(pad))
		return bad(r, "something stands between two members");
	r->pad -= pad.len;
	if (r->pad)
		return USTAR_MORE;
	r->in_member = false;
	r->n_members++;
	r->whole = r->off;
	return USTAR_WHOLE;
}

enum ustar_result ustar_read(struct ustar_reader *r, struct rd *in, struct rd *out)
{
	enum ustar_result result = USTAR_MORE;

	while (!r->why && result == USTAR_MORE && (in->len || (r->in_member && !r->left && !r->pad))) {
		if (r->at_end) {
			result = read_end(r, in);
		} else if (r->in_member) {
			result = read_member(r, in, out);
		} else {
			struct rd part = take_up_to(r, in, USTAR_BLOCK - r->head.len);
			if (!buf_put_rd(&r->head, part))
				UNREACHABLE();
			if (r->head.len == USTAR_BLOCK)
				result = begin(r);
		}
	}
	return r->why ? USTAR_BAD : result;
}

const char *ustar_read_end(const struct ustar_reader *r)
{
	if (r->why)
		return r->why;
	if (r->in_member)
		return "the last member is cut";
	if (r->head.len)
		return "the last header is cut";
	return r->at_end && r->n_zeros != USTAR_END_LEN ? "the end is cut" : NULL;
}
