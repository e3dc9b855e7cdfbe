/*
 * Is:        SHA-256 of two messages at once (FIPS 180-4), with the processor's own rounds.
 * Is not:    a second SHA-256 for anything else: where the processor has none of these
 *            instructions, or a message is long, sha256.h's does it one after the other.
 * Called by: whoever hashes many leaves or nodes of a tree.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: the hot loop of every tree; it lays out its blocks by
 *            hand, in buffers of its own whose size it has checked.
 *
 * Each round waits for the one before it, so that one message leaves the unit idle half of
 * the time; a second one fills it. No library of Debian 12 that can be linked statically has
 * this without a scheduler of jobs around it.
 */
#include "crypto/sha256_lanes.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "base/assert.h"

const uint32_t sha256_k[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

size_t sha256_pad(uint8_t prefix, struct rd message, uint8_t *out)
{
	size_t len = message.len + 1, n = sha256_blocks(message.len);
	uint64_t bits = __builtin_bswap64((uint64_t)len * 8);

	out[0] = prefix;
	if (!rd_copy(&message, &out[1], message.len))
		UNREACHABLE();
	memset(&out[len], 0, n * SHA256_BLOCK_LEN - 8 - len);
	out[len] = 0x80;
	memcpy(&out[n * SHA256_BLOCK_LEN - 8], &bits, sizeof(bits));
	return n;
}

static void one_after_the_other(uint8_t prefix, struct rd a, struct rd b, uint8_t *out_a, uint8_t *out_b)
{
	struct rd first = rd_of(&prefix, 1);
	struct sha256 s, t;

	sha256_init(&s);
	sha256_update(&s, first);
	sha256_update(&s, a);
	sha256_init(&t);
	sha256_update(&t, first);
	sha256_update(&t, b);
	sha256_final(&s, out_a);
	sha256_final(&t, out_b);
}

#if defined(__x86_64__)

#define WITH_ROUNDS __attribute__((target("sha,sse4.1")))

WITH_ROUNDS static inline __m128i load(const void *from)
{
	__m128i v;

	memcpy(&v, from, sizeof(v));
	return v;
}

/* The state as the instructions want it: words a b e f and c d g h, each highest first. */
struct lane {
	__m128i abef, cdgh;
};

WITH_ROUNDS static inline struct lane lane_start(void)
{
	return (struct lane){ .abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
		.cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19) };
}

/* One block of each of `n` (1 or 2) messages. Unrolled by the compiler: the words of the
 * schedule stay in registers, four at a time in a ring. */
WITH_ROUNDS static inline __attribute__((always_inline)) void rounds(struct lane *l, const uint8_t *const *block, int n)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	struct lane s[2];
	__m128i w[2][4], m;

	for (int k = 0; k < n; k++) {
		s[k] = l[k];
		for (int i = 0; i < 4; i++)
			w[k][i] = _mm_shuffle_epi8(load(&block[k][16 * i]), swap);
	}
#pragma GCC unroll 16
	for (int i = 0; i < 16; i++) {
		const __m128i c = load(&sha256_k[4 * i]);
#pragma GCC unroll 2
		for (int k = 0; k < n; k++) {
			m = _mm_add_epi32(w[k][i % 4], c);
			s[k].cdgh = _mm_sha256rnds2_epu32(s[k].cdgh, s[k].abef, m);
			s[k].abef = _mm_sha256rnds2_epu32(s[k].abef, s[k].cdgh, _mm_shuffle_epi32(m, 0x0e));
			if (i >= 12)
				continue;
			/* Words 4i + 16 to 4i + 19 take the place of 4i to 4i + 3. */
			m = _mm_sha256msg1_epu32(w[k][i % 4], w[k][(i + 1) % 4]);
			m = _mm_add_epi32(m, _mm_alignr_epi8(w[k][(i + 3) % 4], w[k][(i + 2) % 4], 4));
			w[k][i % 4] = _mm_sha256msg2_epu32(m, w[k][(i + 3) % 4]);
		}
	}
	for (int k = 0; k < n; k++) {
		l[k].abef = _mm_add_epi32(l[k].abef, s[k].abef);
		l[k].cdgh = _mm_add_epi32(l[k].cdgh, s[k].cdgh);
	}
}

WITH_ROUNDS static void lane_end(const struct lane *l, uint8_t *out)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i ab_ef = _mm_shuffle_epi32(l->abef, 0x1b), cd_gh = _mm_shuffle_epi32(l->cdgh, 0x1b); /* a b e f, c d g h */
	__m128i high = _mm_shuffle_epi8(_mm_unpacklo_epi64(ab_ef, cd_gh), swap);
	__m128i low = _mm_shuffle_epi8(_mm_unpackhi_epi64(ab_ef, cd_gh), swap);

	memcpy(&out[0], &high, sizeof(high));
	memcpy(&out[16], &low, sizeof(low));
}

WITH_ROUNDS static void both(uint8_t prefix, struct rd a, struct rd b, uint8_t *out_a, uint8_t *out_b)
{
	/* Rule Zero: not set to zero before use; sha256_pad writes each byte that is read. */
	uint8_t raw[2][SHA256_BLOCKS_MAX * SHA256_BLOCK_LEN] __attribute__((uninitialized));
	struct lane l[2] = { lane_start(), lane_start() };
	size_t n[2] = { sha256_pad(prefix, a, raw[0]), sha256_pad(prefix, b, raw[1]) }, i = 0;

	for (; i < n[0] && i < n[1]; i++)
		rounds(l, (const uint8_t *const[]){ &raw[0][i * SHA256_BLOCK_LEN], &raw[1][i * SHA256_BLOCK_LEN] }, 2);
	for (int k = 0; k < 2; k++)
		for (size_t rest = i; rest < n[k]; rest++)
			rounds(&l[k], (const uint8_t *const[]){ &raw[k][rest * SHA256_BLOCK_LEN] }, 1);
	lane_end(&l[0], out_a);
	lane_end(&l[1], out_b);
}

static bool has_rounds(void)
{
	static int known; /* 1: it has them; -1: not */
	unsigned a = 0, b = 0, c = 0, d = 0;
	bool has_sse41;

	if (known)
		return known > 0;
	has_sse41 = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && (c & bit_SSSE3);
	known = has_sse41 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) ? 1 : -1;
	return known > 0;
}

void sha256_two(uint8_t prefix, struct rd a, struct rd b, uint8_t *out_a, uint8_t *out_b)
{
	if (a.len <= SHA256_LANE_MAX && b.len <= SHA256_LANE_MAX && has_rounds())
		both(prefix, a, b, out_a, out_b);
	else
		one_after_the_other(prefix, a, b, out_a, out_b);
}

#else

void sha256_two(uint8_t prefix, struct rd a, struct rd b, uint8_t *out_a, uint8_t *out_b)
{
	one_after_the_other(prefix, a, b, out_a, out_b);
}

#endif
