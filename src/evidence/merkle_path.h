/*
 * Is:        what is read out of a stored tree: roots of ranges, the right edge, and
 *            inclusion and consistency proofs.
 * Is not:    storage: hashes of full subtrees come from a callback.
 * Called by: the log, the verifier, proofs.
 * Owns:      nothing.
 * Trust:     our own tree; the plans are proved with Frama-C WP.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "evidence/merkle.h"

/* Where hashes come from. `read` gives the root of the full subtree number `index`
 * of 2^level leaves, that is of the leaves [index << level, (index + 1) << level);
 * it is asked only for subtrees that are full in the tree given below. It returns
 * 0, or any other value to stop, which is forwarded. */
struct merkle_source {
	int (*read)(struct merkle_source *self, unsigned level, uint64_t index,
	    struct hash *out);
};

/* The leaves [begin, end) of a tree, whose root is one hash of a proof. */
struct merkle_range {
	uint64_t begin, end;
};

struct merkle_plan {
	size_t n;
	struct merkle_range range[MERKLE_PROOF_MAX];
};

/* The largest power of two below `n`; n >= 2. */
/*@ requires n >= 2;
    assigns \nothing;
    ensures 1 <= \result < n;
    ensures n - \result <= \result;
*/
uint64_t merkle_split(uint64_t n);

/* The ranges of the proof that leaf `index` is in the tree of `size` leaves, in the
 * order of the proof; index < size <= MERKLE_SIZE_MAX. */
/*@ requires index < size <= 9223372036854775807 && \valid(out);
    assigns *out;
    ensures out->n <= 64;
    ensures \forall integer k; 0 <= k < out->n ==>
        out->range[k].begin < out->range[k].end <= size;
*/
void merkle_plan_inclusion(uint64_t index, uint64_t size, struct merkle_plan *out);

/* The same for the proof that the tree of `from` leaves is the beginning of the
 * tree of `to`; 1 <= from <= to <= MERKLE_SIZE_MAX. */
/*@ requires 1 <= from <= to <= 9223372036854775807 && \valid(out);
    assigns *out;
    ensures out->n <= 64;
    ensures \forall integer k; 0 <= k < out->n ==>
        out->range[k].begin < out->range[k].end <= to;
*/
void merkle_plan_consistency(uint64_t from, uint64_t to, struct merkle_plan *out);

/* The root over the leaves of `r`, which is a whole tree or a range of a plan. */
MUST_USE int merkle_range_root(struct merkle_source *s, struct merkle_range r, struct hash *out);

/* The right edge of the tree of `size` leaves, ready for appending. */
MUST_USE int merkle_edge(struct merkle_source *s, uint64_t size, struct merkle *out);

/* The proofs that the plans above describe. */
MUST_USE int merkle_prove_inclusion(struct merkle_source *s, uint64_t index, uint64_t size,
    struct merkle_proof *out);
MUST_USE int merkle_prove_consistency(struct merkle_source *s, uint64_t from, uint64_t to,
    struct merkle_proof *out);
