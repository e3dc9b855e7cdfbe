/*
 * Is:        the judgement of one place: is there an identifier, of which kind.
 * Is not:    the search for places (anchor.h) or the stream (scan.h).
 * Called by: scan.c alone.
 * Owns:      nothing.
 * Trust:     hostile bytes, read through win_at alone, which checks its index.
 *
 * A judgement looks at no more than SCAN_LEFT_MAX bytes before its place and
 * SCAN_RIGHT_MAX after it, says OPEN when it would have to look past the bytes
 * that are there and more may come, and reports nothing before it is sure: so it
 * depends on the stream and never on its chunks.
 */
#pragma once

#include "inspect/plan.h"
#include "inspect/run.h"
#include "inspect/scan.h"

/* A stretch of the stream. Indices count from its first byte. */
struct win {
	const uint8_t *p;
	size_t n;
	uint64_t base;   /* stream offset of p[0] */
	bool end;        /* nothing comes after p[n - 1] */
	unsigned opts;
	const struct plan *plan;
	const struct plan_codes *codes;
	scan_fn *fn;
	void *ctx;
	uint64_t *digits_end; /* see struct scan */
	uint64_t *ip6_end;
	uint64_t *hex_end;
	uint64_t *cont;
};

enum judged { JUDGED, OPEN };

static inline void win_look(const struct win *w, size_t i, struct look *out)
{
	const struct rd all = { w->p, w->n };

	run_look(&all, i, out);
}

/* The byte at `i`, or 0 outside: before the stream's start too, since SIZE_MAX is outside. */
static inline uint8_t win_at(const struct win *w, size_t i)
{
	return i < w->n ? w->p[i] : 0;
}

/* True when the byte at `i` is known, or known not to exist. */
static inline bool win_knows(const struct win *w, size_t i)
{
	return i < w->n || w->end;
}

static inline bool is_digit(uint8_t c)
{
	return (uint8_t)(c - '0') < 10;
}

static inline bool is_alpha(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26;
}

static inline bool is_upper(uint8_t c)
{
	return (uint8_t)(c - 'A') < 26;
}

static inline bool is_hex(uint8_t c)
{
	return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 6;
}

static inline uint8_t to_lower(uint8_t c)
{
	return is_upper(c) ? c | 0x20 : c;
}

static inline bool is_sep(uint8_t c)
{
	return c == ' ' || c == '(' || c == ')' || (uint8_t)(c - '-') < 3; /* - . / */
}

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
	static const struct plan_row any = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };

	return n < 3 ? &any : &c->row[plan_three(d)];
}

/* Part of a word: what makes a number beside it *glued*. */
static inline bool is_word(uint8_t c)
{
	return is_digit(c) || is_alpha(c) || c == '_';
}

/* A + before `i` that begins a telephone number, not one in 2.4+20151223 or C++14. */
static inline bool is_plus_before(const struct win *w, size_t i)
{
	const size_t at = win_at(w, i - 1) == '(' ? i - 2 : i - 1;
	const uint8_t before = win_at(w, at - 1);

	return win_at(w, at) == '+' && !is_word(before) && before != '+';
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
/* National form: trunk prefix and a number of the plan; builds the E.164 digits in `out`. `d` has room. */
bool judge_national(const struct win *w, const uint8_t *d, size_t n, struct built *out);
/* Country code without +. */
bool judge_bare_country(const struct win *w, const uint8_t *d, size_t n);

/* The weak forms in a run of digits: windows and, when the run is `whole`, bare
 * and reversed. d[k] stands at index at + k. In a run of JUDGE_RUN_MAX digits
 * the windows begin before JUDGE_RUN_STEP: the rest is judged from there. */
void judge_weak_run(struct win *w, size_t at, const uint8_t *d, size_t n, bool whole);
