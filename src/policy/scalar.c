/*
 * Is:        small judgements and readings of text (contracts in the header).
 * Is not:    a lexer.
 * Called by: the rest of policy.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "policy/scalar.h"

#include "base/ascii.h"
#include "base/text.h"
#include "base/wr.h"

enum { DAY = 86400, YEAR_MIN = 1970, YEAR_MAX = 2999 };
#define INSTANT_MAX ((int64_t)32503680000) /* 3000-01-01 */

/* Control characters, line ends of Unicode, what turns the direction of writing, and what it calls
 * ignorable: nobody sees it (DerivedCoreProperties.txt, Default_Ignorable_Code_Point). */
static bool misleads(uint32_t v)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (v >= ranges[i].first && v <= ranges[i].last)
			return true;
	return false;
}

bool scalar_is_clean(struct rd r)
{
	uint32_t v;

	while (r.len)
		if (!rd_rune(&r, &v) || misleads(v))
			return false;
	return true;
}

bool scalar_is_name(struct rd r)
{
	size_t n = r.len;
	uint8_t c;

	if (n == 0 || n > SCALAR_NAME_MAX)
		return false;
	while (rd_u8(&r, &c)) {
		bool first = r.len == n - 1;
		if (!is_alnum(c) && (first || (c != '.' && c != '_' && c != '-')))
			return false;
	}
	return true;
}

bool scalar_take_number(struct rd *r, uint64_t max, uint64_t *out)
{
	struct rd rest = *r;
	uint64_t v = 0;
	uint8_t c;

	while (rd_at(&rest, 0, &c) && is_digit(c)) {
		uint64_t digit = (uint64_t)c - '0';
		if (v > (UINT64_MAX - digit) / 10 || v * 10 + digit > max)
			return false;
		v = v * 10 + digit;
		if (!rd_skip(&rest, 1))
			return false;
	}
	if (rest.len == r->len)
		return false;
	*r = rest;
	*out = v;
	return true;
}

bool scalar_number(struct rd r, uint64_t max, uint64_t *out)
{
	uint64_t v;
	uint8_t c;

	if (r.len > 1 && rd_at(&r, 0, &c) && c == '0')
		return false;
	if (!scalar_take_number(&r, max, &v) || r.len)
		return false;
	*out = v;
	return true;
}

bool scalar_country(struct rd r, uint16_t *out)
{
	uint8_t a, b;

	if (r.len != 2 || !rd_at(&r, 0, &a) || !rd_at(&r, 1, &b))
		return false;
	if (a < 'A' || a > 'Z' || b < 'A' || b > 'Z')
		return false;
	*out = (uint16_t)(a << 8 | b);
	return true;
}

/* Exactly `n` digits, then (unless it is NUL) the byte `sep`. */
static bool take_digits(struct rd *r, size_t n, char sep, uint32_t *out)
{
	struct rd part;
	uint64_t v;
	uint8_t c;

	if (!rd_take(r, n, &part) || !scalar_take_number(&part, 9999, &v) || part.len)
		return false;
	if (sep && (!rd_u8(r, &c) || c != (uint8_t)sep))
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool is_leap(uint32_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static uint32_t days_in(uint32_t y, uint32_t m)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return (m == 2 && is_leap(y)) ? 29 : days[m - 1];
}

/* Days since 1970-01-01. March begins the year, so that the leap day ends it. */
static int64_t days_of(uint32_t y, uint32_t m, uint32_t d)
{
	int64_t year = (int64_t)y - (m <= 2);
	int64_t era = year / 400, of_era = year % 400;
	int64_t of_year = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_date(struct rd *r, char sep, int64_t *out)
{
	uint32_t y, m, d;

	if (!take_digits(r, 4, '-', &y) || !take_digits(r, 2, '-', &m) ||
	    !take_digits(r, 2, sep, &d))
		return false;
	if (y < YEAR_MIN || y > YEAR_MAX || m < 1 || m > 12 || d < 1 || d > days_in(y, m))
		return false;
	*out = days_of(y, m, d) * DAY;
	return true;
}

bool scalar_date(struct rd r, int64_t *out)
{
	int64_t v;

	if (!take_date(&r, '\0', &v) || r.len)
		return false;
	*out = v;
	return true;
}

bool scalar_instant(struct rd r, int64_t *out)
{
	uint32_t h, m, s;
	int64_t v;

	if (!take_date(&r, 'T', &v) || !take_digits(&r, 2, ':', &h) ||
	    !take_digits(&r, 2, ':', &m) || !take_digits(&r, 2, 'Z', &s))
		return false;
	if (r.len || h > 23 || m > 59 || s > 59)
		return false;
	*out = v + h * 3600 + m * 60 + s;
	return true;
}

static void civil_of(int64_t days, unsigned *y, unsigned *m, unsigned *d)
{
	int64_t z = days + 719468, era = z / 146097, of_era = z % 146097;
	int64_t yoe = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t doy = of_era - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = (unsigned)(yoe + era * 400 + (*m <= 2));
}

bool scalar_put_date(struct buf *b, int64_t at)
{
	unsigned y, m, d;
	struct wr w = wr_to(b);

	if (at < 0 || at >= INSTANT_MAX)
		return false;
	civil_of(at / DAY, &y, &m, &d);
	wr_text(&w, "%04u-%02u-%02u", y, m, d);
	return wr_ok(&w);
}

bool scalar_put_instant(struct buf *b, int64_t at)
{
	unsigned s;
	struct wr w = wr_to(b);

	if (!scalar_put_date(b, at))
		return false;
	s = (unsigned)(at % DAY);
	wr_text(&w, "T%02u:%02u:%02uZ", s / 3600, s / 60 % 60, s % 60);
	return wr_ok(&w);
}

bool scalar_clock(struct rd r, uint16_t *out_minutes)
{
	uint32_t h, m;

	if (!take_digits(&r, 2, ':', &h) || !take_digits(&r, 2, '\0', &m) || r.len)
		return false;
	if (m > 59 || h > 24 || (h == 24 && m))
		return false;
	*out_minutes = (uint16_t)(h * 60 + m);
	return true;
}

bool scalar_duration(struct rd r, uint32_t *out_seconds)
{
	uint64_t v;
	uint8_t c;

	if (!scalar_take_number(&r, 100000, &v) || r.len != 1 || !rd_u8(&r, &c))
		return false;
	switch (c) {
	case 's': break;
	case 'm': v *= 60; break;
	case 'h': v *= 3600; break;
	case 'd': v *= DAY; break;
	default: return false;
	}
	if (v > 366 * (uint64_t)DAY)
		return false;
	*out_seconds = (uint32_t)v;
	return true;
}

bool scalar_size(struct rd r, uint64_t *out_bytes)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };
	uint64_t v;
	int unit;

	if (!scalar_take_number(&r, 1u << 30, &v))
		return false;
	unit = scalar_index(r, units, ARRAY_LEN(units));
	if (unit < 0)
		return false;
	*out_bytes = v << (10 * unit);
	return true;
}

int scalar_index(struct rd r, const char *const *words, int n_words)
{
	for (int i = 0; i < n_words; i++)
		if (rd_is(&r, words[i]))
			return i;
	return -1;
}

int scalar_compare(struct rd a, struct rd b)
{
	uint8_t x, y;

	while (rd_u8(&a, &x)) {
		if (!rd_u8(&b, &y))
			return 1;
		if (x != y)
			return x < y ? -1 : 1;
	}
	return b.len ? -1 : 0;
}
