/*
 * Is:        what the SHA-256 of several messages at once shares: padding, constants.
 * Is not:    for anybody but sha256_two.c and sha256_many.c.
 * Called by: them.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "crypto/sha256.h"

/* The longest message that is hashed beside others, prefix apart. */
enum { SHA256_BLOCKS_MAX = 16, SHA256_LANE_MAX = SHA256_BLOCKS_MAX * SHA256_BLOCK_LEN - 10 /* prefix, 0x80, length */ };

extern const uint32_t sha256_k[64];

/* Of a message of `len` bytes, its prefix apart. */
static inline size_t sha256_blocks(size_t len)
{
	return (len + 1 + 9 + SHA256_BLOCK_LEN - 1) / SHA256_BLOCK_LEN;
}

/* Prefix, message of at most SHA256_LANE_MAX, 0x80, zeros, and the length in bits, into `out`
 * of sha256_blocks; the number of blocks. */
size_t sha256_pad(uint8_t prefix, struct rd message, uint8_t *out);
