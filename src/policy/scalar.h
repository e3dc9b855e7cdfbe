/*
 * Is:        small judgements and readings of text that the policy's parts share.
 * Is not:    a lexer (lex.h).
 * Called by: lex, parse, grant, approval, classes.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { SCALAR_NAME_MAX = 64 };

/* Dates are the first second of their day in UTC; "none" is before all of them. */
#define SCALAR_NO_DATE INT64_MIN

/* Valid UTF-8 without control characters and without the characters that make a
 * line look like another line (bidirectional controls, zero width, separators). */
bool scalar_is_clean(struct rd r);

/* A name of ours: a letter or digit, then letters, digits, '.', '_' or '-'; at
 * most SCALAR_NAME_MAX bytes and none empty. */
bool scalar_is_name(struct rd r);

/* Decimal digits alone, at most `max`, without leading zeros. */
MUST_USE bool scalar_number(struct rd r, uint64_t max, uint64_t *out);

/* The number that begins `*r` (at least one digit, at most `max`), taken off it. */
MUST_USE bool scalar_take_number(struct rd *r, uint64_t max, uint64_t *out);

/* Two capital letters, packed as in 'N' << 8 | 'L'. */
MUST_USE bool scalar_country(struct rd r, uint16_t *out);

/* "2027-03-01" (years 1970 to 2999) to the first second of that day in UTC. */
MUST_USE bool scalar_date(struct rd r, int64_t *out);

/* "2026-11-22T08:00:00Z" and back. Writing fails on a full buffer or a time
 * outside the years 1970 to 2999. */
MUST_USE bool scalar_instant(struct rd r, int64_t *out);
MUST_USE bool scalar_put_instant(struct buf *b, int64_t at);
MUST_USE bool scalar_put_date(struct buf *b, int64_t at);

/* "18:30" to minutes since midnight; "24:00" is the end of the day. */
MUST_USE bool scalar_clock(struct rd r, uint16_t *out_minutes);

/* "90s", "15m", "4h" or "2d" to seconds. */
MUST_USE bool scalar_duration(struct rd r, uint32_t *out_seconds);

/* "512", "64KiB", "10MiB" or "1GiB" to bytes. */
MUST_USE bool scalar_size(struct rd r, uint64_t *out_bytes);

/* Index of `r` in `words`, or -1. */
int scalar_index(struct rd r, const char *const *words, int n_words);

/* Negative, 0 or positive, by bytes. */
int scalar_compare(struct rd a, struct rd b);
