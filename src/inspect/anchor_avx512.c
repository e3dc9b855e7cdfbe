/*
 * Is:        the AVX-512 variant: 64 bytes a comparison straight into a mask, eight
 *            masks side by side.
 * Is not:    run on a processor without AVX-512 BW, VL, DQ and VBMI2 (anchor.c asks).
 * Called by: anchor.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: see anchor.h.
 */
#include <immintrin.h>
#include <stdint.h>

typedef uint64_t V __attribute__((vector_size(64)));
#define V_LANES 8
#define JOINED(low, high, k) ((V)_mm512_shrdi_epi64((__m512i)(low), (__m512i)(high), k))
#include "inspect/anchor_algebra.h"

static inline __m512i of(enum anchor_const c)
{
	return _mm512_load_si512(anchor_const[c]);
}

static inline uint64_t is(__m512i v, enum anchor_const c)
{
	return _mm512_cmpeq_epi8_mask(v, of(c));
}

/* lo <= byte < lo + n, unsigned. */
static inline uint64_t in(__m512i v, enum anchor_const lo, enum anchor_const n)
{
	return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, of(lo)), of(n));
}

static inline void light_masks(const uint8_t *p, struct row *r)
{
	const __m512i v = _mm512_loadu_si512(p);

	r->digit = in(v, C_0, C_N10);
	r->dot = is(v, C_DOT);
	r->colon = is(v, C_COLON);
	r->at = is(v, C_AT);
}

static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r)
{
	const __m512i v = _mm512_loadu_si512(p);
	const __m512i letter = _mm512_sub_epi8(_mm512_or_si512(v, of(C_CASE)), of(C_LOWER_A));

	r->space = is(v, C_SPACE);
	r->sep = r->space | in(v, C_PAREN, C_N2) | in(v, C_DASH, C_N3);
	r->zero = is(v, C_0);
	r->lead = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)lead));
	r->plus = is(v, C_PLUS);
	r->upper = in(v, C_A, C_N26);
	r->alpha = _mm512_cmplt_epu8_mask(letter, of(C_N26));
	r->under = is(v, C_UNDER);
	r->hex = _mm512_cmplt_epu8_mask(letter, of(C_N6));
	r->lt = is(v, C_LT);
}

/* All 64 at once, since nobody can foresee how many are places. */
static inline void list(uint64_t e, size_t at, struct places *out)
{
	static const uint8_t index[ANCHOR_BLOCK] __attribute__((aligned(64))) = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
		32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
	};
	const __m512i v = _mm512_maskz_compress_epi8(e, _mm512_load_si512(index)), base = _mm512_set1_epi16((short)at);
	uint16_t *to = out->at + out->n;

	_mm512_storeu_si512(to, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(v))));
	_mm512_storeu_si512(to + ANCHOR_BLOCK / 2, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(v, 1))));
	out->n += (size_t)__builtin_popcountll(e);
}

void anchor_avx512(const uint8_t *p, size_t n, size_t from, const struct anchor_want *want, struct places *out)
{
	anchor_run(p, n, from, want, out);
}

#include "inspect/word_algebra.h"

static inline void letter_masks(const uint8_t *p, struct letters *l)
{
	const __m512i v = _mm512_loadu_si512(p);

	l->upper = in(v, C_A, C_N26);
	l->lower = in(v, C_LOWER_A, C_N26);
	l->letter = l->upper | l->lower | _mm512_movepi8_mask(v);
}

size_t word_avx512(const uint8_t *p, size_t n, size_t from, uint64_t *ev)
{
	return word_run(p, n, from, ev);
}

/* A table of 32, by its two halves. */
static inline __m512i groups(const uint8_t of[32], __m512i low, __mmask64 upper)
{
	const __m512i first = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)of));
	const __m512i second = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)(of + 16)));

	return _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(first, low), upper, second, low);
}

static inline uint64_t prefix_mask(const struct prefixes *t, const uint8_t *p)
{
	__m512i low[PREFIX_LEN];
	__mmask64 upper[PREFIX_LEN];
	uint64_t may = 0;

	for (unsigned k = 0; k < PREFIX_LEN; k++) {
		const __m512i v = _mm512_loadu_si512(p + k);

		low[k] = _mm512_and_si512(v, _mm512_set1_epi8(15));
		upper[k] = _mm512_test_epi8_mask(v, _mm512_set1_epi8(16));
	}
	for (unsigned set = 0; set < t->n_sets; set++) {
		__m512i all = _mm512_set1_epi8(-1);

		for (unsigned k = 0; k < PREFIX_LEN; k++)
			all = _mm512_and_si512(all, groups(t->of[set][k], low[k], upper[k]));
		may |= _mm512_test_epi8_mask(all, all);
	}
	return may;
}

void prefix_avx512(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev)
{
	prefix_run(t, p, n, from, nb, ev);
}
