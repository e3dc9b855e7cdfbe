/*
 * Is:        UTF-8 one byte at a time, and what a screen and a matcher need to know
 *            of a character: its width, and the digit that it stands for.
 * Is not:    Unicode: no normal forms, no names, no scripts.
 * Called by: strip.c, grid, decoders.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { UTF8_MORE = -1, UTF8_BAD = -2, UTF8_LEN_MAX = 4, UNICODE_REPLACEMENT = 0xfffd };

struct utf8 {
	uint32_t cp, least;
	uint8_t need;	/* bytes still to come */
	uint8_t have;	/* bytes taken of the open character */
};

/* Takes one byte: a code point when one is complete, UTF8_MORE inside one, or
 * UTF8_BAD when what was open is cut short or the byte cannot begin anything. After
 * UTF8_BAD with `*again` set the byte was not used and must be given again. */
int32_t utf8_step(struct utf8 *u, uint8_t c, bool *again);

/* The character at the front of `in` when all of it is there and well-formed, and its length;
 * 0 when it is for utf8_step to say. */
MUST_USE size_t utf8_take(const struct rd *in, uint32_t *cp);

/* Writes `cp` as UTF-8, 1 to 4 bytes, and returns how many. */
size_t utf8_write(uint32_t cp, uint8_t out[4]);

/* Columns that the character takes: 0 (combining, zero-width, bidi controls), 1 or 2. */
unsigned unicode_width(uint32_t cp);

/* The ASCII character that this one stands for to a reader of numbers: digits of all
 * scripts, full-width forms, super- and subscripts, circled and mathematical digits,
 * invisible tags. Anything else is returned as it is. */
uint32_t unicode_fold(uint32_t cp);

/* True when unicode_width is 1 and unicode_fold changes nothing, quickly, for most that is
 * written; false may be either. */
MUST_USE bool unicode_is_usual(uint32_t cp);
