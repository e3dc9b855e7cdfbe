/*
 * Is:        the choice of a variant by what the processor can do.
 * Is not:    a variant.
 * Called by: scan.c, tests, bench/inspect.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/anchor.h"

#include "base/assert.h"
#include "base/def.h"
#include "inspect/word.h"

#define X64(c) { [0 ... 63] = (c) }

const uint8_t anchor_const[ANCHOR_CONSTS][ANCHOR_BLOCK] __attribute__((aligned(64))) = {
	[C_0] = X64('0'), [C_DOT] = X64('.'), [C_COLON] = X64(':'), [C_AT] = X64('@'), [C_SPACE] = X64(' '),
	[C_PAREN] = X64('('), [C_DASH] = X64('-'), [C_PLUS] = X64('+'), [C_A] = X64('A'), [C_UNDER] = X64('_'),
	[C_LOWER_A] = X64('a'), [C_LT] = X64('<'), [C_CASE] = X64(0x20),
	[C_N2] = X64(2), [C_N3] = X64(3), [C_N6] = X64(6), [C_N10] = X64(10), [C_N26] = X64(26),
};

static anchor_fn *const anchors[] = { anchor_scalar, anchor_avx2, anchor_avx512 };
static word_fn *const words[] = { word_scalar, word_avx2, word_avx512 };
static prefix_fn *const prefixes[] = { prefix_scalar, prefix_avx2, prefix_avx512 };

static bool can_run(enum anchor_variant v)
{
	switch (v) {
	case ANCHOR_SCALAR:
		return true;
	case ANCHOR_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
	case ANCHOR_AVX512:
		return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
	case ANCHOR_VARIANTS:
		break;
	}
	return false;
}

/* The fastest that it can run. */
static enum anchor_variant best(void)
{
	static enum anchor_variant v = ANCHOR_VARIANTS;	/* each text of a few digits asks again */

	if (v == ANCHOR_VARIANTS)
		for (v = ANCHOR_AVX512; !can_run(v);)
			v--;
	return v;
}

anchor_fn *anchor_get(enum anchor_variant v)
{
	return can_run(v) ? anchors[v] : NULL;
}

anchor_fn *anchor_best(void)
{
	return anchors[best()];
}

const char *anchor_name(enum anchor_variant v)
{
	static const char *const names[] = { "scalar", "avx2", "avx512" };

	return (size_t)v < ARRAY_LEN(names) ? names[v] : "none";
}

word_fn *word_get(enum anchor_variant v)
{
	return can_run(v) ? words[v] : NULL;
}

word_fn *word_best(void)
{
	return words[best()];
}

prefix_fn *prefix_get(enum anchor_variant v)
{
	return can_run(v) ? prefixes[v] : NULL;
}

prefix_fn *prefix_best(void)
{
	return prefixes[best()];
}

static void add_each(uint8_t of[32], uint8_t bit, const char *chars)
{
	for (size_t c = 0; !chars && c < 32; c++)
		of[c] |= bit;
	for (; chars && *chars; chars++)
		of[*chars & 31] |= bit;
}

static void add(struct prefixes *t, unsigned group, const char *word, const char *then, size_t k)
{
	const uint8_t bit = (uint8_t)(1u << group % 8);
	uint8_t *of;

	if (k == PREFIX_LEN)
		return;
	of = t->of[group / 8][k];
	if (*word == 0) {
		add_each(of, bit, then);
		add(t, group, word, NULL, k + 1);
	} else if (*word == ' ') {
		add_each(of, bit, " _-");
		add(t, group, word + 1, then, k + 1);
		add(t, group, word + 1, then, k); /* nothing stands for the gap */
	} else {
		of[*word & 31] |= bit;
		add(t, group, word + 1, then, k + 1);
	}
}

void prefixes_add(struct prefixes *t, unsigned group, const char *word, const char *then)
{
	ASSERT(group < PREFIX_GROUPS);
	if (t->n_sets <= group / 8)
		t->n_sets = group / 8 + 1;
	add(t, group, word, then, 0);
}
