/*
 * Is:        time as text: RFC 3339 in UTC, and durations as people write them.
 * Is not:    a clock (os/clock.h) and not time zones.
 * Called by: records, messages, the policy language.
 * Owns:      nothing.
 * Trust:     hostile text in the parsers.
 *
 * Times are nanoseconds since 1970-01-01T00:00:00Z (POSIX, no leap seconds).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

#define NS_PER_S 1000000000u
#define NS_PER_MS 1000000u
#define NS_PER_US 1000u

/* The last instant that is written: 9999-12-31T23:59:59.999999999Z would not fit
 * 64 bits of nanoseconds; this is 2554-07-21. */
#define TIME_MAX_NS UINT64_MAX

/* Writes `2026-11-22T08:15:30.123456Z`: always six decimals, cut, not rounded. */
void wr_time(struct wr *w, uint64_t ns);
/* Reads what wr_time writes, with any number of decimals from none to nine. */
MUST_USE bool time_parse(struct rd text, uint64_t *out_ns);

/* Reads 90s, 15m, 4h, 30d or a sum such as 1h30m; at most a hundred years. */
MUST_USE bool time_duration(struct rd text, uint64_t *out_ns);
/* Writes the same, largest units first: 1h30m; 0s; below a second 250ms. */
void wr_duration(struct wr *w, uint64_t ns);

/* Days since 1970-01-01 of a date in the Gregorian calendar, and back. `month`
 * and `day` count from 1. time_days is false for a day that does not exist. */
MUST_USE bool time_days(int64_t year, unsigned month, unsigned day, int64_t *out);
void time_date(int64_t days, int64_t *out_year, unsigned *out_month, unsigned *out_day);
