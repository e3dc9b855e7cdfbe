/*
 * Is:        a fuzz target: the tree beside the definition, and the judgement of
 *            hostile proofs.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * Input: u8 size, u8 index, then proof bytes. The honest proof is damaged by the
 * proof bytes (exclusive or); it may be accepted only when they are all zero.
 */
#include <string.h>

#include "base/assert.h"
#include "evidence/merkle.h"
#include "evidence/merkle_path.h"
#include "testing/fuzz.h"

static struct hash leaf[256];

static void naive_root(uint64_t begin, uint64_t end, struct hash *out)
{
	struct hash left, right;
	uint64_t k = 1;

	if (end - begin == 1) {
		*out = leaf[begin];
		return;
	}
	while (k * 2 < end - begin)
		k *= 2;
	naive_root(begin, begin + k, &left);
	naive_root(begin + k, end, &right);
	hash_node(&left, &right, out);
}

static int naive_read(struct merkle_source *s, unsigned level, uint64_t index, struct hash *out)
{
	naive_root(index << level, (index + 1) << level, out);
	return 0;
}

/* Damages `p`; true when anything changed. */
static bool damage(struct merkle_proof *p, struct rd *r)
{
	bool changed = false;
	uint8_t x;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < sizeof(p->h[i].b) && rd_u8(r, &x); k++) {
			p->h[i].b[k] ^= x;
			changed = changed || x;
		}
	return changed;
}

static void check(uint64_t size, uint64_t index, struct rd r)
{
	struct merkle_source s = { naive_read };
	struct merkle_head from = { .size = index + 1 }, to = { .size = size };
	struct merkle_proof p;
	struct merkle m;
	struct hash root;
	struct rd again = r;

	merkle_init(&m);
	for (uint64_t i = 0; i < size; i++)
		merkle_append(&m, &leaf[i]);
	merkle_root(&m, &root);
	naive_root(0, size, &to.root);
	naive_root(0, index + 1, &from.root);
	ASSERT(hash_equal(&root, &to.root));
	ASSERT(merkle_prove_inclusion(&s, index, size, &p) == 0);
	bool changed = damage(&p, &r);
	ASSERT(merkle_included(index, size, &leaf[index], &p, &root) == !changed);
	ASSERT(merkle_prove_consistency(&s, index + 1, size, &p) == 0);
	changed = damage(&p, &again);
	ASSERT(merkle_consistent(&from, &to, &p) == !changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size);
	uint8_t n, at;

	if (!rd_u8(&r, &n) || !rd_u8(&r, &at) || n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		hash_leaf(rd_of(&(uint8_t){ (uint8_t)i }, 1), &leaf[i]);
	check(n, at % n, r);
	return 0;
}
