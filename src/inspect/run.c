/*
 * Is:        the length of a run of printable ASCII, digits or parameters; whether all is plain
 *            (contracts in the header).
 * Is not:    a parser.
 * Called by: strip.c, grid_seq.c, vt.c, traced.c, judge_number.c, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: reads 16 bytes at a time through SSE2, which
 *            every x86-64 has, because these loops are the cost of a terminal
 *            and of a list of numbers; each load lies inside r->len.
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

size_t run_params(const struct rd *r, size_t at)
{
#ifdef __SSE2__
	for (; at + 16 <= r->len; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + at));
		/* Signed: from -128 on, so that what is below them is far above. */
		__m128i from = _mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '0')));
		unsigned params = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(from, _mm_set1_epi8(-128 + 12)));

		if (params != 0xffff)
			return at + (size_t)__builtin_ctz(~params);
	}
#endif
	while (at < r->len && (uint8_t)(r->p[at] - '0') < 12)
		at++;
	return at;
}

size_t run_narrow(const uint32_t *cell, size_t n, uint8_t *out, size_t at)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 8 <= n; i += 8) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)(cell + i));
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(cell + i + 4));
		/* A character is below 0x8000 or becomes 0x7fff. */
		__m128i words = _mm_packs_epi32(a, b), one = _mm_set1_epi16(1), most = _mm_set1_epi16(0x7f);

		if (_mm_movemask_epi8(_mm_or_si128(_mm_cmpgt_epi16(one, words), _mm_cmpgt_epi16(words, most))))
			break;
		_mm_storel_epi64((__m128i *)(void *)(out + at + i), _mm_packus_epi16(words, words));
	}
#endif
	for (; i < n && cell[i] - 1 < 0x7f; i++)
		out[at + i] = (uint8_t)cell[i];
	return i;
}

size_t run_digits_scalar(const struct rd *r)
{
	size_t i = 0;

	while (i < r->len && (uint8_t)(r->p[i] - '0') < 10)
		i++;
	return i;
}

size_t run_digits(const struct rd *r)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= r->len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + i));
		/* Signed: from -128 on, so that what is below the digits is far above them. */
		__m128i from = _mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '0')));
		unsigned digits = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(from, _mm_set1_epi8(-128 + 10)));

		if (digits != 0xffff)
			return i + (size_t)__builtin_ctz(~digits);
	}
#endif
	while (i < r->len && (uint8_t)(r->p[i] - '0') < 10)
		i++;
	return i;
}

bool run_is_plain_scalar(const struct rd *r)
{
	for (size_t i = 0; i < r->len; i++)
		if ((r->p[i] < 0x20 && r->p[i] != '\t') || r->p[i] >= 0x7f)
			return false;
	return true;
}

bool run_is_plain(const struct rd *r)
{
	struct rd rest = *r;

	for (size_t n = run_ascii(&rest); rd_skip(&rest, n) && rest.len; n = run_ascii(&rest))
		if (!rd_word(&rest, "\t"))
			return false;
	return true;
}

static bool is_of_lines(uint8_t c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
}

bool run_is_lines_scalar(const struct rd *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (!is_of_lines(r->p[i]))
			return false;
	return true;
}

bool run_is_lines(const struct rd *r)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= r->len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + i));
		/* Signed: bytes from 0x80 up are negative, so below 0x20 as well. */
		__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
		__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));
		__m128i tab = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\t')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
		__m128i ok = _mm_or_si128(tab, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));

		if (_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(ok, low), del)))
			return false;
	}
#endif
	while (i < r->len && is_of_lines(r->p[i]))
		i++;
	return i == r->len;
}

static bool goes_on(uint8_t c)
{
	return c < 0x80 && c != '\n' && c != '\r';
}

size_t run_of_line_scalar(const struct rd *r)
{
	size_t i = 0;

	while (i < r->len && goes_on(r->p[i]))
		i++;
	return i;
}

size_t run_of_line(const struct rd *r)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= r->len; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + i));
		__m128i end = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
		unsigned stop = (unsigned)_mm_movemask_epi8(_mm_or_si128(end, v));

		if (stop)
			return i + (size_t)__builtin_ctz(stop);
	}
#endif
	while (i < r->len && goes_on(r->p[i]))
		i++;
	return i;
}
