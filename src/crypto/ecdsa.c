/*
 * Is:        the check of ECDSA signatures over Nettle's.
 * Is not:    see the header.
 * Called by: see the header.
 * Owns:      nothing.
 * Trust:     see the header.
 */
#include "crypto/ecdsa.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/sha2.h>

/* The hash that goes with the curve; its length. Nettle's own, whose names are also ours. */
static size_t hash_for(enum ecdsa_curve curve, struct rd msg, uint8_t out[SHA512_DIGEST_SIZE])
{
	struct sha256_ctx s256;
	struct sha384_ctx s384;
	struct sha512_ctx s512;

	switch (curve) {
	case ECDSA_P256:
		sha256_init(&s256);
		sha256_update(&s256, msg.len, msg.p);
		sha256_digest(&s256, SHA256_DIGEST_SIZE, out);
		return SHA256_DIGEST_SIZE;
	case ECDSA_P384:
		sha384_init(&s384);
		sha384_update(&s384, msg.len, msg.p);
		sha384_digest(&s384, SHA384_DIGEST_SIZE, out);
		return SHA384_DIGEST_SIZE;
	case ECDSA_P521:
		break;
	}
	sha512_init(&s512);
	sha512_update(&s512, msg.len, msg.p);
	sha512_digest(&s512, SHA512_DIGEST_SIZE, out);
	return SHA512_DIGEST_SIZE;
}

static const struct ecc_curve *curve_of(enum ecdsa_curve curve)
{
	return curve == ECDSA_P256 ? nettle_get_secp_256r1() : curve == ECDSA_P384 ? nettle_get_secp_384r1() : nettle_get_secp_521r1();
}

static void import(mpz_t out, struct rd in)
{
	mpz_import(out, in.len, 1, 1, 1, 0, in.p);
}

static bool set_point(struct ecc_point *p, struct rd x, struct rd y)
{
	mpz_t a, b;
	bool ok;

	mpz_init(a);
	mpz_init(b);
	import(a, x);
	import(b, y);
	ok = ecc_point_set(p, a, b);
	mpz_clear(a);
	mpz_clear(b);
	return ok;
}

bool ecdsa_check(enum ecdsa_curve curve, struct rd point, struct rd msg, struct rd r, struct rd s)
{
	const size_t n = (nettle_ecc_bit_size(curve_of(curve)) + 7) / 8;
	uint8_t hash[SHA512_DIGEST_SIZE];
	struct dsa_signature sig;
	struct ecc_point key;
	struct rd x;
	uint8_t form;
	bool ok;

	if (point.len != 1 + 2 * n || !rd_u8(&point, &form) || form != 4 || !rd_take(&point, n, &x) || r.len > ECDSA_INT_MAX ||
	    s.len > ECDSA_INT_MAX)
		return false;
	ecc_point_init(&key, curve_of(curve));
	dsa_signature_init(&sig);
	import(sig.r, r);
	import(sig.s, s);
	/* Nettle refuses r and s that are 0 or not below the order. */
	ok = set_point(&key, x, point) && ecdsa_verify(&key, hash_for(curve, msg, hash), hash, &sig);
	dsa_signature_clear(&sig);
	ecc_point_clear(&key);
	return ok;
}
