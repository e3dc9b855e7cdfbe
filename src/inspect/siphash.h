/*
 * Is:        SipHash-2-4 with 64 bits of output (Aumasson and Bernstein, 2012): the
 *            keyed token of an identifier, in memory, for a filter's probe.
 * Is not:    for anything that is stored or sent: the private index has its own tags.
 * Called by: members.c.
 * Owns:      nothing.
 * Trust:     the key is secret, the bytes are hostile; that is what it is made for.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_LEN = 16 };

uint64_t siphash24(const uint8_t key[SIPHASH_KEY_LEN], const uint8_t *p, size_t n);
