/*
 * Is:        the dumps of xxd, hexdump and od, line by line, back to bytes.
 * Is not:    hexadecimal on end (decode_radix.c).
 * Called by: decode_line.c, with each whole line.
 * Owns:      nothing; the state is in the node.
 * Trust:     hostile bytes. Rule Zero: loops over a line index its bytes, each below its length.
 *
 * offset: 3331 3631 ...  text      xxd            groups of hexadecimal bytes
 * offset  33 31 36 31 ... |text|   hexdump -C
 * offset 33 31 36 31               od -t x1
 * offset 3133 3136                 od -x, hexdump little-endian words
 * offset 030463 033061             od             the same in octal
 * offset   3   1   6  \n 012       od -c, -b      columns of four
 * 33:31:36 33 31 36 0x33, 0x31 \x33    no offset: octets one by one, eight or more at first
 */
#include "inspect/decode_priv.h"

#include "base/ascii.h"

enum { OFFSET_MIN = 6, OFFSET_MAX = 16, BYTES_MAX = DECODE_LINE_MAX / 3 + 1, OCTETS_MIN = 8, GAP_MAX = 2 };

struct bytes {
	uint8_t p[BYTES_MAX];
	unsigned n;
};

static int digit_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The token's number in that base; false unless every character is a digit of it. */
static bool number(struct rd t, unsigned base, uint32_t *out)
{
	uint32_t v = 0;

	if (t.len == 0 || t.len > 8)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		const int d = digit_value(t.p[i]);

		if (d < 0 || (unsigned)d >= base)
			return false;
		v = v * base + (unsigned)d;
	}
	*out = v;
	return true;
}

static void put(struct bytes *b, uint32_t v)
{
	if (b->n < BYTES_MAX)
		b->p[b->n++] = (uint8_t)v;
}

static struct rd next_token(struct rd *line, size_t *blanks)
{
	struct rd token = rd_of(NULL, 0);
	size_t n = 0;

	while (n < line->len && line->p[n] == ' ')
		n++;
	*blanks = n;
	if (!rd_skip(line, n))
		return token;
	for (n = 0; n < line->len && line->p[n] != ' ';)
		n++;
	if (!rd_take(line, n, &token))
		return rd_of(NULL, 0);
	return token;
}

/* Hexadecimal bytes in groups; `stop` blanks before a token end the data. */
static bool byte_groups(struct rd rest, size_t stop, struct bytes *out)
{
	size_t blanks;

	for (bool first = true;; first = false) {
		struct rd t = next_token(&rest, &blanks), pair;
		uint32_t v;

		if (t.len == 0 || t.p[0] == '|' || (!first && blanks >= stop))
			return out->n > 0;
		if (t.len % 2 || t.len > 32)
			return false;
		while (t.len) {
			if (!rd_take(&t, 2, &pair) || !number(pair, 16, &v))
				return false;
			put(out, v);
		}
	}
}

/* Words of 16 bits, the low byte first, `width` digits each. */
static bool words(struct rd rest, size_t width, unsigned base, struct bytes *out)
{
	size_t blanks;

	for (;;) {
		struct rd t = next_token(&rest, &blanks);
		uint32_t v;

		if (t.len == 0)
			return out->n > 0;
		if (t.len != width || !number(t, base, &v) || v > 0xffff)
			return false;
		put(out, v);
		put(out, v >> 8);
	}
}

/* Columns of four: a character, an escape, or three octal digits. */
static bool columns(struct rd rest, struct bytes *out)
{
	static const char escapes[] = "0abtnvfr";
	static const char meaning[] = "\0\a\b\t\n\v\f\r";
	struct rd cell;
	uint32_t v;

	while (rest.len) {
		if (!rd_take(&rest, rest.len < 4 ? rest.len : 4, &cell) || cell.p[0] != ' ')
			return false;
		while (cell.len > 1 && cell.p[0] == ' ' && rd_skip(&cell, 1))
			;
		if (cell.len == 1) {
			put(out, cell.p[0]);
		} else if (cell.len == 2 && cell.p[0] == '\\') {
			for (size_t i = 0; i < sizeof(escapes) - 1; i++)
				if ((uint8_t)escapes[i] == cell.p[1])
					put(out, (uint8_t)meaning[i]);
		} else if (cell.len == 3 && number(cell, 8, &v) && v < 256) {
			put(out, v);
		} else {
			return false;
		}
	}
	return out->n > 0;
}

static bool parse(struct rd rest, bool colon, struct bytes *out)
{
	if (colon)
		return byte_groups(rest, 2, out);
	if (words(rest, 4, 16, out))
		return true;
	out->n = 0;
	if (words(rest, 6, 8, out))
		return true;
	out->n = 0;
	if (columns(rest, out))
		return true;
	out->n = 0;
	return byte_groups(rest, 4, out);
}

/* What stands before each octet, taken away: its length. */
static size_t octet_mark(struct rd *rest)
{
	const size_t len = rest->len;

	return rd_word(rest, "0x") || rd_word(rest, "0X") || rd_word(rest, "\\x") ? len - rest->len : 0;
}

static bool is_octet_gap(uint8_t c)
{
	return c == ' ' || c == ':' || c == ',' || c == '-';
}

/* Octets of two hexadecimal digits, something before each or between them; `*decimal`: they may be
 * numbers as well, in a table. */
static bool octets(struct rd rest, struct bytes *out, bool *decimal)
{
	struct rd pair;
	uint32_t v;
	uint8_t c;

	*decimal = true;
	while (rd_at(&rest, 0, &c) && (c == ' ' || c == '\t') && rd_skip(&rest, 1))
		;
	while (rest.len) {
		const size_t mark = octet_mark(&rest);
		size_t gap = 0;

		if (!rd_take(&rest, 2, &pair) || !number(pair, 16, &v))
			return false;
		put(out, v);
		*decimal = *decimal && !mark && is_digit(pair.p[0]) && is_digit(pair.p[1]);
		while (gap < GAP_MAX && rd_at(&rest, 0, &c) && is_octet_gap(c) && rd_skip(&rest, 1))
			gap++;
		if (!mark && !gap && rest.len)
			return false;
	}
	return out->n > 0;
}

/* Most lines are no `least` octets, as a few bytes show. */
static bool may_be_octets(struct rd line, size_t least)
{
	uint8_t c = 0;

	while (rd_at(&line, 0, &c) && (c == ' ' || c == '\t') && rd_skip(&line, 1))
		;
	if (line.len < 3 * least - 1)
		return false;
	if (digit_value(c) < 0)
		return c == '\\';
	c = line.p[1] | 0x20;
	return c == 'x' || (digit_value(c) >= 0 && (line.len == 2 || is_octet_gap(line.p[2])));
}

void dump_done(struct node *n)
{
	if (n->dump.child)
		node_close(&n->dump.child);
}

/* The bytes of a line of `len`. */
static bool put_bytes(struct node *n, struct rd bytes, size_t len)
{
	if (!n->dump.child)
		n->dump.child = node_open(n, DECODE_DUMP);
	if (!n->dump.child) {
		node_refused(n, len);
		return true;
	}
	node_explained(n, len);
	node_put(n->dump.child, bytes);
	return true;
}

/* A line that has an offset before its bytes. */
static bool put_line(struct node *n, struct rd rest, bool colon, uint32_t at, size_t len)
{
	struct bytes b UNCLEARED;

	b.n = 0;
	if (!parse(rest, colon, &b))
		return false;
	/* A lone line that begins like a dump but not at its start needs some length. */
	if (!n->dump.child && at != 0 && b.n < 8)
		return false;
	return put_bytes(n, rd_of(b.p, b.n), len);
}

/* A line of octets: keys and fingerprints are written so as well, and say nothing. */
static bool put_octets(struct node *n, struct rd line)
{
	struct bytes b UNCLEARED;
	bool decimal;

	b.n = 0;
	if (!octets(line, &b, &decimal))
		return false;
	if (!n->dump.child && (decimal || !radix_is_plausible(rd_of(b.p, b.n))))
		return false;
	return put_bytes(n, rd_of(b.p, b.n), line.len);
}

bool dump_line(struct node *n, struct rd line)
{
	struct rd rest = line, offset;
	size_t blanks;
	bool colon;
	uint32_t at;

	if (may_be_octets(line, n->dump.child ? 1 : OCTETS_MIN) && put_octets(n, line))
		return true;
	if (digit_value(line.p[0]) < 0 || digit_value(line.p[line.len < OFFSET_MIN ? 0 : OFFSET_MIN - 1]) < 0)
		return false;
	offset = next_token(&rest, &blanks);
	if (offset.len < OFFSET_MIN || offset.len > OFFSET_MAX)
		return false;
	colon = offset.p[offset.len - 1] == ':';
	offset.len -= colon;
	return rest.len && offset.len <= 8 && number(offset, 16, &at) && put_line(n, rest, colon, at, line.len);
}
