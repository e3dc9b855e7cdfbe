/*
 * Is:        the AVX2 variant: 32 bytes a comparison, four masks side by side.
 * Is not:    run on a processor without AVX2 (anchor.c asks).
 * Called by: anchor.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: see anchor.h.
 */
#include <immintrin.h>
#include <stdint.h>

typedef uint64_t V __attribute__((vector_size(32)));
#define V_LANES 4
#include "inspect/anchor_algebra.h"

static inline uint64_t bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

static inline __m256i is(__m256i v, char c)
{
	return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

/* lo <= byte < lo + n, unsigned. */
static inline __m256i in(__m256i v, char lo, char n)
{
	const __m256i x = _mm256_sub_epi8(v, _mm256_set1_epi8(lo));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(x, _mm256_set1_epi8((char)(n - 1))), x);
}

static inline __m256i sep(__m256i v)
{
	return _mm256_or_si256(is(v, ' '), _mm256_or_si256(in(v, '(', 2), in(v, '-', 3)));
}

#define HALVES(p)                                                              \
	const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p)); \
	const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)((p) + 32))

static inline void light_masks(const uint8_t *p, struct row *r)
{
	HALVES(p);

	r->digit = bits(in(a, '0', 10), in(b, '0', 10));
	r->dot = bits(is(a, '.'), is(b, '.'));
	r->colon = bits(is(a, ':'), is(b, ':'));
	r->at = bits(is(a, '@'), is(b, '@'));
}

static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r)
{
	HALVES(p);
	const __m256i la = _mm256_or_si256(a, _mm256_set1_epi8(0x20));
	const __m256i lb = _mm256_or_si256(b, _mm256_set1_epi8(0x20));

	r->sep = bits(sep(a), sep(b));
	r->zero = bits(is(a, '0'), is(b, '0'));
	r->lead = bits(is(a, (char)lead), is(b, (char)lead));
	r->plus = bits(is(a, '+'), is(b, '+'));
	r->upper = bits(in(a, 'A', 26), in(b, 'A', 26));
	r->alpha = bits(in(la, 'a', 26), in(lb, 'a', 26));
	r->hex = bits(in(la, 'a', 6), in(lb, 'a', 6));
	r->lt = bits(is(a, '<'), is(b, '<'));
	r->space = bits(is(a, ' '), is(b, ' '));
}

size_t anchor_avx2(const uint8_t *p, size_t n, size_t from, uint8_t lead, uint64_t *ev)
{
	return anchor_run(p, n, from, lead, ev);
}
