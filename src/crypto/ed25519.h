/*
 * Is:        Ed25519 signatures (RFC 8032).
 * Is not:    a format: a signed note is evidence/note.h.
 * Called by: evidence, policy, proc, cli.
 * Owns:      private keys, in struct secret.
 * Trust:     hostile messages, keys and signatures.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "crypto/secret.h"

enum { ED25519_SEED_LEN = 32, ED25519_PUB_LEN = 32, ED25519_SIG_LEN = 64 };

struct ed25519_pub {
	uint8_t b[ED25519_PUB_LEN];
};

struct ed25519_sig {
	uint8_t b[ED25519_SIG_LEN];
};

struct ed25519_key {
	struct secret secret;
	struct ed25519_pub pub;
};

/* The key that the 32-byte `seed` stands for; borrows the seed. */
void ed25519_key_init(struct ed25519_key *k, const struct secret *seed);
/* Wipes. For AUTO. */
void ed25519_key_done(struct ed25519_key *k);

void ed25519_sign(const struct ed25519_key *k, struct rd msg, struct ed25519_sig *out);

/* True when `sig` is the signature of `msg` by `pub`. Refuses signatures that are
 * not canonical and public keys of small order. */
MUST_USE bool ed25519_verify(const struct ed25519_pub *pub, struct rd msg,
    const struct ed25519_sig *sig);
