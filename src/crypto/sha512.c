/*
 * Is:        SHA-512 over libsodium.
 * Is not:    for what we hash ourselves.
 * Called by: proc/approval_check.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "crypto/sha512.h"

#include <sodium.h>

#include "base/assert.h"

_Static_assert(SHA512_LEN == crypto_hash_sha512_BYTES, "libsodium's length");

void sha512_of(struct rd data, uint8_t out[SHA512_LEN])
{
	ASSERT(crypto_hash_sha512(out, data.p, data.len) == 0);
}
