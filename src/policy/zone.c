/*
 * Is:        time zones (contract in the header).
 * Is not:    a reader of files.
 * Called by: deskd, gate, tests.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 *     header   "TZif" u8 version, 15 bytes, then u32 each: isut, isstd, leap, time,
 *              type and char counts
 *     data     time * (8 or 4), time * 1, type * 6, char, leap * (12 or 8), isstd, isut
 *     file     header data (32-bit, skipped) header data LF rule LF
 *     rule     std offset [ dst [offset] "," change "," change ]   with changes as M3.5.0/2
 */
#include "policy/zone.h"

#include "base/ascii.h"
#include "policy/scalar.h"

enum { DAY = 86400, COUNT_MAX = 4096, OFFSET_MAX = 86399 };

struct counts { uint32_t isut, isstd, leap, time, type, chars; };

static bool take_header(struct rd *r, struct counts *c)
{
	uint8_t version;

	if (!rd_word(r, "TZif") || !rd_u8(r, &version) || version < '2' || !rd_skip(r, 15))
		return false;
	return rd_u32(r, &c->isut) && rd_u32(r, &c->isstd) && rd_u32(r, &c->leap) &&
	    rd_u32(r, &c->time) && rd_u32(r, &c->type) && rd_u32(r, &c->chars) &&
	    c->isut <= COUNT_MAX && c->isstd <= COUNT_MAX && c->leap == 0 && c->time <= COUNT_MAX &&
	    c->type >= 1 && c->type <= 256 && c->chars <= COUNT_MAX;
}

static bool take_data(struct rd *r, const struct counts *c, size_t width, struct zone *z)
{
	return rd_take(r, c->time * width, &z->times) && rd_take(r, c->time, &z->indexes) &&
	    rd_take(r, (size_t)c->type * 6, &z->types) && rd_skip(r, c->chars) &&
	    rd_skip(r, c->isstd) && rd_skip(r, c->isut);
}

/* ---- the rule ---- */

static bool take_zone_name(struct rd *r)
{
	struct rd name;
	size_t n = 0;
	uint8_t c;

	if (rd_word(r, "<"))
		return rd_until(r, '>', &name) && name.len >= 3;
	while (rd_at(r, 0, &c) && is_alpha(c) && rd_skip(r, 1))
		n++;
	return n >= 3;
}

/* [+-]h[:m[:s]], hours up to `max`. */
static bool take_hms(struct rd *r, uint64_t max, int32_t *out)
{
	uint64_t h = 0, m = 0, s = 0;
	bool minus = rd_word(r, "-");

	if (!minus)
		(void)!rd_word(r, "+");
	if (!scalar_take_number(r, max, &h))
		return false;
	if (rd_word(r, ":")) {
		if (!scalar_take_number(r, 59, &m))
			return false;
		if (rd_word(r, ":") && !scalar_take_number(r, 59, &s))
			return false;
	}
	*out = (int32_t)(h * 3600 + m * 60 + s) * (minus ? -1 : 1);
	return true;
}

static bool take_change(struct rd *r, struct zone_change *out)
{
	uint64_t month, week, day;

	if (!rd_word(r, ",M") || !scalar_take_number(r, 12, &month) || !rd_word(r, ".") ||
	    !scalar_take_number(r, 5, &week) || !rd_word(r, ".") || !scalar_take_number(r, 6, &day) ||
	    month < 1 || week < 1)
		return false;
	*out = (struct zone_change){ (uint32_t)month, (uint32_t)week, (uint32_t)day, 7200 };
	return !rd_word(r, "/") || take_hms(r, 167, &out->seconds);
}

/* POSIX counts west as positive. */
static bool take_rule(struct rd r, struct zone *z)
{
	uint8_t c;

	z->has_rule = true;
	if (!take_zone_name(&r) || !take_hms(&r, 23, &z->standard))
		return false;
	z->standard = -z->standard;
	if (r.len == 0)
		return true;
	z->has_summer = true;
	if (!take_zone_name(&r))
		return false;
	z->summer = z->standard + 3600;
	if (rd_at(&r, 0, &c) && c != ',') {
		if (!take_hms(&r, 23, &z->summer))
			return false;
		z->summer = -z->summer;
	}
	return take_change(&r, &z->to_summer) && take_change(&r, &z->to_standard) && r.len == 0;
}

/* ---- looking up ---- */

static bool time_at(const struct zone *z, size_t i, int64_t *out)
{
	struct rd part;
	uint64_t v;

	if (!rd_slice(&z->times, i * 8, 8, &part) || !rd_u64(&part, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

static bool type_offset(const struct zone *z, size_t i, int32_t *out)
{
	struct rd part;
	uint32_t v;

	if (!rd_slice(&z->types, i * 6, 4, &part) || !rd_u32(&part, &v))
		return false;
	*out = (int32_t)v;
	return *out >= -OFFSET_MAX && *out <= OFFSET_MAX;
}

static bool offset_after(const struct zone *z, size_t i, int32_t *out)
{
	uint8_t type;

	return rd_at(&z->indexes, i, &type) && type_offset(z, type, out);
}

static bool is_sound(const struct zone *z)
{
	int64_t before = INT64_MIN, at;
	int32_t offset;

	if (!type_offset(z, 0, &offset))
		return false;
	for (size_t i = 0; i < z->indexes.len; i++) {
		if (!time_at(z, i, &at) || (i && at <= before) || !offset_after(z, i, &offset))
			return false;
		before = at;
	}
	return true;
}

int zone_parse(struct rd file, struct zone *out)
{
	struct zone z = { 0 }, skipped;
	struct counts c;
	struct rd r = file, rule;

	if (file.len > ZONE_FILE_MAX || !take_header(&r, &c) || !take_data(&r, &c, 4, &skipped) ||
	    !take_header(&r, &c) || !take_data(&r, &c, 8, &z))
		return ZONE_BAD;
	if (!rd_word(&r, "\n") || !rd_until(&r, '\n', &rule) || r.len || !is_sound(&z))
		return ZONE_BAD;
	if (rule.len && !take_rule(rule, &z))
		return ZONE_BAD;
	*out = z;
	return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int64_t days_before_year(int64_t y)
{
	y--;
	return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 719162;
}

static int64_t year_of(int64_t days)
{
	int64_t y = 1970 + floor_div(days, 366);

	while (days_before_year(y + 1) <= days)
		y++;
	return y;
}

/* Local seconds (of 1970) at which the change comes in year `y`. */
static int64_t change_in(const struct zone_change *c, int64_t y)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t first = days_before_year(y), day, length;

	for (uint32_t m = 1; m < c->month; m++)
		first += lengths[m - 1] + (m == 2 && is_leap(y));
	length = lengths[c->month - 1] + (c->month == 2 && is_leap(y));
	/* 1970-01-01 was a Thursday. */
	day = (((int64_t)c->weekday - (first + 4)) % 7 + 7) % 7 + 7 * ((int64_t)c->week - 1);
	while (day >= length)
		day -= 7;
	return (first + day) * DAY + c->seconds;
}

static int32_t by_rule(const struct zone *z, int64_t at)
{
	int64_t y, summer, standard;

	if (!z->has_summer)
		return z->standard;
	/* Far away the rule means nothing, and years would take long to count. */
	if (at < 0 || at > ((int64_t)1 << 36))
		return z->standard;
	y = year_of(floor_div(at + z->standard, DAY));
	summer = change_in(&z->to_summer, y) - z->standard;
	standard = change_in(&z->to_standard, y) - z->summer;
	if (summer < standard)
		return at >= summer && at < standard ? z->summer : z->standard;
	return at >= standard && at < summer ? z->standard : z->summer;
}

int32_t zone_offset(const struct zone *z, int64_t at)
{
	size_t low = 0, high = z->indexes.len;
	int32_t offset = 0;
	int64_t t;

	/* The first transition after `at`. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (time_at(z, middle, &t) && t <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == z->indexes.len && z->has_rule)
		return by_rule(z, at);
	if (low == 0 ? !type_offset(z, 0, &offset) : !offset_after(z, low - 1, &offset))
		return 0;
	return offset;
}
