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
#define JOINED(low, high, k) ((low) >> (k) | (high) << (64 - (k)))
#include "inspect/anchor_algebra.h"

static inline uint64_t bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

static inline __m256i of(enum anchor_const c)
{
	return _mm256_load_si256((const __m256i *)(const void *)anchor_const[c]);
}

static inline __m256i is(__m256i v, enum anchor_const c)
{
	return _mm256_cmpeq_epi8(v, of(c));
}

/* lo <= byte < lo + n, unsigned: max(x, n) == x is the opposite. */
static inline __m256i in(__m256i v, enum anchor_const lo, enum anchor_const n)
{
	const __m256i x = _mm256_sub_epi8(v, of(lo));

	return _mm256_andnot_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(x, of(n)), x), _mm256_set1_epi8(-1));
}

static inline __m256i sep(__m256i v)
{
	return _mm256_or_si256(is(v, C_SPACE), _mm256_or_si256(in(v, C_PAREN, C_N2), in(v, C_DASH, C_N3)));
}

#define HALVES(p)                                                              \
	const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(p)); \
	const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)((p) + 32))

static inline void light_masks(const uint8_t *p, struct row *r)
{
	HALVES(p);

	r->digit = bits(in(a, C_0, C_N10), in(b, C_0, C_N10));
	r->dot = bits(is(a, C_DOT), is(b, C_DOT));
	r->colon = bits(is(a, C_COLON), is(b, C_COLON));
	r->at = bits(is(a, C_AT), is(b, C_AT));
}

static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r)
{
	HALVES(p);
	const __m256i la = _mm256_or_si256(a, of(C_CASE));
	const __m256i lb = _mm256_or_si256(b, of(C_CASE));

	r->sep = bits(sep(a), sep(b));
	r->zero = bits(is(a, C_0), is(b, C_0));
	r->lead = bits(_mm256_cmpeq_epi8(a, _mm256_set1_epi8((char)lead)), _mm256_cmpeq_epi8(b, _mm256_set1_epi8((char)lead)));
	r->plus = bits(is(a, C_PLUS), is(b, C_PLUS));
	r->upper = bits(in(a, C_A, C_N26), in(b, C_A, C_N26));
	r->alpha = bits(in(la, C_LOWER_A, C_N26), in(lb, C_LOWER_A, C_N26));
	r->under = bits(is(a, C_UNDER), is(b, C_UNDER));
	r->hex = bits(in(la, C_LOWER_A, C_N6), in(lb, C_LOWER_A, C_N6));
	r->lt = bits(is(a, C_LT), is(b, C_LT));
	r->space = bits(is(a, C_SPACE), is(b, C_SPACE));
}

static inline void list(uint64_t e, size_t at, struct places *out)
{
	list_each(e, at, out);
}

void anchor_avx2(const uint8_t *p, size_t n, size_t from, const struct anchor_want *want, struct places *out)
{
	anchor_run(p, n, from, want, out);
}

#include "inspect/word_algebra.h"

static inline void letter_masks(const uint8_t *p, struct letters *l)
{
	HALVES(p);

	l->upper = bits(in(a, C_A, C_N26), in(b, C_A, C_N26));
	l->lower = bits(in(a, C_LOWER_A, C_N26), in(b, C_LOWER_A, C_N26));
	l->letter = l->upper | l->lower | bits(a, b); /* the top bit of each byte */
}

size_t word_avx2(const uint8_t *p, size_t n, size_t from, uint64_t *ev)
{
	return word_run(p, n, from, ev);
}

/* A table of 32, by its two halves. */
static inline __m256i groups(const uint8_t of[32], __m256i v)
{
	const __m256i low = _mm256_and_si256(v, _mm256_set1_epi8(15));
	const __m256i first = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)of));
	const __m256i second = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(of + 16)));

	/* The blend goes by the top bit: the shift puts a byte's bit 4 there. */
	return _mm256_blendv_epi8(_mm256_shuffle_epi8(first, low), _mm256_shuffle_epi8(second, low), _mm256_slli_epi16(v, 3));
}

static inline __m256i no_prefix(const struct prefixes *t, const uint8_t *p)
{
	__m256i any = _mm256_setzero_si256();

	for (unsigned set = 0; set < t->n_sets; set++) {
		__m256i all = _mm256_set1_epi8(-1);

		for (unsigned k = 0; k < PREFIX_LEN; k++)
			all = _mm256_and_si256(all, groups(t->of[set][k], _mm256_loadu_si256((const __m256i *)(const void *)(p + k))));
		any = _mm256_or_si256(any, all);
	}
	return _mm256_cmpeq_epi8(any, _mm256_setzero_si256());
}

static inline uint64_t prefix_mask(const struct prefixes *t, const uint8_t *p)
{
	return ~bits(no_prefix(t, p), no_prefix(t, p + 32));
}

void prefix_avx2(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev)
{
	prefix_run(t, p, n, from, nb, ev);
}
