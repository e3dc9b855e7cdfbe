/*
 * Is:        X25519 key agreement (RFC 7748).
 * Is not:    a format: age is evidence/age.h.
 * Called by: evidence (age), index.
 * Owns:      nothing; scalars live in the caller's struct secret.
 * Trust:     hostile public keys.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"

struct secret;

enum { X25519_LEN = 32 };

struct x25519_pub {
	uint8_t b[X25519_LEN];
};

/* The public key of the 32-byte `scalar`. */
void x25519_public(const struct secret *scalar, struct x25519_pub *out);

/* What both sides share, as an initialised secret in `out`. False, and nothing in
 * `out`, when `peer` is a point of small order: the share would be zero. */
MUST_USE bool x25519_shared(const struct secret *scalar, const struct x25519_pub *peer,
    struct secret *out);
