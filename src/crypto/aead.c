/*
 * Is:        ChaCha20-Poly1305 over libsodium.
 * Is not:    a format.
 * Called by: evidence (age).
 * Owns:      nothing.
 * Trust:     hostile ciphertext.
 */
#include "crypto/aead.h"

#include <sodium.h>

#include "base/assert.h"
#include "crypto/secret.h"
#include "crypto/start.h"

_Static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == AEAD_KEY_LEN, "RFC 8439");
_Static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == AEAD_NONCE_LEN, "RFC 8439");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == AEAD_TAG_LEN, "RFC 8439");

void aead_seal(const struct secret *key, const uint8_t nonce[AEAD_NONCE_LEN], struct rd plain,
    uint8_t *out)
{
	ASSERT(key->len == AEAD_KEY_LEN);
	crypto_start();
	ASSERT(crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.p, plain.len, NULL, 0,
	    NULL, nonce, key->p) == 0);
}

bool aead_open(const struct secret *key, const uint8_t nonce[AEAD_NONCE_LEN], struct rd sealed,
    uint8_t *out)
{
	ASSERT(key->len == AEAD_KEY_LEN);
	crypto_start();
	return crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.p, sealed.len,
	    NULL, 0, nonce, key->p) == 0;
}
