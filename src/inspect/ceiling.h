/*
 * Is:        the most identifiers that some bytes can have carried: their size when
 *            compressed, over the bits that one of so many costs at least.
 * Is not:    an estimate of how many they did carry.
 * Called by: inspector.c.
 * Owns:      a zstd stream (level 1, window 128 KiB), made at the first byte.
 * Trust:     any bytes.
 *
 * One unknown mobile number is one of 2^CEILING_BITS. Of n the order need not be told: sorted, and
 * each as its distance from the one before, they cost as little as CEILING_BITS - log2(n) bits each.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"

enum { CEILING_BITS = 27, CEILING_FEW_MAX = 1024 };

struct ceiling {
	void *zstd;
	uint64_t packed;	/* compressed bytes so far, what is still inside excluded */
	uint64_t inside;	/* bytes given since the last flush */
	uint8_t few[CEILING_FEW_MAX];	/* bytes given that were too few to compress alone */
	uint32_t n_few;
};

void ceiling_init(struct ceiling *c);
void ceiling_done(struct ceiling *c);
void ceiling_put(struct ceiling *c, struct rd bytes);
/* Flushes, so that every byte given so far counts. */
uint64_t ceiling_ids(struct ceiling *c);
