/*
 * Is:        which bytes of a stretch are digits, letters (of them, a to j), dots or newlines, a
 *            bit for each: what the layers ask before they look at single bytes.
 * Is not:    a parser.
 * Called by: decode.c, decode_line.c, decode_radix.c, inspector_layer.c, opaque.c, strip.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { MASKS_BITS = 64, MASKS_WORDS = 16, MASKS_MAX = MASKS_BITS * MASKS_WORDS };

/* Bit i % 64 of word i / 64 is byte i. Words up to the last byte's are set, bits beyond it 0. */
struct masks {
	uint64_t digit[MASKS_WORDS], alnum[MASKS_WORDS], to_j[MASKS_WORDS], dot[MASKS_WORDS], newline[MASKS_WORDS];
	size_t n;		/* words set */
};

/* Of `text`, at most MASKS_MAX bytes. The second one is for machines without SSE2. */
void masks_of(const struct rd *text, struct masks *m);
void masks_of_scalar(const struct rd *text, struct masks *m);

/* Whether gzip, zstd, xz or bzip2 begins with these two bytes. */
static inline bool masks_is_mark(uint8_t a, uint8_t b)
{
	return (a == 0x1f && b == 0x8b) || (a == 0x28 && b == 0xb5) || (a == 0xfd && b == '7') || (a == 'B' && b == 'Z');
}

/* The first place from `at` on where two bytes stand that begin gzip, zstd, xz or bzip2; the
 * length without one. */
size_t masks_mark(const struct rd *bytes, size_t at);
size_t masks_mark_scalar(const struct rd *bytes, size_t at);

/* True with six digits or an @: every identifier has them. */
MUST_USE bool masks_may_identify(const struct rd *text);
MUST_USE bool masks_may_identify_scalar(const struct rd *text);

/* The digits in it, an @ for as many as an identifier has. */
enum { MASKS_WEIGHT_MIN = 6 };
MUST_USE size_t masks_weight(const struct rd *text);
MUST_USE size_t masks_weight_scalar(const struct rd *text);

/* The first place from `at` on where 16 bytes above 0x20 begin; or, without one, where the
 * bytes above 0x20 that end the text begin. */
size_t masks_long_word(const struct rd *text, size_t at);
size_t masks_long_word_scalar(const struct rd *text, size_t at);

static inline bool masks_ends_line(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* The number of bytes before the first CR, or newline with a line end behind it. */
size_t masks_to_ends(const struct rd *text);
size_t masks_to_ends_scalar(const struct rd *text);

/* The number of bytes before the first one above ASCII, or the first dash after a line end. */
size_t masks_to_dash(const struct rd *text);
size_t masks_to_dash_scalar(const struct rd *text);
