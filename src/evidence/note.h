/*
 * Is:        signed notes (c2sp.org/signed-note v1.0.0): a text, and lines that sign it.
 * Is not:    about what the text says (checkpoint.h), nor who must sign (tlog_policy.h).
 * Called by: checkpoints, proofs, witnesses, receipts.
 * Owns:      nothing: a parsed note borrows its bytes.
 * Trust:     hostile bytes, from witnesses, mirrors and archives.
 *
 *     text LF                       text ends in LF; the last empty line separates
 *     (— name base64(id[4] || signature) LF)+
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ed25519.h"
#include "evidence/merkle.h"

enum {
	NOTE_MAX = 256 * 1024, /* bytes of a whole note */
	NOTE_SIGS_MAX = 64,
	NOTE_NAME_MAX = 255,
	NOTE_VKEY_MAX = 4096,
	NOTE_BLOB_MAX = 72 /* of the signatures that we can verify */
};

/* Algorithms by the byte that enters a key's id. */
enum note_alg {
	NOTE_ED25519 = 0x01,
	NOTE_COSIGNATURE = 0x04, /* Ed25519 over a time and the text (cosignature.h) */
	NOTE_ML_DSA = 0x06       /* kept, never verified: see note_check */
};

/* Who may have signed. */
struct note_key {
	char name[NOTE_NAME_MAX + 1];
	uint32_t id;
	uint8_t alg;
	struct ed25519_pub pub;  /* for the two Ed25519 algorithms */
	struct hash fingerprint; /* of the public key alone: one key, one fingerprint */
};

struct note_sig {
	struct rd name;
	uint32_t id;
	size_t blob_len;                  /* of all that follows the id */
	uint8_t blob[NOTE_BLOB_MAX];      /* its beginning */
	struct rd line;                   /* the whole line, with its LF */
};

struct note {
	struct rd text; /* with its final LF: what is signed */
	size_t n_sigs;
	struct note_sig sigs[NOTE_SIGS_MAX];
};

/* The whole of `raw` as a note. Accepts only what wr_note and wr_note_sig could
 * have written: UTF-8 without control characters, canonical base64. */
MUST_USE bool note_parse(struct rd raw, struct note *out);

/* What one key says of a note. A line that claims to be of a key and is not makes
 * the whole note worthless, whoever else signed it. */
enum note_verdict { NOTE_FORGED = -1, NOTE_UNSIGNED = 0, NOTE_SIGNED = 1 };

/* Looks for the key's lines and verifies every one of them. For a cosignature the
 * latest time goes into *out_time, else 0; it is written only for NOTE_SIGNED.
 * Keys of algorithms that we do not know sign nothing: NOTE_UNSIGNED. */
MUST_USE enum note_verdict note_check(const struct note *n, const struct note_key *k,
    uint64_t *out_time);

/* True for a name that a key may have: no white space, no '+', at most NOTE_NAME_MAX. */
bool note_name_ok(struct rd name);

/* A key from its parts: alg is NOTE_ED25519 or NOTE_COSIGNATURE, the name must be ok. */
void note_key_make(struct rd name, enum note_alg alg, const struct ed25519_pub *pub,
    struct note_key *out);

/* The whole of `text` as a vkey, `name+id+base64(alg || public key)`. False when it
 * is malformed or its id is not the one of its name and key. */
MUST_USE bool note_key_parse(struct rd text, struct note_key *out);

/* Writes the vkey of an Ed25519 key. */
void wr_note_key(struct wr *w, const struct note_key *k);

/* Writes the text and the empty line, then one line for each signature. `text` ends
 * in LF. The bytes to sign are `text` for NOTE_ED25519 (`blob` is the signature) and
 * cosignature_message for NOTE_COSIGNATURE (`blob` is cosignature_blob's). */
void wr_note(struct wr *w, struct rd text);
void wr_note_sig(struct wr *w, const struct note_key *k, struct rd blob);
