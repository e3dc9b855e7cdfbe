/*
 * Is:        the length of a run of printable ASCII (contract in the header).
 * Is not:    a parser.
 * Called by: strip.c, grid_seq.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: reads 16 bytes at a time through SSE2, which
 *            every x86-64 has, because this loop is the cost of a terminal; each
 *            load lies inside r->len.
 */
#include "inspect/run.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

size_t run_ascii(const struct rd *r)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= r->len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + i));
		/* Signed: bytes from 0x80 up are negative, so below 0x20 as well. */
		__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
		__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
		unsigned bad = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));

		if (bad)
			return i + (size_t)__builtin_ctz(bad);
	}
#endif
	while (i < r->len && r->p[i] >= 0x20 && r->p[i] < 0x7f)
		i++;
	return i;
}
