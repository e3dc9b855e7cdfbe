/*
 * Is:        the AVX-512 variant: 64 bytes a comparison straight into a mask, eight
 *            masks side by side.
 * Is not:    run on a processor without AVX-512 BW and VL (anchor.c asks).
 * Called by: anchor.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: see anchor.h.
 */
#include <immintrin.h>
#include <stdint.h>

typedef uint64_t V __attribute__((vector_size(64)));
#define V_LANES 8
#include "inspect/anchor_algebra.h"

static inline uint64_t is(__m512i v, char c)
{
	return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

/* lo <= byte < lo + n, unsigned. */
static inline uint64_t in(__m512i v, char lo, char n)
{
	return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8(lo)), _mm512_set1_epi8(n));
}

static inline void light_masks(const uint8_t *p, struct row *r)
{
	const __m512i v = _mm512_loadu_si512(p);

	r->digit = in(v, '0', 10);
	r->dot = is(v, '.');
	r->colon = is(v, ':');
	r->at = is(v, '@');
}

static inline void full_masks(const uint8_t *p, uint8_t lead, struct row *r)
{
	const __m512i v = _mm512_loadu_si512(p);
	const __m512i low = _mm512_or_si512(v, _mm512_set1_epi8(0x20));

	r->space = is(v, ' ');
	r->sep = r->space | in(v, '(', 2) | in(v, '-', 3);
	r->zero = is(v, '0');
	r->lead = is(v, (char)lead);
	r->plus = is(v, '+');
	r->upper = in(v, 'A', 26);
	r->alpha = in(low, 'a', 26);
	r->hex = in(low, 'a', 6);
	r->lt = is(v, '<');
}

size_t anchor_avx512(const uint8_t *p, size_t n, size_t from, uint8_t lead, uint64_t *ev)
{
	return anchor_run(p, n, from, lead, ev);
}
