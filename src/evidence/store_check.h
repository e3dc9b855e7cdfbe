/*
 * Is:        another opinion of what a log's directory must hold: every tile and
 *            bundle for a size, worked out naively from the entries.
 * Is not:    built on the tiler or on merkle.c, nor linked into any program.
 * Called by: tests of the store.
 * Owns:      nothing.
 * Trust:     the files are what is on trial.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"
#include "evidence/merkle.h"
#include "os/disk.h"

/* Where the entries come from: entry `i` as it must be; borrowed until the next. */
struct store_entries {
	struct rd (*entry)(struct store_entries *self, uint64_t i);
};

/* The leaf hashes of the first `n` entries. Gives; mem_free. */
MUST_USE struct hash *store_leaves(struct store_entries *e, uint64_t n);

/* The root over leaves [0, n), by the definition of RFC 9162 2.1.1. */
void store_root(const struct hash *leaf, uint64_t n, struct hash *out);

/* NULL when every tile and bundle of the tree of `size` is there, full and partial,
 * and right; else what is wrong, in `why`. */
MUST_USE const char *store_check(struct disk *d, struct store_entries *e, const struct hash *leaf,
    uint64_t size, char why[256]);
