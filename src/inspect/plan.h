/*
 * Is:        the operator's numbering plan: which MSISDN, IMSI and ICCID ranges
 *            are its own or its country's, as a table read from text.
 * Is not:    a list of subscribers (members.h).
 * Called by: scan, canon, verdict; `slagboom check` for the parser's messages.
 * Owns:      its tables, from plan_parse to plan_free.
 * Trust:     the text is an administrator's file: limits, but no secrets.
 *
 * One declaration a line, `#` starts a comment:
 *
 *     country 31 trunk 0 international 00
 *     msisdn  316[1-5]  11      # prefix with country code, digits in all
 *     msisdn  31800     9-12
 *     imsi    20408     15
 *     iccid   8931      19-20
 *
 * A prefix is 1 to 15 digits, each a digit or a set such as [0-46-9].
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct plan;

enum {
	PLAN_TEXT_MAX = 4 << 20, /* bytes */
	PLAN_NODES_MAX = 60000,
	PLAN_LINE_MAX = 512,
	PLAN_DIGITS_MAX = 20,
	PLAN_DIALLED_MIN = 10, /* digits of a number that is dialled with the international prefix */
};

enum plan_table { PLAN_MSISDN, PLAN_IMSI, PLAN_ICCID, PLAN_TABLES };

/* Why and where a text was refused. */
struct plan_error {
	unsigned line; /* from 1 */
	const char *why;
};

/* Reads a whole plan. 0: `*out` is given; free with plan_free. -EINVAL: not a
 * plan, `*err` says why; `*out` is untouched. */
MUST_USE int plan_parse(struct rd text, struct plan **out, struct plan_error *err);

void plan_free(struct plan **p);

/* The Dutch plan that is built in: the text (borrows), for plan_parse and for printing. */
struct rd plan_default_text(void);

/* True when the `n` digits at `d` (values 0 to 9, not ASCII) begin with a prefix
 * of the table and have one of its lengths. */
bool plan_has(const struct plan *p, enum plan_table t, const uint8_t *d, size_t n);

/* How many numbers of that length the table can hold: the size of the haystack for
 * the chance that a random number of the plan is a member. */
double plan_space(const struct plan *p, enum plan_table t, size_t n);

/* Country code and prefixes, as ASCII digits; each at most 4 long. */
const char *plan_country(const struct plan *p);
const char *plan_trunk(const struct plan *p);
const char *plan_international(const struct plan *p);

/* The same as values, for the scanner. */
struct plan_codes {
	struct plan_code {
		uint8_t d[4], n;
	} country, trunk, international;
	uint8_t least;   /* digits of the shortest MSISDN, as it is dialled in the country or from abroad */
	bool abroad[1000]; /* an own number with its country code, or an IMSI, may begin with these three */
	bool abroad_after[100]; /* with some digit and then these two */
	bool begins[1000]; /* or a national one */
	/* By three digits, bit n: with n digits in all, what begins with them may be a number of the
	 * plan: with its country code, as it is dialled in the country, without a trunk prefix, an
	 * IMSI; or of any plan, after the international prefix. */
	struct plan_row {
		uint32_t country, national, bare, imsi, international;
	} row[1000];
};
const struct plan_codes *plan_codes(const struct plan *p);

/* What the first three of three digits or more say. */
static inline unsigned plan_three(const uint8_t *d)
{
	return d[0] * 100u + d[1] * 10u + d[2];
}
