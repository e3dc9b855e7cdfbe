/*
 * Is:        text that remembers where each of its bytes came from, so that what is
 *            found in it can be masked in the bytes that carried it.
 * Is not:    a stream: it is filled, read and reset, piece by piece.
 * Called by: strip.c, grid.c (who fill it), screen.c and session.c (who read it).
 * Owns:      its text and its sources.
 * Trust:     hostile sizes; the maximum is the owner's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"

/* Sources: TRACED_OLD and TRACED_MASKED are bytes that were released earlier, in the
 * clear or masked. Any other is one more than an offset in the chunk at hand. */
#define TRACED_OLD 0u
#define TRACED_MASKED UINT32_MAX

struct traced {
	struct buf text;
	uint32_t *src;		/* one for each byte of text; NULL when not tracing */
	size_t src_cap;
	bool on;		/* tracing */
	bool lost;		/* the maximum was reached and text is missing */
};

/* `max` is the largest length; `on` says whether sources are kept. */
void traced_init(struct traced *t, size_t max, bool on);
void traced_done(struct traced *t);
void traced_reset(struct traced *t);

/* Appends bytes of which byte i came from source `src + i * step`; step is 0 or 1. */
void traced_put(struct traced *t, struct rd bytes, uint32_t src, uint32_t step);

/* Appends bytes of which byte i came from source `src + i`, but controls came from none. */
void traced_put_lines(struct traced *t, struct rd bytes, uint32_t src);

/* Where `n` more bytes go before anything else does, and to *src their sources, when they are kept;
 * NULL when they do not fit. Then says how many were written, at most `n`. */
MUST_USE uint8_t *traced_space(struct traced *t, size_t n, uint32_t **src);
void traced_grew(struct traced *t, size_t n);

/* Appends a line of text with its sources, and a NUL. */
void traced_put_line(struct traced *t, const struct traced *line);

/* Appends `n` characters as UTF-8, character i from src[i], or TRACED_OLD when `src` is NULL;
 * a character 0 is none. */
void traced_put_cells(struct traced *t, const uint32_t *cell, const uint32_t *src, size_t n);

/* Drops what stands before the first blank, if there is one. */
void traced_to_blank(struct traced *t);

/* Appends one character as UTF-8, all of it from `src`. */
void traced_put_char(struct traced *t, uint32_t cp, uint32_t src);

/* The source of text byte `i`; TRACED_OLD when not tracing. */
uint32_t traced_src(const struct traced *t, size_t i);

/* Source of the same character in the next chunk, when `masked` says which bytes of
 * this one (`n` of them, may be NULL) are released masked. */
static inline uint32_t traced_settle(uint32_t src, const uint8_t *masked, size_t n)
{
	if (src == TRACED_OLD || src == TRACED_MASKED)
		return src;
	return masked && src - 1 < n && masked[src - 1] ? TRACED_MASKED : TRACED_OLD;
}
