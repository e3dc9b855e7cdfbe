/*
 * Is:        SHA-256 over OpenSSL's low-level functions.
 * Is not:    EVP: fetching an algorithm costs more than hashing a tree node, and
 *            drags the whole library into a process (README.md).
 * Called by: hmac.c, and every folder above that hashes.
 * Owns:      nothing.
 * Trust:     hostile bytes. Rule Zero: sha256_pair is the hot loop of every
 *            tree and lays its two blocks out by hand, with constant offsets.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/assert.h"

_Static_assert(sizeof(struct sha256) >= sizeof(SHA256_CTX), "struct sha256 holds OpenSSL's state");
_Static_assert(_Alignof(struct sha256) >= _Alignof(SHA256_CTX), "and is aligned for it");

static SHA256_CTX *ctx_of(struct sha256 *s)
{
	return (SHA256_CTX *)(void *)s;
}

/* The functions below can only fail on a broken library. */
static void must(int ok)
{
	ASSERT(ok == 1);
}

void sha256_init(struct sha256 *s)
{
	must(SHA256_Init(ctx_of(s)));
}

void sha256_update(struct sha256 *s, struct rd data)
{
	if (data.len)
		must(SHA256_Update(ctx_of(s), data.p, data.len));
}

void sha256_final(struct sha256 *s, uint8_t out[SHA256_LEN])
{
	must(SHA256_Final(out, ctx_of(s)));
}

void sha256_of(struct rd data, uint8_t out[SHA256_LEN])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, data);
	sha256_final(&s, out);
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

void sha256_pair(uint8_t prefix, const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	/* 65 bytes, 0x80, zeros, and 520 = 0x0208 bits: two blocks. */
	uint8_t block[2 * SHA256_BLOCK_LEN];
	SHA256_CTX c;

	block[0] = prefix;
	memcpy(block + 1, left, SHA256_LEN);
	memcpy(block + 33, right, SHA256_LEN);
	memset(block + 65, 0, sizeof(block) - 65);
	block[65] = 0x80;
	block[126] = 0x02;
	block[127] = 0x08;
	must(SHA256_Init(&c));
	SHA256_Transform(&c, block);
	SHA256_Transform(&c, block + SHA256_BLOCK_LEN);
	for (size_t i = 0; i < 8; i++)
		put_u32(&out[4 * i], c.h[i]);
}
