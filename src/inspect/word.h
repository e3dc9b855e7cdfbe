/*
 * Is:        finding the starts of words: one bit for each letter that begins one.
 * Is not:    a match of a word (literal.h).
 * Called by: literal.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: as anchor.h; the code stands beside it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "inspect/anchor.h"

/* Letters are a-z, A-Z and bytes from 0x80. A word begins at a letter after none, and
 * at an upper-case letter after a lower-case one (givenName). As anchor_fn otherwise:
 * blocks from `from`, bytes outside p[0 .. n - 1] are no letters. */
typedef size_t word_fn(const uint8_t *p, size_t n, size_t from, uint64_t *ev);

word_fn word_scalar, word_avx2, word_avx512;

word_fn *word_get(enum anchor_variant v);
word_fn *word_best(void);
