/*
 * Is:        SHA-256 (FIPS 180-4), streaming and in one call.
 * Is not:    a choice of hashes: everything that we hash, we hash with this one.
 * Called by: hmac.c, and every folder above that hashes.
 * Owns:      nothing; the state lives in the caller's storage.
 * Trust:     hostile bytes; any length.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"

enum { SHA256_LEN = 32, SHA256_BLOCK_LEN = 64 };

/* A state in progress. May be copied: a copy goes on by itself. */
struct sha256 {
	uint64_t state[14];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, struct rd data);

/* Finishes; `s` must be initialised again before use. */
void sha256_final(struct sha256 *s, uint8_t out[SHA256_LEN]);

/* The hash of `data`. */
void sha256_of(struct rd data, uint8_t out[SHA256_LEN]);

/* The hash of the 65 bytes `prefix || left || right`, the inner node of a Merkle
 * tree; `out` may be one of the two. Reads 32 bytes at each. */
/*@ requires \valid_read(left + (0 .. 31)) && \valid_read(right + (0 .. 31));
    requires \valid(out + (0 .. 31));
    assigns out[0 .. 31] \from prefix, left[0 .. 31], right[0 .. 31];
*/
void sha256_pair(uint8_t prefix, const uint8_t *left, const uint8_t *right, uint8_t *out);

/* The hashes of `prefix || a` and of `prefix || b`, in less time than one after the other;
 * the results may lie where `a` and `b` do. */
void sha256_two(uint8_t prefix, struct rd a, struct rd b, uint8_t *out_a, uint8_t *out_b);

/* The hashes of `prefix || in[i]` into out[i * SHA256_LEN], by whatever this processor does many
 * of at once. When all are equally long, the hash of in[i] may lie over in[i] and those before. */
void sha256_many(uint8_t prefix, const struct rd *in, size_t n, uint8_t *out);
