/*
 * Is:        the one way from hostile bytes to text for people.
 * Is not:    an escape for machines.
 * Called by: messages, logs, screens.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/quote.h"

#include "base/assert.h"
#include "base/text.h"

/* Code points that are well-formed yet must not reach an eye unescaped, by
 * Unicode's tables: controls, format characters, joiners, directional marks,
 * separators, private use, tags, noncharacters. Sorted. */
static const struct range {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x00a0 }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f },
	{ 0x0600, 0x0605 }, { 0x061c, 0x061c }, { 0x06dd, 0x06dd }, { 0x070f, 0x070f },
	{ 0x115f, 0x1160 }, { 0x1680, 0x1680 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x3000, 0x3000 },
	{ 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};

static bool is_hidden(uint32_t rune)
{
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (rune >= hidden[i].first && rune <= hidden[i].last)
			return true;
	return (rune & 0xfffe) == 0xfffe;
}

/* Scripts that run from right to left would reorder the punctuation around them. */
static bool runs_leftward(uint32_t rune)
{
	return (rune >= 0x0590 && rune <= 0x08ff) || (rune >= 0xfb1d && rune <= 0xfdff) ||
	    (rune >= 0xfe70 && rune <= 0xfefc) || (rune >= 0x10800 && rune <= 0x10fff) ||
	    (rune >= 0x1e800 && rune <= 0x1efff);
}

static void put_byte(struct wr *w, uint8_t c)
{
	wr_str(w, "\\x");
	wr_hex(w, rd_of(&c, 1));
}

static void put_rune(struct wr *w, uint32_t rune)
{
	switch (rune) {
	case '\n':
		wr_str(w, "\\n");
		return;
	case '\r':
		wr_str(w, "\\r");
		return;
	case '\t':
		wr_str(w, "\\t");
		return;
	case '\\':
		wr_str(w, "\\\\");
		return;
	default:
		break;
	}
	if (rune < 0x80 && is_hidden(rune))
		put_byte(w, (uint8_t)rune);
	else if (is_hidden(rune) || runs_leftward(rune))
		wr_text(w, "\\u{%04x}", rune);
	else
		wr_rune(w, rune);
}

void wr_quoted(struct wr *w, struct rd raw, size_t max)
{
	struct rd shown;
	bool cut = raw.len > max;
	uint32_t rune;
	uint8_t c;

	if (!rd_slice(&raw, 0, cut ? max : raw.len, &shown))
		UNREACHABLE();
	while (shown.len) {
		if (rd_rune(&shown, &rune))
			put_rune(w, rune);
		else if (rd_u8(&shown, &c))
			put_byte(w, c);
	}
	if (cut)
		wr_str(w, "...");
}

const char *quote_text(char *out, size_t size, struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	size_t n;

	ASSERT(size > 16);
	buf_init(&b, 8 * size + 16); /* a byte becomes at most eight */
	w = wr_to(&b);
	wr_quoted(&w, raw, size);
	ASSERT(wr_ok(&w));
	n = b.len < size ? b.len : size - 1;
	struct rd shown = buf_rd(&b);
	if (!rd_copy(&shown, (uint8_t *)out, n))
		UNREACHABLE();
	out[n] = '\0';
	return out;
}
