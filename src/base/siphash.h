/*
 * Is:        SipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012): keyed
 *            tokens of hostile values, for tables in memory.
 * Is not:    for anything that is stored or sent, nor a hash without a key.
 * Called by: map.c; the inspector's sets; tokend and who asks it.
 * Owns:      nothing.
 * Trust:     the key is secret, the bytes are hostile; that is what it is made for.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"

enum { SIPHASH_KEY_LEN = 16 };

/* The key that 16 random bytes are. */
void siphash_key(const uint8_t raw[SIPHASH_KEY_LEN], uint64_t out[2]);

uint64_t siphash(const uint64_t key[2], struct rd r);
