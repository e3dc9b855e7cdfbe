/*
 * Is:        the Merkle tree of RFC 9162 section 2.1 (contracts in the header).
 * Is not:    storage, nor the making of proofs.
 * Called by: the log, the verifier, proofs, checkpoints.
 * Owns:      nothing.
 * Trust:     proofs, sizes and hashes are hostile; proved with Frama-C WP.
 */
#include "evidence/merkle.h"

#include "base/bytes.h"
#include "crypto/sha256.h"

bool hash_equal(const struct hash *a, const struct hash *b)
{
	return bytes_equal(a->b, b->b, sizeof(a->b));
}

void hash_node(const struct hash *left, const struct hash *right, struct hash *out)
{
	sha256_pair(0x01, left->b, right->b, out->b);
}

void merkle_init(struct merkle *m)
{
	m->size = 0;
}

void merkle_append(struct merkle *m, const struct hash *leaf)
{
	struct hash h = *leaf;
	uint64_t n = m->size;
	unsigned level = 0;

	/* The size is below 2^63, so a clear bit ends this before the levels do. */
	/*@ loop invariant level <= 63;
	    loop assigns h, n, level;
	    loop variant 63 - level; */
	while (n % 2 == 1 && level < MERKLE_LEVELS - 1) {
		hash_node(&m->edge[level], &h, &h);
		n /= 2;
		level++;
	}
	m->edge[level] = h;
	m->size += 1;
}

void merkle_root(const struct merkle *m, struct hash *out)
{
	uint64_t n = m->size;
	bool any = false;

	/*@ loop invariant level <= 64;
	    loop assigns level, n, any, *out;
	    loop variant 64 - level; */
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (n % 2 == 1) {
			if (any)
				hash_node(&m->edge[level], out, out);
			else
				*out = m->edge[level];
			any = true;
		}
		n /= 2;
	}
	if (!any)
		*out = (struct hash){ { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
		    0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4,
		    0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 } };
}

/* Where a proof has got to: the node that its hashes have built so far is number
 * `at` of its level, and the last node of that level is number `last`. */
struct climb {
	uint64_t at, last;
};

/* One level up; on the right edge, where a node without a sibling stands for its
 * own parent, up to the next level on which it has one. */
/*@ requires \valid(c);
    assigns *c;
    ensures c->last <= \old(c->last) / 2;
*/
static void climb_up(struct climb *c, bool on_edge)
{
	if (on_edge && c->at % 2 == 0) {
		/*@ loop invariant c->last <= \at(c->last, Pre);
		    loop assigns c->at, c->last;
		    loop variant c->at; */
		while (c->at % 2 == 0 && c->at != 0) {
			c->at /= 2;
			c->last /= 2;
		}
	}
	c->at /= 2;
	c->last /= 2;
}

bool merkle_included(uint64_t index, uint64_t size, const struct hash *leaf,
    const struct merkle_proof *proof, const struct hash *root)
{
	struct hash h = *leaf;
	struct climb c;

	if (index >= size || proof->n > MERKLE_PROOF_MAX)
		return false;
	c.at = index;
	c.last = size - 1;
	/*@ loop invariant 0 <= i <= proof->n;
	    loop invariant i == 0 ==> c.last == size - 1;
	    loop invariant i > 0 ==> size > 1;
	    loop assigns i, c, h;
	    loop variant proof->n - i; */
	for (size_t i = 0; i < proof->n; i++) {
		if (c.last == 0)
			return false;
		bool on_left = c.at % 2 == 1 || c.at == c.last;
		if (on_left)
			hash_node(&proof->h[i], &h, &h);
		else
			hash_node(&h, &proof->h[i], &h);
		climb_up(&c, on_left);
	}
	return c.last == 0 && hash_equal(&h, root);
}

/* The proof's hashes from `i` on, climbed from `start` in both trees at once. */
/*@ requires \valid_read(from) && \valid_read(to) && \valid_read(proof) && \valid_read(start);
    requires proof->n <= 64 && i <= proof->n;
    assigns \nothing;
*/
static bool climb_both(struct climb c, const struct hash *start, const struct merkle_proof *proof,
    size_t i, const struct merkle_head *from, const struct merkle_head *to)
{
	struct hash f = *start, t = *start;

	/*@ loop invariant i <= proof->n;
	    loop assigns i, c, f, t;
	    loop variant proof->n - i; */
	for (; i < proof->n; i++) {
		if (c.last == 0)
			return false;
		bool on_left = c.at % 2 == 1 || c.at == c.last;
		if (on_left) {
			hash_node(&proof->h[i], &f, &f);
			hash_node(&proof->h[i], &t, &t);
		} else {
			hash_node(&t, &proof->h[i], &t);
		}
		climb_up(&c, on_left);
	}
	return c.last == 0 && hash_equal(&f, &from->root) && hash_equal(&t, &to->root);
}

bool merkle_consistent(const struct merkle_head *from, const struct merkle_head *to,
    const struct merkle_proof *proof)
{
	struct climb c;

	if (from->size > to->size || from->size == 0 || proof->n > MERKLE_PROOF_MAX)
		return false;
	if (from->size == to->size)
		return proof->n == 0 && hash_equal(&from->root, &to->root);
	if (proof->n == 0)
		return false;
	c.at = from->size - 1;
	c.last = to->size - 1;
	/*@ loop assigns c;
	    loop variant c.at; */
	while (c.at % 2 == 1) {
		c.at /= 2;
		c.last /= 2;
	}
	/* The old tree is one full subtree: its root is in no proof, being known. */
	if (c.at == 0)
		return climb_both(c, &from->root, proof, 0, from, to);
	return climb_both(c, &proof->h[0], proof, 1, from, to);
}

#ifndef __FRAMAC__ /* streams a reader into SHA-256: no arithmetic of its own */

void hash_leaves(const struct rd *entry, size_t n, struct hash *out)
{
	sha256_many(0x00, entry, n, out->b);
}

void hash_leaf(struct rd entry, struct hash *out)
{
	static const uint8_t prefix = 0x00;
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, rd_of(&prefix, 1));
	sha256_update(&s, entry);
	sha256_final(&s, out->b);
}

#endif
