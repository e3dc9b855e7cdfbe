/*
 * Is:        ChaCha20-Poly1305 (RFC 8439), without associated data.
 * Is not:    a format; who calls it never uses a nonce twice with one key.
 * Called by: evidence (age).
 * Owns:      nothing.
 * Trust:     hostile ciphertext.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct secret;

enum { AEAD_KEY_LEN = 32, AEAD_NONCE_LEN = 12, AEAD_TAG_LEN = 16 };

/* Seals `plain` into the plain.len + AEAD_TAG_LEN bytes at `out`, which may be
 * where `plain` lies. `key` holds AEAD_KEY_LEN bytes. */
void aead_seal(const struct secret *key, const uint8_t nonce[AEAD_NONCE_LEN], struct rd plain,
    uint8_t *out);

/* Opens `sealed` into the sealed.len - AEAD_TAG_LEN bytes at `out`. False when it
 * is too short or not authentic; `out` then holds nothing of the plaintext. */
MUST_USE bool aead_open(const struct secret *key, const uint8_t nonce[AEAD_NONCE_LEN],
    struct rd sealed, uint8_t *out);
