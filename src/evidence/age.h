/*
 * Is:        age files (c2sp.org/age v1.1.0) for X25519 recipients: written and read as
 *            streams, and read at any place.
 * Is not:    armor, passphrases or plugins: their stanzas are passed over, as the
 *            specification wants.
 * Called by: recordings, keepers' shares, cli.
 * Owns:      keys, in struct secret.
 * Trust:     hostile files.
 *
 *     header    "age-encryption.org/v1" LF, stanzas, "--- " MAC LF
 *     payload   nonce[16], chunks of 65,536 bytes and a shorter last one, each with
 *               a 16-byte tag; the nonce of a chunk is its number and "last"
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"

struct random;

enum {
	AGE_HEADER_MAX = 65536,
	AGE_NONCE_LEN = 16,
	AGE_CHUNK = 65536,
	AGE_SEALED_CHUNK = AGE_CHUNK + 16,
	AGE_RECIPIENTS_MAX = 16,
	AGE_IDENTITY_LEN = 74 /* characters of an identity's text */
};

/* "age1...", who can read; "AGE-SECRET-KEY-1...", who reads. The text of an identity
 * is a secret too, of AGE_IDENTITY_LEN bytes. */
MUST_USE bool age_recipient_parse(struct rd text, struct x25519_pub *out);
void wr_age_recipient(struct wr *w, const struct x25519_pub *r);
MUST_USE bool age_identity_parse(struct rd text, struct secret *out);
void age_identity_text(const struct secret *identity, struct secret *out);

struct age_writer {
	struct secret key; /* of the payload */
	uint64_t n_chunks;
	struct buf plain;  /* of the chunk that is being filled */
};

/* Writes the header for `n` recipients, 1 <= n <= AGE_RECIPIENTS_MAX. False when it
 * does not fit in `out` or a recipient is no usable point; the writer is then done. */
MUST_USE bool age_write_start(struct age_writer *a, const struct x25519_pub *recipients, size_t n,
    struct random *rnd, struct buf *out);
/* Seals `plain`; what does not fill a chunk stays inside. False when `out` is full. */
MUST_USE bool age_write(struct age_writer *a, struct rd plain, struct buf *out);
/* Seals what is left as the last chunk. */
MUST_USE bool age_write_end(struct age_writer *a, struct buf *out);
/* Wipes. For AUTO. */
void age_writer_done(struct age_writer *a);

enum age_result {
	AGE_OK = 0,
	AGE_MORE,        /* so far so good; the header goes on */
	AGE_BAD_HEADER,
	AGE_NO_MATCH,    /* for nobody whose identity was given */
	AGE_BAD_MAC,     /* the header was changed */
	AGE_BAD_PAYLOAD  /* cut, extended, reordered or changed */
};

struct age_reader {
	struct secret file_key, key; /* the second as soon as the nonce was read */
	uint64_t n_chunks;
	bool ended;
	struct buf sealed;
};

/* Reads the header at the front of `in`, *out_used bytes, for any of `n` identities.
 * Returns an age_result; the reader is ready only after AGE_OK. */
MUST_USE enum age_result age_read_start(struct age_reader *a, struct rd in,
    const struct secret *identities, size_t n, size_t *out_used);
/* Reads the bytes after the header, in any portions; the plaintext of whole chunks
 * goes to `out`, which needs room for in.len + AGE_SEALED_CHUNK. AGE_OK or
 * AGE_BAD_PAYLOAD. */
MUST_USE enum age_result age_read(struct age_reader *a, struct rd in, struct buf *out);
/* After the last byte. Only then is the plaintext known to be whole. */
MUST_USE enum age_result age_read_end(struct age_reader *a, struct buf *out);
/* Wipes. For AUTO. */
void age_reader_done(struct age_reader *a);

/* Random access. Give the nonce after the header, then open chunk number `k`, which
 * lies at header + AGE_NONCE_LEN + k * AGE_SEALED_CHUNK, by itself. `out` has room
 * for AGE_CHUNK bytes. Whether a chunk is the last is part of what is authentic. */
MUST_USE bool age_read_nonce(struct age_reader *a, struct rd nonce);
MUST_USE bool age_read_chunk(const struct age_reader *a, uint64_t k, bool last, struct rd sealed,
    uint8_t *out);
