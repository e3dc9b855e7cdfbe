/*
 * Is:        the length of a run of printable ASCII, or digits; whether all is plain; the digits
 *            at a place (contracts in the header).
 * Is not:    a parser.
 * Called by: tokens.c, strip.c, traced.c, judge_number.c, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: reads 16 bytes at a time through SSE2, which
 *            every x86-64 has, because these loops are the cost of a terminal
 *            and of a list of numbers; each load lies inside r->len.
 */
#include "inspect/run.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ascii.h"

/* --- classes: of one byte, and of sixteen at once, a bit for each that is not of it ------------- */

static bool is_ascii(uint32_t c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool is_nul(uint32_t c)
{
	return c == 0;
}

static bool is_plain(uint32_t c)
{
	return is_ascii(c) || c == '\t';
}

static bool is_of_lines(uint32_t c)
{
	return is_ascii(c) || c == '\t' || c == '\n' || c == '\r';
}

static bool is_wordy(uint32_t c)
{
	return !is_digit(c) && c != ':' && c != '@';
}

static bool goes_on(uint32_t c)
{
	return c < 0x80 && c != '\n' && c != '\r';
}

#ifdef __SSE2__
typedef __m128i sixteen;

static inline sixteen equal(sixteen v, char c)
{
	return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* Signed: bytes from 0x80 up are negative, so below 0x20 as well. */
static inline sixteen outside_ascii(sixteen v)
{
	return _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)), equal(v, 0x7f));
}

static inline unsigned not_ascii(sixteen v)
{
	return (unsigned)_mm_movemask_epi8(outside_ascii(v));
}

static inline unsigned not_nul(sixteen v)
{
	return 0xffffu & ~(unsigned)_mm_movemask_epi8(equal(v, 0));
}

/* Signed: counted from -128 on, what is below '0' is far above the rest. */
static inline unsigned not_digits(sixteen v)
{
	const sixteen from = _mm_add_epi8(v, _mm_set1_epi8((char)(0x80 - '0')));

	return 0xffffu & ~(unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(from, _mm_set1_epi8(-128 + 10)));
}

static inline unsigned not_plain(sixteen v)
{
	return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(equal(v, '\t'), outside_ascii(v)));
}

static inline unsigned not_of_lines(sixteen v)
{
	const sixteen ok = _mm_or_si128(_mm_or_si128(equal(v, '\t'), equal(v, '\r')), equal(v, '\n'));

	return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(ok, outside_ascii(v)));
}

static inline unsigned not_wordy(sixteen v)
{
	return (0xffffu ^ not_digits(v)) | (unsigned)_mm_movemask_epi8(_mm_or_si128(equal(v, ':'), equal(v, '@')));
}

static inline unsigned not_going_on(sixteen v)
{
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(equal(v, '\n'), equal(v, '\r')), v));
}

/* The first place that is outside, or the last less than sixteen bytes. */
static inline __attribute__((always_inline)) size_t sixteens(const struct rd *r, unsigned (*outside)(sixteen))
{
	size_t at = 0;

	for (; at + 16 <= r->len; at += 16) {
		const unsigned bad = outside(_mm_loadu_si128((const __m128i *)(const void *)(r->p + at)));

		if (bad)
			return at + (size_t)__builtin_ctz(bad);
	}
	return at;
}

#define SIXTEENS(r, outside) sixteens(r, outside)
#else
#define SIXTEENS(r, outside) 0
#endif

static inline __attribute__((always_inline)) size_t one_by_one(const struct rd *r, size_t at, bool (*is)(uint32_t))
{
	while (at < r->len && is(r->p[at]))
		at++;
	return at;
}

/* --- runs --------------------------------------------------------------------------------------- */

size_t run_ascii(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_ascii), is_ascii);
}

size_t run_nul(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_nul), is_nul);
}

size_t run_digits_scalar(const struct rd *r)
{
	return one_by_one(r, 0, is_digit);
}

size_t run_digits(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_digits), is_digit);
}

bool run_is_lines_scalar(const struct rd *r)
{
	return one_by_one(r, 0, is_of_lines) == r->len;
}

bool run_is_lines(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_of_lines), is_of_lines) == r->len;
}

size_t run_of_line_scalar(const struct rd *r)
{
	return one_by_one(r, 0, goes_on);
}

size_t run_of_line(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_going_on), goes_on);
}

bool run_is_wordy_scalar(const struct rd *r)
{
	return one_by_one(r, 0, is_wordy) == r->len;
}

bool run_is_wordy(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_wordy), is_wordy) == r->len;
}

bool run_is_plain_scalar(const struct rd *r)
{
	return one_by_one(r, 0, is_plain) == r->len;
}

bool run_is_plain(const struct rd *r)
{
	return one_by_one(r, SIXTEENS(r, not_plain), is_plain) == r->len;
}

size_t run_copy(const uint8_t *text, size_t n, uint8_t *out, size_t at)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		const sixteen v = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
		/* Signed: bytes from 0x80 up are negative. */
		const unsigned bad = (unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(v, _mm_set1_epi8(1)));

		_mm_storeu_si128((__m128i *)(void *)(out + at + i), v);
		if (bad)
			return i + (size_t)__builtin_ctz(bad);
	}
#endif
	for (; i < n && text[i] && text[i] < 0x80; i++)
		out[at + i] = text[i];
	return i;
}

/* --- places ------------------------------------------------------------------------------------- */

static void look_scalar(const uint8_t *p, struct look *out)
{
	out->digits = 0;
	for (unsigned k = 0; k < LOOK_LEN; k++) {
		out->d[k] = (uint8_t)(p[k] - '0');
		out->digits |= (uint64_t)is_digit(p[k]) << k;
	}
}

#ifdef __SSE2__
static inline uint64_t look_sixteen(const uint8_t *p, uint8_t *d)
{
	const sixteen v = _mm_loadu_si128((const __m128i *)(const void *)p);

	_mm_storeu_si128((__m128i *)(void *)d, _mm_sub_epi8(v, _mm_set1_epi8('0')));
	return 0xffff ^ not_digits(v);
}

static inline void look(const uint8_t *p, struct look *out)
{
	out->digits = look_sixteen(p, out->d) | look_sixteen(p + 16, out->d + 16) << 16 |
		      look_sixteen(p + 32, out->d + 32) << 32 | look_sixteen(p + 48, out->d + 48) << 48;
}
#else
#define look look_scalar
#endif

/* Near the end. Apart, for most places do without such an array. */
static __attribute__((noinline)) void look_padded(struct look *out, void (*fn)(const uint8_t *, struct look *))
{
	uint8_t pad[LOOK_LEN] = { 0 };

	memcpy(pad, out->text.p, out->text.len < LOOK_LEN ? out->text.len : LOOK_LEN);
	fn(pad, out);
}

static inline void look_at(const struct rd *all, size_t at, struct look *out, void (*fn)(const uint8_t *, struct look *))
{
	out->text = (struct rd){ all->p + at, all->len - at };
	if (out->text.len >= LOOK_LEN)
		fn(out->text.p, out);
	else
		look_padded(out, fn);
}

void run_look_scalar(const struct rd *all, size_t at, struct look *out)
{
	look_at(all, at, out, look_scalar);
}

void run_look(const struct rd *all, size_t at, struct look *out)
{
	look_at(all, at, out, look);
}

void run_hex_scalar(const struct look *l, uint64_t *letters, uint64_t *gaps)
{
	*letters = *gaps = 0;
	for (unsigned k = 0; k < LOOK_LEN; k++) {
		const uint8_t c = (uint8_t)(l->d[k] + '0');

		*letters |= (uint64_t)((uint8_t)((c | 0x20) - 'a') < 6) << k;
		*gaps |= (uint64_t)(c == ' ' || c == ':') << k;
	}
}

#ifdef __SSE2__
void run_hex(const struct look *l, uint64_t *letters, uint64_t *gaps)
{
	*letters = *gaps = 0;
	for (unsigned k = 0; k < LOOK_LEN; k += 16) {
		const sixteen d = _mm_loadu_si128((const __m128i *)(const void *)(l->d + k));
		const sixteen v = _mm_add_epi8(d, _mm_set1_epi8('0')), low = _mm_or_si128(v, _mm_set1_epi8(0x20));
		const sixteen is = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)), _mm_cmplt_epi8(low, _mm_set1_epi8('g')));
		const sixteen gap = _mm_or_si128(equal(v, ' '), equal(v, ':'));

		*letters |= (uint64_t)(unsigned)_mm_movemask_epi8(is) << k;
		*gaps |= (uint64_t)(unsigned)_mm_movemask_epi8(gap) << k;
	}
}
#else
void run_hex(const struct look *l, uint64_t *letters, uint64_t *gaps)
{
	run_hex_scalar(l, letters, gaps);
}
#endif

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
