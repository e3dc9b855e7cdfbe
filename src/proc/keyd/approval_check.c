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
#include "crypto/ed25519.h"
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

bool approval_check(void *ctx, const struct sshsig *s, struct rd message)
{
	AUTO(buf_done) struct buf ordinary = { 0 }, fido = { 0 };
	struct rd key = s->key, signature = s->signature, bytes;
	struct ed25519_pub pub;
	struct ed25519_sig sig;

	(void)ctx;
	if (s->kind != SSHSIG_ED25519 && s->kind != SSHSIG_SK_ED25519)
		return false;
	buf_init(&ordinary, SIGNED_MAX);
	buf_init(&fido, SIGNED_MAX);
	if (key.len != ED25519_PUB_LEN || !rd_copy(&key, pub.b, ED25519_PUB_LEN) ||
	    signature.len != ED25519_SIG_LEN || !rd_copy(&signature, sig.b, ED25519_SIG_LEN) ||
	    !put_signed(s, message, &ordinary))
		return false;
	bytes = buf_rd(&ordinary);
	if (s->kind == SSHSIG_SK_ED25519) {
		if (!put_fido(s, bytes, &fido))
			return false;
		bytes = buf_rd(&fido);
	}
	return ed25519_verify(&pub, bytes, &sig);
}
