/*
 * Is:        the cryptographic check of an approval (contract in the header).
 * Is not:    the judging of who signed.
 * Called by: `slagboom judge`.
 * Owns:      nothing.
 * Trust:     hostile signatures and messages.
 */
#include "proc/keyd/approval_check.h"

#include "base/buf.h"
#include "base/wr.h"
#include "crypto/ecdsa.h"
#include "crypto/ed25519.h"
#include "crypto/rsa.h"
#include "crypto/sha256.h"
#include "crypto/sha512.h"
#include "policy/sshsig.h"

enum { SIGNED_MAX = 1024 };

static bool put_signed(const struct sshsig *s, struct rd message, struct buf *out)
{
	uint8_t hash[SHA512_LEN];

	if (rd_is(&s->hash, "sha512")) {
		sha512_of(message, hash);
		return sshsig_signed(s, rd_of(hash, SHA512_LEN), out);
	}
	if (rd_is(&s->hash, "sha256")) {
		sha256_of(message, hash);
		return sshsig_signed(s, rd_of(hash, SHA256_LEN), out);
	}
	return false;
}

/* What a hardware key signs: the hash of its application, flags, counter, and the hash
 * of what an ordinary key would have signed. */
static bool put_fido(const struct sshsig *s, struct rd inner, struct buf *out)
{
	uint8_t application[SHA256_LEN], message[SHA256_LEN];
	struct wr w = wr_to(out);

	sha256_of(s->application, application);
	sha256_of(inner, message);
	wr_bytes(&w, rd_of(application, SHA256_LEN));
	wr_u8(&w, s->flags);
	wr_u32(&w, s->counter);
	wr_bytes(&w, rd_of(message, SHA256_LEN));
	return wr_ok(&w);
}

static bool check_ed25519(const struct sshsig *s, struct rd bytes)
{
	struct rd key = s->key, signature = s->signature;
	struct ed25519_pub pub;
	struct ed25519_sig sig;

	return key.len == ED25519_PUB_LEN && rd_copy(&key, pub.b, ED25519_PUB_LEN) && signature.len == ED25519_SIG_LEN &&
	    rd_copy(&signature, sig.b, ED25519_SIG_LEN) && ed25519_verify(&pub, bytes, &sig);
}

/* An integer as RFC 4251 5 writes it, that is positive: a first byte below 128, and 0 only before one that is not. */
static bool take_positive(struct rd *r, struct rd *out)
{
	struct rd look;
	uint8_t first, second;

	if (!rd_part32(r, 1 + ECDSA_INT_MAX, out) || out->len == 0)
		return false;
	look = *out;
	if (!rd_u8(&look, &first) || first >= 0x80 || (first == 0 && (!rd_u8(&look, &second) || second < 0x80)))
		return false;
	return first != 0 || rd_skip(out, 1);
}

static bool check_ecdsa(const struct sshsig *s, struct rd bytes)
{
	enum ecdsa_curve curve = rd_is(&s->curve, "nistp256") ? ECDSA_P256 : rd_is(&s->curve, "nistp384") ? ECDSA_P384 : ECDSA_P521;
	struct rd signature = s->signature, a, b;

	if (curve == ECDSA_P521 && !rd_is(&s->curve, "nistp521"))
		return false;
	return take_positive(&signature, &a) && take_positive(&signature, &b) && signature.len == 0 &&
	    ecdsa_check(curve, s->key, bytes, a, b);
}

static bool check_rsa(const struct sshsig *s, struct rd bytes)
{
	if (rd_is(&s->signature_type, "rsa-sha2-512"))
		return rsa_check(s->key, s->exponent, RSA_SHA512, bytes, s->signature);
	return rd_is(&s->signature_type, "rsa-sha2-256") && rsa_check(s->key, s->exponent, RSA_SHA256, bytes, s->signature);
}

bool approval_check(void *ctx, const struct sshsig *s, struct rd message)
{
	AUTO(buf_done) struct buf ordinary = { 0 }, fido = { 0 };

	(void)ctx;
	buf_init(&ordinary, SIGNED_MAX);
	buf_init(&fido, SIGNED_MAX);
	if (!put_signed(s, message, &ordinary))
		return false;
	switch (s->kind) {
	case SSHSIG_ED25519:
		return check_ed25519(s, buf_rd(&ordinary));
	case SSHSIG_SK_ED25519:
		return put_fido(s, buf_rd(&ordinary), &fido) && check_ed25519(s, buf_rd(&fido));
	case SSHSIG_ECDSA:
		return check_ecdsa(s, buf_rd(&ordinary));
	case SSHSIG_SK_ECDSA:
		return put_fido(s, buf_rd(&ordinary), &fido) && check_ecdsa(s, buf_rd(&fido));
	case SSHSIG_RSA:
		return check_rsa(s, buf_rd(&ordinary));
	}
	return false;
}
