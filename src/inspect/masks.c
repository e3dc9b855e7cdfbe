/*
 * Is:        bytes to bits (contract in the header).
 * Is not:    a parser.
 * Called by: decode.c, decode_line.c, decode_radix.c, inspector_layer.c, opaque.c, strip.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: reads 16 bytes at a time through SSE2, which
 *            every x86-64 has, because every byte of text passes here; each load lies
 *            inside the text.
 */
#include "inspect/masks.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ascii.h"
#include "base/assert.h"

enum { WORD = 16, DIGITS_MIN = MASKS_WEIGHT_MIN };

static void set(struct masks *m, size_t i, uint8_t c)
{
	const uint64_t bit = (uint64_t)1 << i % MASKS_BITS;
	const size_t w = i / MASKS_BITS;
	const bool digit = is_digit(c);

	m->digit[w] |= digit ? bit : 0;
	m->alnum[w] |= digit || is_alpha(c) ? bit : 0;
	m->to_j[w] |= (c | 0x20) >= 'a' && (c | 0x20) <= 'j' ? bit : 0;
	m->dot[w] |= c == '.' ? bit : 0;
	m->newline[w] |= c == '\n' ? bit : 0;
}

static void clear(const struct rd *text, struct masks *m)
{
	ASSERT(text->len <= MASKS_MAX);
	m->n = (text->len + MASKS_BITS - 1) / MASKS_BITS;
	for (size_t w = 0; w < m->n; w++) {
		m->digit[w] = m->alnum[w] = m->to_j[w] = m->dot[w] = m->newline[w] = 0;
		/* Else gcc makes five `rep stos` of it, which cost a short line more than all else. */
		__asm__ volatile("" ::: "memory");
	}
}

void masks_of_scalar(const struct rd *text, struct masks *m)
{
	clear(text, m);
	for (size_t i = 0; i < text->len; i++)
		set(m, i, text->p[i]);
}

size_t masks_long_word_scalar(const struct rd *text, size_t at)
{
	size_t begin = at;

	for (size_t i = at; i < text->len && i - begin < WORD; i++)
		if (text->p[i] <= ' ')
			begin = i + 1;
	return begin;
}

/* From `at` on. */
static size_t to_ends(const struct rd *text, size_t at)
{
	for (; at < text->len; at++)
		if (text->p[at] == '\r' || (text->p[at] == '\n' && at + 1 < text->len && masks_ends_line(text->p[at + 1])))
			break;
	return at;
}

size_t masks_to_ends_scalar(const struct rd *text)
{
	return to_ends(text, 0);
}

/* From `at` on. */
static size_t to_dash(const struct rd *text, size_t at)
{
	while (at < text->len && text->p[at] < 0x80 && !(text->p[at] == '-' && at > 0 && masks_ends_line(text->p[at - 1])))
		at++;
	return at;
}

size_t masks_to_dash_scalar(const struct rd *text)
{
	return to_dash(text, 0);
}

size_t masks_mark_scalar(const struct rd *bytes, size_t at)
{
	while (at + 1 < bytes->len && !masks_is_mark(bytes->p[at], bytes->p[at + 1]))
		at++;
	return at + 1 < bytes->len ? at : bytes->len;
}

/* From `at` on. */
static size_t weight(const struct rd *text, size_t at)
{
	size_t n = 0;

	for (size_t i = at; i < text->len; i++)
		n += text->p[i] == '@' ? DIGITS_MIN : is_digit(text->p[i]);
	return n;
}

size_t masks_weight_scalar(const struct rd *text)
{
	return weight(text, 0);
}

bool masks_may_identify_scalar(const struct rd *text)
{
	unsigned digits = 0;

	for (size_t i = 0; i < text->len; i++) {
		digits += is_digit(text->p[i]);
		if (digits >= DIGITS_MIN || text->p[i] == '@')
			return true;
	}
	return false;
}

#ifdef __SSE2__
/* Bytes lo .. lo + n - 1: moved to the bottom of the signed range, they are below n. */
static __m128i between(__m128i v, char lo, char n)
{
	const __m128i low = _mm_set1_epi8((char)-128);

	return _mm_cmplt_epi8(_mm_add_epi8(_mm_sub_epi8(v, _mm_set1_epi8(lo)), low), _mm_add_epi8(low, _mm_set1_epi8(n)));
}

static __m128i load(const struct rd *text, size_t i)
{
	return _mm_loadu_si128((const __m128i *)(const void *)(text->p + i));
}

static uint64_t bits(__m128i v)
{
	return (unsigned)_mm_movemask_epi8(v);
}

/* Adds the last `n` of the 16 bytes in `v`, which are the text's from byte `i` on. */
static void add(struct masks *m, size_t i, __m128i v, unsigned n)
{
	const __m128i digit = between(v, '0', 10);
	const __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20)), letter = between(folded, 'a', 26);
	const size_t w = i / MASKS_BITS, at = i % MASKS_BITS;

	m->digit[w] |= bits(digit) >> (WORD - n) << at;
	m->alnum[w] |= bits(_mm_or_si128(digit, letter)) >> (WORD - n) << at;
	m->to_j[w] |= bits(between(folded, 'a', 10)) >> (WORD - n) << at;
	m->dot[w] |= bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))) >> (WORD - n) << at;
	m->newline[w] |= bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n'))) >> (WORD - n) << at;
}

void masks_of(const struct rd *text, struct masks *m)
{
	size_t i = 0;

	clear(text, m);
	if (text->len < WORD) {
		uint8_t pad[WORD] = { 0 };

		for (; i < text->len; i++)
			pad[i] = text->p[i];
		add(m, 0, _mm_loadu_si128((const __m128i *)(const void *)pad), WORD);
		return;
	}
	for (; i + WORD <= text->len; i += WORD)
		add(m, i, load(text, i), WORD);
	if (i < text->len)
		add(m, i, load(text, text->len - WORD), (unsigned)(text->len - i));
}

/* Bit i: byte at + i is above the blank. */
static uint64_t words_at(const struct rd *text, size_t at)
{
	uint64_t m = 0;

	for (unsigned i = 0; i < MASKS_BITS; i += WORD)
		m |= bits(between(load(text, at + i), 0, ' ' + 1)) << i;
	return ~m;
}

size_t masks_long_word(const struct rd *text, size_t at)
{
	while (at + MASKS_BITS <= text->len) {
		uint64_t m = words_at(text, at);

		m &= m >> 1;
		m &= m >> 2;
		m &= m >> 4;
		m &= m >> 8;
		if (m)
			return at + (size_t)__builtin_ctzll(m);
		at += MASKS_BITS - WORD + 1;
	}
	while (at + WORD <= text->len) {
		const unsigned blank = (unsigned)bits(between(load(text, at), 0, ' ' + 1));

		if (!blank)
			return at;
		/* No word of 16 begins at or before the last blank of these 16. */
		at += MASKS_BITS / 2 - (size_t)__builtin_clz(blank);
	}
	return masks_long_word_scalar(text, at);
}

/* Pairs of one mark, in the 17 bytes from `i` on. */
static __m128i pair(const struct rd *bytes, size_t i, uint8_t a, uint8_t b)
{
	return _mm_and_si128(_mm_cmpeq_epi8(load(bytes, i), _mm_set1_epi8((char)a)),
	    _mm_cmpeq_epi8(load(bytes, i + 1), _mm_set1_epi8((char)b)));
}

/* Bit k: a mark begins at i + k. */
static unsigned marks_at(const struct rd *bytes, size_t i)
{
	const __m128i gzip = pair(bytes, i, 0x1f, 0x8b), zstd = pair(bytes, i, 0x28, 0xb5);
	const __m128i xz = pair(bytes, i, 0xfd, '7'), bzip2 = pair(bytes, i, 'B', 'Z');

	return (unsigned)bits(_mm_or_si128(_mm_or_si128(gzip, zstd), _mm_or_si128(xz, bzip2)));
}

/* Whether one of the 64 bytes from `at` on may begin a mark: of each mark one byte is above ASCII, or
 * the second one is a Z. Reads 65. */
static bool may_mark(const struct rd *bytes, size_t at)
{
	__m128i any = _mm_setzero_si128();

	for (size_t i = at; i < at + MASKS_BITS; i += WORD) {
		const __m128i next = load(bytes, i + 1);

		any = _mm_or_si128(any, _mm_or_si128(_mm_or_si128(load(bytes, i), next), _mm_cmpeq_epi8(next, _mm_set1_epi8('Z'))));
	}
	return bits(any) != 0;
}

size_t masks_mark(const struct rd *bytes, size_t at)
{
	while (at + WORD < bytes->len) {
		const bool far = at + MASKS_BITS < bytes->len;
		const size_t end = far ? at + MASKS_BITS : bytes->len - WORD;

		if (far && !may_mark(bytes, at))
			at = end;
		for (; at < end; at += WORD) {
			const unsigned any = marks_at(bytes, at);

			if (any)
				return at + (size_t)__builtin_ctz(any);
		}
	}
	return masks_mark_scalar(bytes, at);
}

/* Which bytes end a line. */
static __m128i line_ends(__m128i v)
{
	return _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
}

size_t masks_to_ends(const struct rd *text)
{
	size_t at = 0;

	for (; at + WORD < text->len; at += WORD) {
		const __m128i v = load(text, at), cr = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
		const unsigned stop = (unsigned)bits(_mm_or_si128(cr, _mm_and_si128(line_ends(v), line_ends(load(text, at + 1)))));

		if (stop)
			return at + (size_t)__builtin_ctz(stop);
	}
	return to_ends(text, at);
}

size_t masks_to_dash(const struct rd *text)
{
	size_t at = 0;

	if (at < text->len && text->p[at] < 0x80)
		at++;
	for (; at > 0 && at + WORD <= text->len; at += WORD) {
		const __m128i v = load(text, at);
		const __m128i dash = _mm_and_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('-')), line_ends(load(text, at - 1)));
		const unsigned stop = (unsigned)bits(_mm_or_si128(v, dash));

		if (stop)
			return at + (size_t)__builtin_ctz(stop);
	}
	return to_dash(text, at);
}

/* Of the 16 bytes, how many are true. */
static unsigned count(__m128i v)
{
	const __m128i sum = _mm_sad_epu8(_mm_and_si128(v, _mm_set1_epi8(1)), _mm_setzero_si128());

	return (unsigned)_mm_extract_epi16(sum, 0) + (unsigned)_mm_extract_epi16(sum, 4);
}

size_t masks_weight(const struct rd *text)
{
	size_t n = 0, i = 0;

	for (; i + WORD <= text->len; i += WORD) {
		const __m128i v = load(text, i);

		n += count(between(v, '0', 10)) + DIGITS_MIN * count(_mm_cmpeq_epi8(v, _mm_set1_epi8('@')));
	}
	return n + weight(text, i);
}

bool masks_may_identify(const struct rd *text)
{
	unsigned digits = 0;
	size_t i = 0;

	for (; i + WORD <= text->len; i += WORD) {
		const __m128i v = load(text, i);

		digits += count(between(v, '0', 10));
		if (digits >= DIGITS_MIN || bits(_mm_cmpeq_epi8(v, _mm_set1_epi8('@'))))
			return true;
	}
	for (; i < text->len; i++) {
		digits += is_digit(text->p[i]);
		if (digits >= DIGITS_MIN || text->p[i] == '@')
			return true;
	}
	return false;
}
#else
size_t masks_mark(const struct rd *bytes, size_t at)
{
	return masks_mark_scalar(bytes, at);
}

bool masks_may_identify(const struct rd *text)
{
	return masks_may_identify_scalar(text);
}

size_t masks_weight(const struct rd *text)
{
	return masks_weight_scalar(text);
}

void masks_of(const struct rd *text, struct masks *m)
{
	masks_of_scalar(text, m);
}

size_t masks_long_word(const struct rd *text, size_t at)
{
	return masks_long_word_scalar(text, at);
}

size_t masks_to_ends(const struct rd *text)
{
	return masks_to_ends_scalar(text);
}

size_t masks_to_dash(const struct rd *text)
{
	return masks_to_dash_scalar(text);
}
#endif
