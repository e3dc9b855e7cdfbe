/*
 * Is:        that a part of a tree, beside its right edge or not, belongs to a larger
 *            tree: the subtree proofs of merkle-tree-certs section 4, which an upload
 *            to a mirror carries (c2sp.org/tlog-mirror).
 * Is not:    inclusion or consistency (merkle.h, merkle_path.h).
 * Called by: mirror.h's two sides.
 * Owns:      nothing.
 * Trust:     proofs, places and hashes are hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "evidence/merkle.h"
#include "evidence/merkle_path.h"

/* True for a range that can have a proof in a tree of `size` leaves: not empty,
 * inside it, and beginning at a multiple of the power of two that it fits into. */
bool subtree_ok(struct merkle_range r, uint64_t size);

/* The proof that the leaves of `r` belong to the tree of `size` leaves; subtree_ok
 * must hold. 0, or what the source returned. */
MUST_USE int subtree_prove(struct merkle_source *s, struct merkle_range r, uint64_t size, struct merkle_proof *out);

/* True when `proof` shows that `part` is the root over the leaves `r` of the tree
 * `whole`. */
MUST_USE bool subtree_included(struct merkle_range r, const struct hash *part, const struct merkle_head *whole,
    const struct merkle_proof *proof);
