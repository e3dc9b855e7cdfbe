/*
 * Is:        finding the *places* worth a look: the index of each byte at which an
 *            identifier may start (or, for some kinds, at its @ or first dot).
 * Is not:    the judgement of a place (judge.h).
 * Called by: scan.c, bench/inspect.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: anchor_*.c load blocks of the input through
 *            raw pointers; here the scan spends its time (README.md has figures).
 *
 * The set of places is defined by anchor_algebra.h alone. The variants differ only
 * in how they turn 64 bytes into class masks, in how many masks they work on at
 * once, and in how a mask becomes indices; test_anchor.c and fuzz_anchor.c hold them equal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ANCHOR_BLOCK = 64,
	ANCHOR_BLOCKS = 64,
	ANCHOR_STRIDE = ANCHOR_BLOCK * ANCHOR_BLOCKS,
	/* A place depends on at most so many bytes from itself on. */
	ANCHOR_AHEAD = 32,
	ANCHOR_ROOM = ANCHOR_BLOCK, /* behind the last place, to be written over */
};

/* What makes a place besides what always does. */
struct anchor_want {
	uint8_t lead; /* the first digit of the country code */
	bool weak;    /* all digits on end, in groups too: they have weak forms, whatever is beside them */
	bool hex;     /* all hexadecimal: otherwise only what may be a number with 00 in front, and in
	               * the last 64 bytes, where it may become one */
};

/* The places in a stretch, in order: at[k] bytes after its begin. */
struct places {
	size_t len; /* of the stretch */
	size_t n;
	uint16_t at[ANCHOR_STRIDE + ANCHOR_ROOM];
};

/* The places in p[from .. n - 1], or in its first ANCHOR_STRIDE bytes. Looks at up to 64 bytes
 * before and after those, inside p[0 .. n - 1]; bytes outside count as zero. */
typedef void anchor_fn(const uint8_t *p, size_t n, size_t from, const struct anchor_want *want, struct places *out);

anchor_fn anchor_scalar, anchor_avx2, anchor_avx512;

enum anchor_variant { ANCHOR_SCALAR, ANCHOR_AVX2, ANCHOR_AVX512, ANCHOR_VARIANTS };

/* NULL when this processor cannot run the variant. */
anchor_fn *anchor_get(enum anchor_variant v);
/* The fastest that it can run. */
anchor_fn *anchor_best(void);
const char *anchor_name(enum anchor_variant v);

/* The bytes that the vector variants compare with, each 64 times over: read from memory,
 * since compilers would build each one anew for each block. */
enum anchor_const {
	C_0, C_DOT, C_COLON, C_AT, C_SPACE, C_PAREN, C_DASH, C_PLUS, C_A, C_UNDER, C_LOWER_A, C_LT, C_CASE,
	C_N2, C_N3, C_N6, C_N10, C_N26, ANCHOR_CONSTS
};
extern const uint8_t anchor_const[ANCHOR_CONSTS][ANCHOR_BLOCK];
