/*
 * Is:        a binary fuse filter with 16-bit fingerprints (Graf and Lemire, 2022):
 *            18 bits a key, one wrong yes in 65,536, three memory reads.
 * Is not:    exact, and not to be changed once built.
 * Called by: members.c.
 * Owns:      its fingerprints.
 * Trust:     keys are keyed tokens, so nobody can choose colliding ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"

struct fuse {
	uint16_t *fp;
	uint64_t seed;
	uint32_t n_fp, segment_mask, n_starts;
};

/* Builds over `n` different keys, n < 2^30. False: no seed worked at any size,
 * which means that keys repeat. */
MUST_USE bool fuse_init(struct fuse *f, const uint64_t *keys, size_t n);
void fuse_done(struct fuse *f);

/* False: certainly not among the keys. */
bool fuse_has(const struct fuse *f, uint64_t key);

/* Bytes that it takes. */
size_t fuse_bytes(const struct fuse *f);
