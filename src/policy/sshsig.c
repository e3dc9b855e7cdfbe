/*
 * Is:        the parser of OpenSSH signatures (contract in the header).
 * Is not:    a verifier.
 * Called by: approval.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 *     armour    "-----BEGIN SSH SIGNATURE-----" LF base64 in lines LF
 *               "-----END SSH SIGNATURE-----" LF
 *     blob      "SSHSIG" u32 version=1 string key string namespace string reserved
 *               string hash string signature
 *     key       string type, then by type
 *     signature string type string bytes [ u8 flags u32 counter ]   (FIDO)
 */
#include "policy/sshsig.h"

#include "base/text.h"
#include "base/wr.h"
#include "policy/scalar.h"

enum { PART_MAX = 8192 };

static const char begin_line[] = "-----BEGIN SSH SIGNATURE-----\n";
static const char end_line[] = "-----END SSH SIGNATURE-----";

/* The base64 of all lines in one row. */
static bool join_lines(struct rd *r, struct buf *out)
{
	struct rd line, peeked;

	for (;;) {
		peeked = *r;
		if (rd_word(&peeked, end_line)) {
			*r = peeked;
			return out->len > 0;
		}
		if (!rd_until(r, '\n', &line) || line.len == 0 || line.len > 76 ||
		    !buf_put_rd(out, line))
			return false;
	}
}

static bool take_armor(struct rd r, struct buf *scratch)
{
	AUTO(buf_done) struct buf row = { 0 };

	if (r.len > SSHSIG_ARMOR_MAX || !rd_word(&r, begin_line))
		return false;
	buf_init(&row, SSHSIG_ARMOR_MAX);
	if (!join_lines(&r, &row))
		return false;
	if (r.len && !rd_is(&r, "\n"))
		return false;
	return text_base64(buf_rd(&row), BASE64_PADDED, scratch);
}

struct kind_row { const char *key_type; enum sshsig_kind kind; const char *signature_type; };

static const struct kind_row kinds[] = {
	{ "ssh-ed25519", SSHSIG_ED25519, "ssh-ed25519" },
	{ "sk-ssh-ed25519@openssh.com", SSHSIG_SK_ED25519, "sk-ssh-ed25519@openssh.com" },
	{ "ecdsa-sha2-nistp256", SSHSIG_ECDSA, "ecdsa-sha2-nistp256" },
	{ "ecdsa-sha2-nistp384", SSHSIG_ECDSA, "ecdsa-sha2-nistp384" },
	{ "ecdsa-sha2-nistp521", SSHSIG_ECDSA, "ecdsa-sha2-nistp521" },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", SSHSIG_SK_ECDSA, "sk-ecdsa-sha2-nistp256@openssh.com" },
	/* Never "ssh-rsa", which is SHA-1. */
	{ "ssh-rsa", SSHSIG_RSA, "rsa-sha2-512" },
	{ "ssh-rsa", SSHSIG_RSA, "rsa-sha2-256" },
};

/* "ecdsa-sha2-nistp256" and "nistp256", and the same of hardware keys. */
static bool is_curve_of(struct rd key_type, const struct rd *curve)
{
	struct rd name;

	if (rd_is(&key_type, "sk-ecdsa-sha2-nistp256@openssh.com"))
		return rd_is(curve, "nistp256");
	return rd_word(&key_type, "ecdsa-sha2-") && rd_take(&key_type, key_type.len, &name) && rd_equal(&name, curve);
}

static bool take_key(struct sshsig *s)
{
	struct rd r = s->key_blob;

	if (!rd_part32(&r, PART_MAX, &s->key_type))
		return false;
	switch (s->kind) {
	case SSHSIG_ED25519:
		return rd_part32(&r, 32, &s->key) && s->key.len == 32 && r.len == 0;
	case SSHSIG_SK_ED25519:
		return rd_part32(&r, 32, &s->key) && s->key.len == 32 &&
		    rd_part32(&r, PART_MAX, &s->application) && r.len == 0;
	case SSHSIG_ECDSA:
		return rd_part32(&r, 32, &s->curve) && is_curve_of(s->key_type, &s->curve) && rd_part32(&r, 133, &s->key) && r.len == 0;
	case SSHSIG_SK_ECDSA:
		return rd_part32(&r, 32, &s->curve) && is_curve_of(s->key_type, &s->curve) && rd_part32(&r, 133, &s->key) &&
		    rd_part32(&r, PART_MAX, &s->application) && r.len == 0;
	case SSHSIG_RSA:
		return rd_part32(&r, 16, &s->exponent) && rd_part32(&r, 2049, &s->key) && r.len == 0;
	}
	return false;
}

static bool take_signature(struct rd r, struct sshsig *s)
{
	bool sk = s->kind == SSHSIG_SK_ED25519 || s->kind == SSHSIG_SK_ECDSA;
	bool ed = s->kind == SSHSIG_ED25519 || s->kind == SSHSIG_SK_ED25519;

	if (!rd_part32(&r, 64, &s->signature_type) || !rd_part32(&r, PART_MAX, &s->signature))
		return false;
	if (ed && s->signature.len != 64)
		return false;
	if (sk && (!rd_u8(&r, &s->flags) || !rd_u32(&r, &s->counter)))
		return false;
	return r.len == 0 && s->signature.len > 0;
}

/* The kind by the key's type; the signature's type must be one that goes with it. */
static bool take_kind(struct rd key_blob, struct rd signature, struct sshsig *s)
{
	struct rd key_type, signature_type;

	if (!rd_part32(&key_blob, 64, &key_type) || !rd_part32(&signature, 64, &signature_type))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!rd_is(&key_type, kinds[i].key_type) ||
		    !rd_is(&signature_type, kinds[i].signature_type))
			continue;
		s->kind = kinds[i].kind;
		return true;
	}
	return false;
}

static bool take_blob(struct rd r, struct sshsig *s)
{
	struct rd reserved, signature;
	uint32_t version;

	return rd_word(&r, "SSHSIG") && rd_u32(&r, &version) && version == 1 &&
	    rd_part32(&r, PART_MAX, &s->key_blob) && rd_part32(&r, 256, &s->name_space) &&
	    rd_part32(&r, PART_MAX, &reserved) && reserved.len == 0 &&
	    rd_part32(&r, 16, &s->hash) && rd_part32(&r, PART_MAX, &signature) && r.len == 0 &&
	    s->name_space.len > 0 && (rd_is(&s->hash, "sha256") || rd_is(&s->hash, "sha512")) &&
	    take_kind(s->key_blob, signature, s) && take_key(s) && take_signature(signature, s);
}

int sshsig_parse(struct rd armored, struct buf *scratch, struct sshsig *out)
{
	struct sshsig s = { 0 };

	buf_reset(scratch);
	if (!take_armor(armored, scratch) || !take_blob(buf_rd(scratch), &s))
		return SSHSIG_BAD;
	*out = s;
	return 0;
}

bool sshsig_is_touched(const struct sshsig *s)
{
	return (s->kind != SSHSIG_SK_ED25519 && s->kind != SSHSIG_SK_ECDSA) || s->flags & SSHSIG_TOUCHED;
}

bool sshsig_signed(const struct sshsig *s, struct rd message_hash, struct buf *out)
{
	struct wr w = wr_to(out);

	wr_str(&w, "SSHSIG");
	wr_part32(&w, s->name_space);
	wr_part32(&w, rd_of(NULL, 0));
	wr_part32(&w, s->hash);
	wr_part32(&w, message_hash);
	return wr_ok(&w);
}
