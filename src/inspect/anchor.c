/*
 * Is:        the choice of a variant by what the processor can do.
 * Is not:    a variant.
 * Called by: scan.c, tests, bench/inspect.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/anchor.h"

#include "base/def.h"
#include "inspect/word.h"

#define X64(c) { [0 ... 63] = (c) }

const uint8_t anchor_const[ANCHOR_CONSTS][ANCHOR_BLOCK] __attribute__((aligned(64))) = {
	[C_0] = X64('0'), [C_DOT] = X64('.'), [C_COLON] = X64(':'), [C_AT] = X64('@'), [C_SPACE] = X64(' '),
	[C_PAREN] = X64('('), [C_DASH] = X64('-'), [C_PLUS] = X64('+'), [C_A] = X64('A'),
	[C_LOWER_A] = X64('a'), [C_LT] = X64('<'), [C_CASE] = X64(0x20),
	[C_N2] = X64(2), [C_N3] = X64(3), [C_N6] = X64(6), [C_N10] = X64(10), [C_N26] = X64(26),
};

anchor_fn *anchor_get(enum anchor_variant v)
{
	switch (v) {
	case ANCHOR_SCALAR:
		return anchor_scalar;
	case ANCHOR_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? anchor_avx2 : NULL;
	case ANCHOR_AVX512:
		return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
			       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2") ?
			       anchor_avx512 : NULL;
	case ANCHOR_VARIANTS:
		break;
	}
	return NULL;
}

static anchor_fn *choose(void)
{
	for (int v = ANCHOR_VARIANTS - 1; v > 0; v--)
		if (anchor_get((enum anchor_variant)v))
			return anchor_get((enum anchor_variant)v);
	return anchor_scalar;
}

anchor_fn *anchor_best(void)
{
	static anchor_fn *best;	/* each text of a few digits asks again */

	if (!best)
		best = choose();
	return best;
}

const char *anchor_name(enum anchor_variant v)
{
	static const char *const names[] = { "scalar", "avx2", "avx512" };

	return (size_t)v < ARRAY_LEN(names) ? names[v] : "none";
}

word_fn *word_get(enum anchor_variant v)
{
	static word_fn *const fn[] = { word_scalar, word_avx2, word_avx512 };

	return anchor_get(v) ? fn[v] : NULL;
}

word_fn *word_best(void)
{
	for (int v = ANCHOR_VARIANTS - 1; v > 0; v--)
		if (word_get((enum anchor_variant)v))
			return word_get((enum anchor_variant)v);
	return word_scalar;
}
