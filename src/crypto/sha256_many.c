/*
 * Is:        SHA-256 of many messages (FIPS 180-4): sixteen at once, one in each 32-bit
 *            lane of a 512-bit register.
 * Is not:    a second SHA-256 for anything else: where the processor has no AVX-512, or for
 *            few or long messages, sha256_two's does them two by two.
 * Called by: whoever hashes many leaves or nodes of a tree.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: the hot loop of every tree; it lays out its blocks by
 *            hand, in buffers of its own whose size it has checked.
 *
 * The processor's own rounds for SHA-256 keep one unit busy that every round needs, with two
 * messages already; sixteen in plain arithmetic use two units, and take two thirds of the time.
 */
#include "crypto/sha256_lanes.h"

#include <string.h>

/* Messages at[0] to at[n - 1]; all of n in turn when `at` is NULL. */
static void two_by_two(uint8_t prefix, const struct rd *in, const uint16_t *at, size_t n, uint8_t *out)
{
	uint8_t unused[SHA256_LEN];

	for (size_t i = 0; i < n; i += 2) {
		size_t first = at ? at[i] : i, second = i + 1 == n ? first : at ? at[i + 1] : i + 1;
		sha256_two(prefix, in[first], second == first ? rd_of(NULL, 0) : in[second], &out[first * SHA256_LEN],
		    second == first ? unused : &out[second * SHA256_LEN]);
	}
}

#if defined(__x86_64__)

#include <immintrin.h>

#define WITH_LANES __attribute__((target("avx512f,avx512bw")))
enum { LANES = 16, WORDS = 16 /* of a block */, ENOUGH = 11 /* fewer are quicker two by two */,
	SORTED_MAX = 256 };

/* Sixteen rows of sixteen words become columns: four by four within each quarter, then the
 * quarters. */
WITH_LANES static inline void transpose(__m512i v[WORDS])
{
	__m512i t[WORDS] __attribute__((uninitialized));

#pragma GCC unroll 4
	for (int i = 0; i < 16; i += 4) {
		__m512i ab = _mm512_unpacklo_epi32(v[i], v[i + 1]), ab_high = _mm512_unpackhi_epi32(v[i], v[i + 1]);
		__m512i cd = _mm512_unpacklo_epi32(v[i + 2], v[i + 3]), cd_high = _mm512_unpackhi_epi32(v[i + 2], v[i + 3]);
		t[i] = _mm512_unpacklo_epi64(ab, cd);
		t[i + 1] = _mm512_unpackhi_epi64(ab, cd);
		t[i + 2] = _mm512_unpacklo_epi64(ab_high, cd_high);
		t[i + 3] = _mm512_unpackhi_epi64(ab_high, cd_high);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		__m512i even = _mm512_shuffle_i32x4(t[i], t[i + 4], 0x88), odd = _mm512_shuffle_i32x4(t[i], t[i + 4], 0xdd);
		__m512i even2 = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0x88), odd2 = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0xdd);
		v[i] = _mm512_shuffle_i32x4(even, even2, 0x88);
		v[i + 8] = _mm512_shuffle_i32x4(even, even2, 0xdd);
		v[i + 4] = _mm512_shuffle_i32x4(odd, odd2, 0x88);
		v[i + 12] = _mm512_shuffle_i32x4(odd, odd2, 0xdd);
	}
}

#define XOR3(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define CHOOSE(e, f, g) _mm512_ternarylogic_epi32(e, f, g, 0xca)
#define MAJORITY(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0xe8)
#define TURN(v, n) _mm512_ror_epi32(v, n)
#define ADD(a, b) _mm512_add_epi32(a, b)

/* One block of each message, transposed into `w`. Unrolled by the compiler: the eight words of
 * the state change their names from round to round and stay in their registers. */
WITH_LANES static inline void rounds(__m512i state[8], __m512i w[WORDS])
{
	__m512i s[8] __attribute__((uninitialized));

#pragma GCC unroll 8
	for (int k = 0; k < 8; k++)
		s[k] = state[k];
#pragma GCC unroll 64
	for (int i = 0; i < 64; i++) {
#define S(k) s[((k) + 64 - i) % 8]
		if (i >= WORDS) {
			__m512i old = w[(i + 1) % WORDS], young = w[(i + 14) % WORDS];
			__m512i both = ADD(XOR3(TURN(old, 7), TURN(old, 18), _mm512_srli_epi32(old, 3)),
			    XOR3(TURN(young, 17), TURN(young, 19), _mm512_srli_epi32(young, 10)));
			w[i % WORDS] = ADD(ADD(w[i % WORDS], w[(i + 9) % WORDS]), both);
		}
		__m512i e = S(4), a = S(0);
		__m512i first = ADD(ADD(ADD(S(7), w[i % WORDS]), _mm512_set1_epi32((int)sha256_k[i])),
		    ADD(XOR3(TURN(e, 6), TURN(e, 11), TURN(e, 25)), CHOOSE(e, S(5), S(6))));
		S(3) = ADD(S(3), first);
		S(7) = ADD(first, ADD(XOR3(TURN(a, 2), TURN(a, 13), TURN(a, 22)), MAJORITY(a, S(1), S(2))));
#undef S
	}
#pragma GCC unroll 8
	for (int k = 0; k < 8; k++)
		state[k] = ADD(state[k], s[k]);
}

WITH_LANES static void load_blocks(const uint8_t raw[LANES][SHA256_BLOCKS_MAX * SHA256_BLOCK_LEN],
    const size_t *n_blocks, size_t block, __m512i w[WORDS])
{
	const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));

	/* A lane that has ended goes over its first block again, to no effect. */
	for (int k = 0; k < LANES; k++)
		w[k] = _mm512_shuffle_epi8(_mm512_loadu_si512(&raw[k][block < n_blocks[k] ? block * SHA256_BLOCK_LEN : 0]), swap);
	transpose(w);
}

/* in[at[k]] for k below `n`, which is at most LANES; each at most SHA256_LANE_MAX long. */
WITH_LANES static void sixteen(uint8_t prefix, const struct rd *in, const uint16_t *at, size_t n, uint8_t *out)
{
	static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	/* Rule Zero: not set to zero before use; sha256_pad and what follows write each byte that is read. */
	uint8_t raw[LANES][SHA256_BLOCKS_MAX * SHA256_BLOCK_LEN] __attribute__((uninitialized));
	uint32_t words[8][LANES] __attribute__((uninitialized));
	__m512i s[8] __attribute__((uninitialized)), before[8] __attribute__((uninitialized));
	__m512i w[WORDS] __attribute__((uninitialized));
	size_t n_blocks[LANES], most = 0;

	for (size_t k = 0; k < LANES; k++) {
		n_blocks[k] = sha256_pad(prefix, in[at[k < n ? k : 0]], raw[k]);
		most = n_blocks[k] > most ? n_blocks[k] : most;
	}
	for (int k = 0; k < 8; k++)
		s[k] = _mm512_set1_epi32((int)start[k]);
	for (size_t b = 0; b < most; b++) {
		__mmask16 goes_on = 0;
		for (size_t k = 0; k < LANES; k++)
			goes_on |= (__mmask16)((b < n_blocks[k]) << k);
		load_blocks(raw, n_blocks, b, w);
		memcpy(before, s, sizeof(before));
		rounds(s, w);
		for (int k = 0; k < 8; k++)
			s[k] = _mm512_mask_mov_epi32(before[k], goes_on, s[k]);
	}
	for (int k = 0; k < 8; k++)
		_mm512_storeu_si512(words[k], s[k]);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < 8; i++) {
			uint32_t v = __builtin_bswap32(words[i][k]);
			memcpy(&out[at[k] * SHA256_LEN + 4 * i], &v, sizeof(v));
		}
}

static size_t class_of(struct rd message)
{
	return message.len <= SHA256_LANE_MAX ? sha256_blocks(message.len) : SHA256_BLOCKS_MAX + 1;
}

/* Numbers of at most SORTED_MAX messages: those of as many blocks side by side, long ones last.
 * Returns how many are not long. */
static size_t sort(const struct rd *in, size_t n, uint16_t *at)
{
	size_t begin[SHA256_BLOCKS_MAX + 3] = { 0 }, n_short;

	for (size_t k = 0; k < n; k++)
		begin[class_of(in[k]) + 1]++;
	for (size_t b = 1; b < SHA256_BLOCKS_MAX + 3; b++)
		begin[b] += begin[b - 1];
	n_short = begin[SHA256_BLOCKS_MAX + 1];
	for (size_t k = 0; k < n; k++)
		at[begin[class_of(in[k])]++] = (uint16_t)k;
	return n_short;
}

static void in_lanes(uint8_t prefix, const struct rd *in, size_t n, uint8_t *out)
{
	uint16_t at[SORTED_MAX] __attribute__((uninitialized));
	size_t n_short = sort(in, n, at), i = 0;

	for (size_t some; n_short - i >= ENOUGH; i += some) {
		some = n_short - i < LANES ? n_short - i : LANES;
		sixteen(prefix, in, &at[i], some, out);
	}
	two_by_two(prefix, in, &at[i], n - i, out);
}

void sha256_many(uint8_t prefix, const struct rd *in, size_t n, uint8_t *out)
{
	bool has_lanes = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");

	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < SORTED_MAX ? n - i : SORTED_MAX;
		if (has_lanes && some >= ENOUGH)
			in_lanes(prefix, &in[i], some, &out[i * SHA256_LEN]);
		else
			two_by_two(prefix, &in[i], NULL, some, &out[i * SHA256_LEN]);
	}
}

#else

void sha256_many(uint8_t prefix, const struct rd *in, size_t n, uint8_t *out)
{
	two_by_two(prefix, in, NULL, n, out);
}

#endif
