/*
 * Is:        time as text.
 * Is not:    a clock.
 * Called by: records, messages, the policy language.
 * Owns:      nothing.
 * Trust:     hostile text in the parsers.
 */
#include "base/timefmt.h"

#include "base/ascii.h"
#include "base/text.h"

/* Howard Hinnant, "chrono-compatible low-level date algorithms": eras of 400
 * years that begin on 1 March, so that the leap day is the last day of a year. */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)m + (m > 2 ? -3 : 9)) + 2) / 5 + (int64_t)d - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void time_date(int64_t days, int64_t *out_year, unsigned *out_month, unsigned *out_day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*out_day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*out_month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*out_year = yoe + era * 400 + (*out_month <= 2);
}

bool time_days(int64_t year, unsigned month, unsigned day, int64_t *out)
{
	int64_t days, y;
	unsigned m, d;

	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	days = days_from_civil(year, month, day);
	time_date(days, &y, &m, &d);
	if (m != month || d != day)
		return false;
	*out = days;
	return true;
}

void wr_time(struct wr *w, uint64_t ns)
{
	uint64_t s = ns / NS_PER_S, of_day = s % 86400;
	int64_t year;
	unsigned month, day;

	time_date((int64_t)(s / 86400), &year, &month, &day);
	wr_text(w, "%04lld-%02u-%02uT%02llu:%02llu:%02llu.%06lluZ", (long long)year, month, day,
	    (unsigned long long)(of_day / 3600), (unsigned long long)(of_day / 60 % 60),
	    (unsigned long long)(of_day % 60), (unsigned long long)(ns % NS_PER_S / NS_PER_US));
}

/* Exactly `n` digits. */
static bool digits(struct rd *r, size_t n, uint64_t *out)
{
	struct rd part;
	uint64_t v = 0;
	uint8_t c;

	if (!rd_slice(r, 0, n, &part))
		return false;
	while (rd_u8(&part, &c)) {
		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (uint64_t)(c - '0');
	}
	*out = v;
	return rd_skip(r, n);
}

static bool decimals(struct rd *r, uint64_t *out_ns)
{
	uint64_t unit = NS_PER_S / 10, ns = 0, d;

	if (!rd_word(r, "."))
		return true;
	while (unit && digits(r, 1, &d)) {
		ns += d * unit;
		unit /= 10;
	}
	*out_ns = ns;
	return unit < NS_PER_S / 10;
}

bool time_parse(struct rd text, uint64_t *out_ns)
{
	uint64_t year, month, day, hour, min, sec, ns = 0, total;
	int64_t days;

	if (!digits(&text, 4, &year) || !rd_word(&text, "-") || !digits(&text, 2, &month) ||
	    !rd_word(&text, "-") || !digits(&text, 2, &day) || !rd_word(&text, "T"))
		return false;
	if (!digits(&text, 2, &hour) || !rd_word(&text, ":") || !digits(&text, 2, &min) ||
	    !rd_word(&text, ":") || !digits(&text, 2, &sec) || !decimals(&text, &ns))
		return false;
	if (!rd_is(&text, "Z") || hour > 23 || min > 59 || sec > 59)
		return false;
	if (!time_days((int64_t)year, (unsigned)month, (unsigned)day, &days) || days < 0)
		return false;
	total = (uint64_t)days * 86400 + hour * 3600 + min * 60 + sec;
	if (__builtin_mul_overflow(total, (uint64_t)NS_PER_S, &total) ||
	    __builtin_add_overflow(total, ns, &total))
		return false;
	*out_ns = total;
	return true;
}

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "d", 86400ull * NS_PER_S },
	{ "h", 3600ull * NS_PER_S },
	{ "m", 60ull * NS_PER_S },
	{ "s", NS_PER_S },
};

bool time_duration(struct rd text, uint64_t *out_ns)
{
	const uint64_t most = 36525 * units[0].ns;
	uint64_t total = 0, v;
	size_t at = 0;

	if (text.len == 0)
		return false;
	while (text.len) {
		struct rd number;
		size_t n = 0;
		uint8_t c;

		while (rd_at(&text, n, &c) && is_digit(c))
			n++;
		if (n > 10 || !rd_take(&text, n, &number) || !text_u64(number, &v))
			return false;
		/* Units go from large to small, each at most once. */
		while (at < ARRAY_LEN(units) && !rd_word(&text, units[at].name))
			at++;
		if (at == ARRAY_LEN(units) || v > most / units[at].ns)
			return false;
		total += v * units[at++].ns;
		if (total > most)
			return false;
	}
	*out_ns = total;
	return true;
}

void wr_duration(struct wr *w, uint64_t ns)
{
	bool any = false;

	if (ns > 0 && ns < NS_PER_S) {
		wr_text(w, "%llums", (unsigned long long)((ns + NS_PER_MS - 1) / NS_PER_MS));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (ns >= units[i].ns) {
			wr_dec(w, ns / units[i].ns);
			wr_str(w, units[i].name);
			ns %= units[i].ns;
			any = true;
		}
	}
	if (!any)
		wr_str(w, "0s");
}
