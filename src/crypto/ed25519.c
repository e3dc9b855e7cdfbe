/*
 * Is:        Ed25519 over libsodium.
 * Is not:    a format.
 * Called by: evidence, policy, proc, cli.
 * Owns:      private keys, in struct secret.
 * Trust:     hostile messages, keys and signatures.
 */
#include "crypto/ed25519.h"

#include <sodium.h>

#include "base/assert.h"
#include "crypto/start.h"

_Static_assert(crypto_sign_SEEDBYTES == ED25519_SEED_LEN, "RFC 8032");
_Static_assert(crypto_sign_PUBLICKEYBYTES == ED25519_PUB_LEN, "RFC 8032");
_Static_assert(crypto_sign_BYTES == ED25519_SIG_LEN, "RFC 8032");

void ed25519_key_init(struct ed25519_key *k, const struct secret *seed)
{
	ASSERT(seed->len == ED25519_SEED_LEN);
	secret_init(&k->secret, crypto_sign_SECRETKEYBYTES);
	ASSERT(crypto_sign_seed_keypair(k->pub.b, k->secret.p, seed->p) == 0);
}

void ed25519_key_done(struct ed25519_key *k)
{
	secret_done(&k->secret);
}

void ed25519_sign(const struct ed25519_key *k, struct rd msg, struct ed25519_sig *out)
{
	ASSERT(crypto_sign_detached(out->b, NULL, msg.p, msg.len, k->secret.p) == 0);
}

bool ed25519_verify(const struct ed25519_pub *pub, struct rd msg, const struct ed25519_sig *sig)
{
	crypto_start();
	return crypto_sign_verify_detached(sig->b, msg.p, msg.len, pub->b) == 0;
}
