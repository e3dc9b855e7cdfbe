/*
 * Is:        the Merkle tree of RFC 9162 section 2.1 over SHA-256: appending, the
 *            root, and the judgement of inclusion and consistency proofs.
 * Is not:    storage, nor the making of proofs (merkle_path.h).
 * Called by: the log, the verifier, proofs, checkpoints.
 * Owns:      nothing.
 * Trust:     proofs, sizes and hashes are hostile. Memory safety and termination
 *            of merkle.c are proved with Frama-C WP.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct hash {
	uint8_t b[32];
};

/* The largest tree: sizes are written as signed 64-bit numbers elsewhere. */
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)

enum { MERKLE_LEVELS = 64, MERKLE_PROOF_MAX = 64 };

/* The right edge of a tree: edge[k] is the root of the full subtree of 2^k leaves
 * that stands there when bit k of the size is set, and nothing otherwise. */
struct merkle {
	uint64_t size;
	struct hash edge[MERKLE_LEVELS];
};

/* A proof: for inclusion the leaf's sibling first, the root's child last. */
struct merkle_proof {
	size_t n;
	struct hash h[MERKLE_PROOF_MAX];
};

/*@ requires \valid_read(a) && \valid_read(b);
    assigns \nothing;
    ensures \result <==> (\forall integer i; 0 <= i < 32 ==> a->b[i] == b->b[i]);
*/
bool hash_equal(const struct hash *a, const struct hash *b);

/* SHA256(0x00 || entry): the leaf of an entry, exactly as its bundle stores it. */
void hash_leaf(struct rd entry, struct hash *out);

/* SHA256(0x01 || left || right); `out` may be one of the two. */
/*@ requires \valid_read(left) && \valid_read(right) && \valid(out);
    assigns *out \from *left, *right;
*/
void hash_node(const struct hash *left, const struct hash *right, struct hash *out);

#ifndef __FRAMAC__
/* The leaves of entry[0] to entry[n - 1] into `out`, in less time than one after the other. */
void hash_leaves(const struct rd *entry, size_t n, struct hash *out);
#endif

/* The empty tree. */
/*@ requires \valid(m);
    assigns m->size;
    ensures m->size == 0;
*/
void merkle_init(struct merkle *m);

/* Appends a leaf; m->size < MERKLE_SIZE_MAX. */
/*@ requires \valid(m) && \valid_read(leaf) && \separated(m, leaf);
    requires m->size < 9223372036854775807;
    assigns m->size, m->edge[0 .. 63];
    ensures m->size == \old(m->size) + 1;
*/
void merkle_append(struct merkle *m, const struct hash *leaf);

/* The root; of the empty tree, SHA256(""). */
/*@ requires \valid_read(m) && \valid(out) && \separated(m, out);
    assigns *out;
*/
void merkle_root(const struct merkle *m, struct hash *out);

/* True when `proof` shows that `leaf` stands at `index` of the tree of `size`
 * leaves under `root` (RFC 9162 section 2.1.3.2). */
/*@ requires \valid_read(leaf) && \valid_read(root) && \valid_read(proof);
    assigns \nothing;
    ensures out_of_range: index >= size ==> !\result;
    ensures too_long: proof->n > 64 ==> !\result;
    ensures alone: (size == 1 && proof->n > 0) ==> !\result;
*/
MUST_USE bool merkle_included(uint64_t index, uint64_t size, const struct hash *leaf,
    const struct merkle_proof *proof, const struct hash *root);

/* One end of a consistency proof. */
struct merkle_head {
	uint64_t size;
	struct hash root;
};

/* True when `proof` shows that the tree `from` is the beginning of the tree `to`
 * (RFC 9162 section 2.1.4.2). There is nothing to prove about an empty tree, so
 * that is false: who has not seen a tree yet asks something else. */
/*@ requires \valid_read(from) && \valid_read(to) && \valid_read(proof);
    assigns \nothing;
    ensures shrunk: from->size > to->size ==> !\result;
    ensures nothing_yet: from->size == 0 ==> !\result;
    ensures too_long: proof->n > 64 ==> !\result;
    ensures same: (from->size == to->size && \result) ==>
        (proof->n == 0 && \forall integer i; 0 <= i < 32 ==> from->root.b[i] == to->root.b[i]);
    ensures grown: (from->size < to->size && \result) ==> proof->n > 0;
*/
MUST_USE bool merkle_consistent(const struct merkle_head *from, const struct merkle_head *to,
    const struct merkle_proof *proof);
