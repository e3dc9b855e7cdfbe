/*
 * Is:        HMAC-SHA256 (RFC 2104) with its pads computed once, and HKDF (RFC 5869).
 * Is not:    a choice of hashes.
 * Called by: evidence (age), index (tags), proc.
 * Owns:      nothing; keys live in the caller's storage, usually inside a struct
 *            secret.
 * Trust:     hostile messages; any length.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"
#include "crypto/sha256.h"

/* A key with both pads hashed: worth as much as the key, so treat it as one. */
struct hmac_key {
	struct sha256 inner, outer;
};

/* `key` may have any length. */
void hmac_key_init(struct hmac_key *k, struct rd key);
/* Wipes. For AUTO. */
void hmac_key_done(struct hmac_key *k);

/* The authenticator of `msg`. */
void hmac_of(const struct hmac_key *k, struct rd msg, uint8_t out[SHA256_LEN]);

/* The same in parts: begin with *s, feed sha256_update(s, ...), end. */
void hmac_begin(const struct hmac_key *k, struct sha256 *s);
void hmac_end(const struct hmac_key *k, struct sha256 *s, uint8_t out[SHA256_LEN]);

/* The most that HKDF can give. */
enum { HKDF_MAX = 255 * SHA256_LEN };

/* HKDF-SHA256, extract and expand: `n` bytes into `out`, n <= HKDF_MAX. An empty
 * salt stands for 32 zero bytes, as in the RFC. */
void hkdf(struct rd ikm, struct rd salt, struct rd info, uint8_t *out, size_t n);
