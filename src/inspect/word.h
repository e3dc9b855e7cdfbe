/*
 * Is:        finding the starts of words: one bit for each letter that begins one; and the
 *            places where a word of a list may begin.
 * Is not:    a match of a word (literal.h).
 * Called by: literal.c, decode_line.c.
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

/* The words of a list in groups, a bit for each, by their first letters: from[set][k][c] says in
 * which of the set's groups a word has the letter c in place k. The low five bits of a byte tell
 * letters apart whatever their case, and other bytes somewhat. */
enum { PREFIX_LEN = 4, PREFIX_SETS = 4, PREFIX_GROUPS = 8 * PREFIX_SETS };
struct prefixes {
	unsigned n_sets;
	uint8_t of[PREFIX_SETS][PREFIX_LEN][32];
};

/* A word of lower-case letters; a space in it stands for one of " _-" or nothing. One of the
 * characters in `then` follows it, or any when that is NULL. */
void prefixes_add(struct prefixes *t, unsigned group, const char *word, const char *then);

/* Clears the bits of ev[0 .. nb - 1], of the blocks of p[0 .. n - 1] from `from` on, where no word
 * of the list can begin. The last bytes stay: what follows them is not known. */
typedef void prefix_fn(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev);

prefix_fn prefix_scalar, prefix_avx2, prefix_avx512;

prefix_fn *prefix_get(enum anchor_variant v);
prefix_fn *prefix_best(void);
