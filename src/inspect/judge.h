/*
 * Is:        the judgement of one place: is there an identifier, of which kind.
 * Is not:    the search for places (anchor.h) or the stream (scan.h).
 * Called by: scan.c alone.
 * Owns:      nothing.
 * Trust:     hostile bytes, read through win.h alone.
 *
 * A judgement looks at no more than SCAN_LEFT_MAX bytes before its place and
 * SCAN_RIGHT_MAX after it, says OPEN when it would have to look past the bytes
 * that are there and more may come, and reports nothing before it is sure: so it
 * depends on the stream and never on its chunks.
 */
#pragma once

#include "inspect/win.h"

enum judged { JUDGED, OPEN };

/* Arrays of a judgement are written before they are read; clearing them first (as the
 * release build does) would cost as much as the judgement. */
#define JUDGE_UNINIT __attribute__((uninitialized))

/* Digits (values) that begin with the code: its length, else 0. */
static inline size_t code_len(const struct plan_code *c, const uint8_t *d, size_t n)
{
	size_t k = 0;

	for (; k < c->n; k++)
		if (k >= n || d[k] != c->d[k])
			return 0;
	return k;
}

/* What the plan says of numbers that begin so; of fewer than three digits, nothing. */
static inline const struct plan_row *row_of(const struct plan_codes *c, const uint8_t *d, size_t n)
{
	static const struct plan_row any = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };

	return n < 3 ? &any : &c->row[plan_three(d)];
}

enum {
	JUDGE_RUN_MAX = 64,  /* digits of one run that are judged together */
	JUDGE_RUN_STEP = 44, /* a longer run goes on from here: 64 - 20 */
	BUILT_ROOM = 32,     /* more than the longest number */
};

/* Digits (values) that do not stand so in the stream. */
struct built {
	uint8_t d[BUILT_ROOM];
	size_t n;
};

/* What was found at [from, to) and its value. */
static inline void judge_report(struct win *w, size_t from, size_t to, enum scan_kind kind, enum scan_form form,
				bool in_plan, struct rd value)
{
	const struct scan_finding f = {
		.offset = w->base + from, .len = (uint32_t)(to - from), .kind = kind, .form = form,
		.in_plan = in_plan, .value = value,
	};

	w->fn(w->ctx, &f);
}

/* The value stands in the stream: the n bytes from `at`, which are there. */
static inline void judge_report_there(struct win *w, size_t from, size_t to, enum scan_kind kind, enum scan_form form,
				      bool in_plan, size_t at, size_t n)
{
	const struct rd all = { w->p, w->n };
	struct rd value = { w->p, 0 };

	(void)!rd_slice(&all, at, n, &value);
	judge_report(w, from, to, kind, form, in_plan, value);
}

static inline void judge_report_built(struct win *w, size_t from, size_t to, enum scan_kind kind, enum scan_form form,
				      bool in_plan, const struct built *b)
{
	uint8_t text[BUILT_ROOM] JUDGE_UNINIT;

	for (size_t k = 0; k < BUILT_ROOM; k++) /* all of them, which is two additions */
		text[k] = b->d[k] + '0';
	judge_report(w, from, to, kind, form, in_plan, (struct rd){ text, b->n });
}

/* One for each family; the place is at `i`. */
enum judged judge_digits(struct win *w, size_t i, unsigned *done); /* a number, and hexadecimal if weak forms count */
enum judged judge_grouped(struct win *w, size_t i, const struct look *l);
enum judged judge_more_digits(struct win *w, size_t i); /* inside a very long run */
enum judged judge_email(struct win *w, size_t i);
enum judged judge_ipv4(struct win *w, size_t i);
enum judged judge_ipv6(struct win *w, size_t i);
enum judged judge_iban(struct win *w, size_t i);
enum judged judge_mrz(struct win *w, size_t i);
enum judged judge_hex(struct win *w, size_t i, const struct look *l);

/* What an MSISDN in international form comes to: 8 to 15 digits, no 0 in front. */
bool judge_e164(const struct win *w, const uint8_t *d, size_t n, bool *in_plan);
/* National form: trunk prefix and a number of the plan; builds the E.164 digits in `out`. */
bool judge_national(const struct win *w, const uint8_t *d, size_t n, struct built *out);
/* Country code without +. */
bool judge_bare_country(const struct win *w, const uint8_t *d, size_t n);

/* The weak forms in a run of digits: windows and, when the run is `whole`, bare
 * and reversed. d[k] stands at index at + k. In a run of JUDGE_RUN_MAX digits
 * the windows begin before JUDGE_RUN_STEP: the rest is judged from there. */
void judge_weak_run(struct win *w, size_t at, const uint8_t *d, size_t n, bool whole);
