/*
 * Is:        reels (format and contract in the header).
 * Is not:    a reader of other people's tar files: it accepts what the writer writes.
 * Called by: the sealer, slagboom-verify, replay.
 * Owns:      one header.
 * Trust:     what is read is hostile.
 */
#include "evidence/reel.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/recording.h"

/* IEEE 1003.1 pax, ustar Interchange Format. */
enum {
	SIZE_AT = 124,
	MTIME_AT = 136,
	CHECKSUM_AT = 148,
	NAME_LEN = 100,
	NUMBER_LEN = 11, /* octal digits of size and time */
	NAME_DIGITS = 8
};
static const uint64_t time_max = ((uint64_t)1 << 33) - 1;

static void put_zeros(struct wr *w, uint64_t n)
{
	static const uint8_t zeros[REEL_BLOCK];

	for (uint64_t part; n; n -= part) {
		part = n < sizeof(zeros) ? n : sizeof(zeros);
		wr_bytes(w, rd_of(zeros, (size_t)part));
	}
}

static uint64_t pad_of(uint64_t len)
{
	return (REEL_BLOCK - len % REEL_BLOCK) % REEL_BLOCK;
}

static bool member_ok(const struct reel_member *m)
{
	return m->segment >= 1 && m->segment <= REEL_NUMBER_MAX && m->len >= 1 && m->len <= REEL_MEMBER_MAX &&
	    m->time_s <= time_max;
}

/* Everything before the checksum, and after it. */
static void put_front(struct wr *w, const struct reel_member *m)
{
	wr_text(w, "%08u.age", m->segment);
	put_zeros(w, NAME_LEN - NAME_DIGITS - 4);
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

void wr_reel_head(struct wr *w, const struct reel_member *m)
{
	AUTO(buf_done) struct buf front = { 0 }, back = { 0 };

	if (!member_ok(m)) {
		w->failed = true;
		return;
	}
	buf_init(&front, REEL_BLOCK);
	buf_init(&back, REEL_BLOCK);
	struct wr f = wr_to(&front), b = wr_to(&back);
	put_front(&f, m);
	put_back(&b);
	ASSERT(wr_ok(&f) && wr_ok(&b) && front.len == CHECKSUM_AT && front.len + 8 + back.len == REEL_BLOCK);
	wr_bytes(w, buf_rd(&front));
	/* The checksum is taken with eight spaces in its place. */
	wr_text(w, "%06o%c ", sum(buf_rd(&front)) + sum(buf_rd(&back)) + 8 * ' ', 0);
	wr_bytes(w, buf_rd(&back));
}

void wr_reel_pad(struct wr *w, uint64_t len)
{
	put_zeros(w, pad_of(len));
}

void wr_reel_end(struct wr *w)
{
	put_zeros(w, REEL_END_LEN);
}

static void put_path(char *out, const uint8_t *id, const char *slash, struct rd name, const char *end)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd text;

	buf_init(&b, REEL_PATH_MAX);
	struct wr w = wr_to(&b);
	wr_str(&w, "recordings/");
	wr_hex(&w, rd_of(id, RECORDING_ID_LEN));
	wr_str(&w, slash);
	wr_bytes(&w, name);
	wr_str(&w, end);
	wr_u8(&w, 0);
	ASSERT(wr_ok(&w));
	text = buf_rd(&b);
	if (!rd_copy(&text, (uint8_t *)out, text.len))
		UNREACHABLE();
}

void reel_dir(const uint8_t *id, char *out)
{
	put_path(out, id, "", rd_str(""), "");
}

void reel_path(const uint8_t *id, uint32_t reel, char *out)
{
	char digits[16];

	ASSERT(reel <= REEL_NUMBER_MAX);
	(void)snprintf(digits, sizeof(digits), "%08u", reel);
	put_path(out, id, "/", rd_str(digits), ".tar");
}

void reel_share_path(const uint8_t *id, struct rd keeper, char *out)
{
	ASSERT(keeper_name_ok(keeper));
	put_path(out, id, "/share-", keeper, ".age");
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

static bool take_name(struct rd head, uint32_t *out)
{
	struct rd digits;
	uint32_t v = 0;
	uint8_t c;

	if (!rd_slice(&head, 0, NAME_DIGITS, &digits))
		return false;
	while (rd_u8(&digits, &c)) {
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (uint32_t)(c - '0');
	}
	*out = v;
	return true;
}

/* Reads the three values, writes the header that they have, and compares: so one
 * spelling alone is accepted, checksum included. */
static bool parse_head(struct rd head, struct reel_member *out)
{
	AUTO(buf_done) struct buf again = { 0 };
	struct reel_member m;
	struct rd written;

	if (!take_name(head, &m.segment) || !take_octal(head, SIZE_AT, &m.len) || !take_octal(head, MTIME_AT, &m.time_s))
		return false;
	buf_init(&again, REEL_BLOCK);
	struct wr w = wr_to(&again);
	wr_reel_head(&w, &m);
	written = buf_rd(&again);
	if (!wr_ok(&w) || !rd_equal(&written, &head))
		return false;
	*out = m;
	return true;
}

void reel_reader_init(struct reel_reader *r)
{
	*r = (struct reel_reader){ .why = NULL };
	buf_init(&r->head, REEL_BLOCK);
}

void reel_reader_done(struct reel_reader *r)
{
	buf_done(&r->head);
}

static enum reel_result bad(struct reel_reader *r, const char *why)
{
	r->why = why;
	return REEL_BAD;
}

static struct rd take_up_to(struct reel_reader *r, struct rd *in, uint64_t n)
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
static enum reel_result begin(struct reel_reader *r)
{
	struct rd head = buf_rd(&r->head);
	struct reel_member m;

	if (is_zeros(head)) {
		r->at_end = true;
		r->n_zeros = REEL_BLOCK;
		buf_reset(&r->head);
		return REEL_MORE;
	}
	if (!parse_head(head, &m))
		return bad(r, "no header of a segment where one should be");
	if (r->n_members && m.segment != r->m.segment + 1)
		return bad(r, "a segment does not follow the one before it");
	buf_reset(&r->head);
	r->m = m;
	r->left = m.len;
	r->pad = pad_of(m.len);
	r->in_member = true;
	return REEL_HEAD;
}

static enum reel_result read_end(struct reel_reader *r, struct rd *in)
{
	struct rd part = take_up_to(r, in, in->len);

	if (!is_zeros(part) || part.len > REEL_END_LEN - r->n_zeros)
		return bad(r, "something follows the end of the reel");
	r->n_zeros += (uint32_t)part.len;
	return REEL_MORE;
}

static enum reel_result read_member(struct reel_reader *r, struct rd *in, struct rd *out)
{
	if (r->left) {
		struct rd part = take_up_to(r, in, r->left);
		r->left -= part.len;
		*out = part;
		return REEL_BYTES;
	}
	struct rd pad = take_up_to(r, in, r->pad);
	if (!is_zeros(pad))
		return bad(r, "something stands between two segments");
	r->pad -= pad.len;
	if (r->pad)
		return REEL_MORE;
	r->in_member = false;
	r->n_members++;
	r->whole = r->off;
	return REEL_WHOLE;
}

enum reel_result reel_read(struct reel_reader *r, struct rd *in, struct rd *out)
{
	enum reel_result result = REEL_MORE;

	while (!r->why && result == REEL_MORE && (in->len || (r->in_member && !r->left && !r->pad))) {
		if (r->at_end) {
			result = read_end(r, in);
		} else if (r->in_member) {
			result = read_member(r, in, out);
		} else {
			struct rd part = take_up_to(r, in, REEL_BLOCK - r->head.len);
			if (!buf_put_rd(&r->head, part))
				UNREACHABLE();
			if (r->head.len == REEL_BLOCK)
				result = begin(r);
		}
	}
	return r->why ? REEL_BAD : result;
}

const char *reel_read_end(const struct reel_reader *r)
{
	if (r->why)
		return r->why;
	if (r->in_member)
		return "the last segment is cut";
	if (r->head.len)
		return "the last header is cut";
	return r->at_end && r->n_zeros != REEL_END_LEN ? "the end is cut" : NULL;
}
