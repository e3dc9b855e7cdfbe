/*
 * Is:        a stretch of the stream under judgement, and the classes of its bytes.
 * Is not:    a judgement (judge.h).
 * Called by: scan.c and judge_*.c.
 * Owns:      nothing.
 * Trust:     hostile bytes, read through win_at, which checks its index, and win_look,
 *            which shows zeros behind the end.
 */
#pragma once

#include "base/ascii.h"
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

/* What stands at `i`, an index of a byte that is there. */
static inline void win_look(const struct win *w, size_t i, struct look *out)
{
	const struct rd all = { w->p, w->n };

	run_look(&all, i, out);
}

static inline bool is_sep(uint8_t c)
{
	return c == ' ' || c == '(' || c == ')' || (uint8_t)(c - '-') < 3; /* - . / */
}

/* Part of a word: what makes a number beside it *glued*. */
static inline bool is_word(uint8_t c)
{
	return is_alnum(c) || c == '_';
}

/* A + before `i` that begins a telephone number, not one in 2.4+20151223 or C++14. */
static inline bool is_plus_before(const struct win *w, size_t i)
{
	const size_t at = win_at(w, i - 1) == '(' ? i - 2 : i - 1;
	const uint8_t before = win_at(w, at - 1);

	return win_at(w, at) == '+' && !is_word(before) && before != '+';
}
