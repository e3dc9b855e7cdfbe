/*
 * Is:        UTF-8, widths and digits (contract in the header).
 * Is not:    complete Unicode tables; the ranges are those of Unicode 15 that a
 *            terminal or a reader of numbers treats differently from a letter.
 * Called by: strip.c, grid, decoders.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: utf8_take indexes its input below its length.
 */
#include "inspect/unicode.h"

#include "base/def.h"

struct range {
	uint32_t from, to;
};

static const struct range zero_width[] = {
	{ 0xad, 0xad }, { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5bd }, { 0x610, 0x61a },
	{ 0x61c, 0x61c }, { 0x64b, 0x65f }, { 0x1ab0, 0x1aff }, { 0x180b, 0x180f },
	{ 0x1dc0, 0x1dff }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb }, { 0xe0100, 0xe01ef },
};

static const struct range double_width[] = {
	{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97c }, { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

/* Where the ten digits of a script begin (general category Nd), in order. */
static const uint32_t zeros[] = {
	0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
	0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80,
	0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0,
	0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
	0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50,
	0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
	0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
};

/* Digits that are not in category Nd: `n` of them from `from` on mean `first`... */
static const struct {
	uint32_t from;
	uint8_t n, first;
} drawn_digits[] = {
	{ 0xb2, 2, 2 }, { 0xb9, 1, 1 }, { 0x2070, 1, 0 }, { 0x2074, 6, 4 }, { 0x2080, 10, 0 },
	{ 0x2160, 9, 1 }, { 0x2170, 9, 1 }, { 0x2460, 9, 1 }, { 0x2474, 9, 1 }, { 0x2488, 9, 1 },
	{ 0x24ea, 1, 0 }, { 0x24f5, 9, 1 }, { 0x24ff, 1, 0 }, { 0x2776, 9, 1 }, { 0x2780, 9, 1 },
	{ 0x278a, 9, 1 }, { 0x3007, 1, 0 }, { 0x3021, 9, 1 }, { 0x3220, 9, 1 }, { 0x3280, 9, 1 },
	{ 0x1f100, 1, 0 }, { 0x1f101, 10, 0 }, { 0x1f10b, 1, 0 }, { 0x1f10c, 1, 0 },
	/* as Chinese and Japanese write them one by one */
	{ 0x4e00, 1, 1 }, { 0x4e03, 1, 7 }, { 0x4e09, 1, 3 }, { 0x4e5d, 1, 9 }, { 0x4e8c, 1, 2 },
	{ 0x4e94, 1, 5 }, { 0x516b, 1, 8 }, { 0x516d, 1, 6 }, { 0x56db, 1, 4 }, { 0x96f6, 1, 0 },
};

static bool within(const struct range *r, size_t n, uint32_t cp)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp > r[mid].to)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && cp >= r[lo].from;
}

static int32_t cut_short(struct utf8 *u, bool *again)
{
	u->need = 0;
	*again = true;
	return UTF8_BAD;
}

int32_t utf8_step(struct utf8 *u, uint8_t c, bool *again)
{
	*again = false;
	if (u->need) {
		if ((c & 0xc0) != 0x80)
			return cut_short(u, again);
		u->cp = u->cp << 6 | (c & 0x3fu);
		u->have++;
		if (--u->need)
			return UTF8_MORE;
		bool surrogate = u->cp >= 0xd800 && u->cp < 0xe000;
		return u->cp < u->least || u->cp > 0x10ffff || surrogate ? UTF8_BAD : (int32_t)u->cp;
	}
	u->have = 1;
	if (c < 0x80)
		return c;
	if (c < 0xc2 || c > 0xf4)
		return UTF8_BAD;
	u->need = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	u->least = c < 0xe0 ? 0x80 : c < 0xf0 ? 0x800 : 0x10000;
	u->cp = c & (0x3fu >> u->need);
	return UTF8_MORE;
}

size_t utf8_take(const struct rd *in, uint32_t *cp)
{
	const uint8_t first = in->len ? in->p[0] : 0xff;
	const unsigned more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	static const uint32_t least[4] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t whole = first & (more ? 0x3fu >> more : 0x7fu);

	if (first > 0xf4 || (first >= 0x80 && first < 0xc2) || in->len <= more)
		return 0;
	for (unsigned k = 1; k <= more; k++) {
		if ((in->p[k] & 0xc0) != 0x80)
			return 0;
		whole = whole << 6 | (in->p[k] & 0x3fu);
	}
	if (whole < least[more] || whole > 0x10ffff || (whole >= 0xd800 && whole < 0xe000))
		return 0;
	*cp = whole;
	return more + 1;
}

size_t utf8_write(uint32_t cp, uint8_t out[4])
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (uint8_t)(0xc0 | cp >> 6);
		out[1] = (uint8_t)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (uint8_t)(0xe0 | cp >> 12);
		out[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | (cp >> 18 & 7));
	out[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (cp & 0x3f));
	return 4;
}

unsigned unicode_width(uint32_t cp)
{
	if (cp < 0xad)
		return 1;
	if (within(zero_width, ARRAY_LEN(zero_width), cp))
		return 0;
	if (within(double_width, ARRAY_LEN(double_width), cp))
		return 2;
	return cp >= 0xe0000 && cp < 0xe0080 ? 0 : 1;
}

static int digit_of(uint32_t cp)
{
	size_t lo = 0, hi = ARRAY_LEN(zeros);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp >= zeros[mid])
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo > 0 && cp - zeros[lo - 1] < 10)
		return (int)(cp - zeros[lo - 1]);
	for (size_t i = 0; i < ARRAY_LEN(drawn_digits); i++)
		if (cp - drawn_digits[i].from < drawn_digits[i].n)
			return (int)(drawn_digits[i].first + (cp - drawn_digits[i].from)) % 10;
	return -1;
}

uint32_t unicode_fold(uint32_t cp)
{
	int digit;

	if (cp < 0xb2)
		return cp == 0xa0 ? ' ' : cp;
	digit = digit_of(cp);
	if (digit >= 0)
		return '0' + (uint32_t)digit;
	if (cp >= 0xff01 && cp <= 0xff5e)
		return cp - 0xff01 + '!';
	if (cp >= 0xe0020 && cp <= 0xe007e)
		return cp - 0xe0000;
	if ((cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f || cp == 0x205f || cp == 0x3000)
		return ' ';
	if (cp >= 0x2010 && cp <= 0x2015)
		return '-';
	return cp;
}

enum { USUAL_MAX = 0x3000 };

static uint8_t usual[USUAL_MAX];
static bool usual_ready;

static void find_usual(void)
{
	for (uint32_t cp = 0; cp < USUAL_MAX; cp++)
		usual[cp] = unicode_width(cp) == 1 && unicode_fold(cp) == cp;
	usual_ready = true;
}

bool unicode_is_usual(uint32_t cp)
{
	if (!usual_ready)
		find_usual();
	return cp < USUAL_MAX && usual[cp];
}
