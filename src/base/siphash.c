/*
 * Is:        SipHash-2-4 (contract in the header).
 * Is not:    a hash without a key.
 * Called by: map.c, inspect/, proc/.
 * Owns:      nothing.
 * Trust:     see siphash.h.
 */
#include "base/siphash.h"

#include "base/assert.h"

static inline uint64_t rotl(uint64_t v, unsigned k)
{
	return v << k | v >> (64 - k);
}

static inline void rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] = rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] = rotl(v[2], 32);
	}
}

static inline void add(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

/* The last bytes, fewer than eight, little endian as all of SipHash. */
static inline uint64_t tail(struct rd *r)
{
	uint64_t word = 0;
	unsigned shift = 0;
	uint32_t four;
	uint16_t two;
	uint8_t one;

	if (rd_u32(r, &four)) {
		word = __builtin_bswap32(four);
		shift = 32;
	}
	if (rd_u16(r, &two)) {
		word |= (uint64_t)__builtin_bswap16(two) << shift;
		shift += 16;
	}
	if (rd_u8(r, &one))
		word |= (uint64_t)one << shift;
	return word;
}

void siphash_key(const uint8_t raw[SIPHASH_KEY_LEN], uint64_t out[2])
{
	struct rd r = rd_of(raw, SIPHASH_KEY_LEN);

	for (int k = 0; k < 2; k++) {
		if (!rd_u64(&r, &out[k]))
			UNREACHABLE();
		out[k] = __builtin_bswap64(out[k]);
	}
}

uint64_t siphash(const uint64_t key[2], struct rd r)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u };
	const uint64_t len = (uint64_t)r.len << 56;
	uint64_t word;

	while (rd_u64(&r, &word))
		add(v, __builtin_bswap64(word));
	add(v, len | tail(&r));
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
