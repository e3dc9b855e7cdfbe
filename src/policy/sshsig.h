/*
 * Is:        the parser of signatures made with `ssh-keygen -Y sign` (OpenSSH
 *            PROTOCOL.sshsig), ordinary and FIDO keys.
 * Is not:    the cryptographic check, which needs a library of src/crypto: the caller
 *            of approval.h passes it in.
 * Called by: approval; the verifier of evidence.
 * Owns:      nothing; results borrow from the decoded bytes.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { SSHSIG_ARMOR_MAX = 16384, SSHSIG_BAD = 1 };

enum sshsig_kind { SSHSIG_ED25519, SSHSIG_SK_ED25519, SSHSIG_ECDSA, SSHSIG_SK_ECDSA, SSHSIG_RSA };

struct sshsig {
	enum sshsig_kind kind;
	struct rd key_blob;       /* the whole public key, as in an authorized_keys line */
	struct rd key_type;
	struct rd key;            /* Ed25519: 32 bytes; ECDSA: the point; RSA: the modulus */
	struct rd curve;          /* ECDSA: that of key_type, "nistp256" */
	struct rd exponent;       /* RSA */
	struct rd application;    /* FIDO */
	struct rd name_space;
	struct rd hash;           /* "sha256" or "sha512" */
	struct rd signature_type;
	struct rd signature;      /* Ed25519: 64 bytes; else as the type says */
	uint8_t flags;            /* FIDO: 1 = touched, 4 = PIN or fingerprint */
	uint32_t counter;         /* FIDO */
};

enum { SSHSIG_TOUCHED = 1, SSHSIG_VERIFIED = 4 };

/* Decodes the armour into `scratch` (which must outlive `*out`) and reads it. 0 or
 * SSHSIG_BAD. Nothing may follow the closing line but one line end. */
MUST_USE int sshsig_parse(struct rd armored, struct buf *scratch, struct sshsig *out);

/* A hardware key says that somebody touched it; of an ordinary one nobody asks that. */
MUST_USE bool sshsig_is_touched(const struct sshsig *s);

/* Appends what the signature is over, given the hash (by `s->hash`) of the message.
 * False when the buffer is full. FIDO keys sign a further wrapping of this. */
MUST_USE bool sshsig_signed(const struct sshsig *s, struct rd message_hash, struct buf *out);
