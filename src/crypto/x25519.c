/*
 * Is:        X25519 over libsodium.
 * Is not:    a format.
 * Called by: evidence (age), index.
 * Owns:      nothing.
 * Trust:     hostile public keys.
 */
#include "crypto/x25519.h"

#include <sodium.h>

#include "base/assert.h"
#include "crypto/secret.h"
#include "crypto/start.h"

_Static_assert(crypto_scalarmult_BYTES == X25519_LEN, "RFC 7748");

void x25519_public(const struct secret *scalar, struct x25519_pub *out)
{
	ASSERT(scalar->len == X25519_LEN);
	crypto_start();
	ASSERT(crypto_scalarmult_base(out->b, scalar->p) == 0);
}

bool x25519_shared(const struct secret *scalar, const struct x25519_pub *peer, struct secret *out)
{
	struct secret s;

	ASSERT(scalar->len == X25519_LEN);
	secret_init(&s, X25519_LEN);
	if (crypto_scalarmult(s.p, scalar->p, peer->b) != 0) {
		secret_done(&s);
		return false;
	}
	*out = s;
	return true;
}
