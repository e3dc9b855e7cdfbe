/*
 * Is:        the check of RSA signatures over Nettle's.
 * Is not:    see the header.
 * Called by: see the header.
 * Owns:      nothing.
 * Trust:     see the header.
 */
#include "crypto/rsa.h"

#include <nettle/rsa.h>

static bool judge(const struct rsa_public_key *key, enum rsa_hash hash, struct rd msg, const mpz_t signature)
{
	struct sha256_ctx s256;
	struct sha512_ctx s512;

	if (hash == RSA_SHA512) {
		sha512_init(&s512);
		sha512_update(&s512, msg.len, msg.p);
		return rsa_sha512_verify(key, &s512, signature);
	}
	sha256_init(&s256);
	sha256_update(&s256, msg.len, msg.p);
	return rsa_sha256_verify(key, &s256, signature);
}

static void import(mpz_t out, struct rd in)
{
	mpz_import(out, in.len, 1, 1, 1, 0, in.p);
}

/* Of a fit size, and odd, both: what is even is no key, and arithmetic for odd numbers is not asked about it. */
static bool is_fit(const struct rsa_public_key *key)
{
	const size_t bits = mpz_sizeinbase(key->n, 2);

	return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && mpz_odd_p(key->n) && mpz_odd_p(key->e) && mpz_cmp_ui(key->e, 3) >= 0;
}

bool rsa_check(struct rd modulus, struct rd exponent, enum rsa_hash hash, struct rd msg, struct rd signature)
{
	struct rsa_public_key key;
	mpz_t s;
	bool ok;

	if (modulus.len > RSA_BITS_MAX / 8 + 1 || exponent.len > RSA_EXPONENT_MAX || signature.len > RSA_BITS_MAX / 8)
		return false;
	rsa_public_key_init(&key);
	mpz_init(s);
	import(key.n, modulus);
	import(key.e, exponent);
	import(s, signature);
	ok = is_fit(&key) && rsa_public_key_prepare(&key) && signature.len == key.size && judge(&key, hash, msg, s);
	mpz_clear(s);
	rsa_public_key_clear(&key);
	return ok;
}
