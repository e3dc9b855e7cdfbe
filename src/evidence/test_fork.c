/*
 * Is:        a log with two histories (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: test_witness.c here and in cli/witness.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/test_fork.h"

#include "evidence/test_tree.h"
#include "testing/test.h"

void fork_init(struct fork_log *f, unsigned at)
{
	f->at = at;
	for (unsigned i = 0; i < FORK_LEAVES; i++)
		for (uint8_t h = 0; h < 2; h++)
			hash_leaf(rd_of((uint8_t[]){ (uint8_t)i, i < at ? 0 : h }, 2), &f->leaf[h][i]);
}

void fork_head(const struct fork_log *f, unsigned history, uint64_t size, struct merkle_head *out)
{
	struct merkle m;

	CHECK(size <= FORK_LEAVES);
	merkle_init(&m);
	for (uint64_t i = 0; i < size; i++)
		merkle_append(&m, &f->leaf[history][i]);
	out->size = size;
	merkle_root(&m, &out->root);
}

void fork_prove(const struct fork_log *f, unsigned history, uint64_t from, uint64_t to, struct merkle_proof *out)
{
	struct test_tree t = test_tree_of(f->leaf[history]);

	out->n = 0;
	if (from > 0 && from <= to)
		CHECK_INT(merkle_prove_consistency(&t.source, from, to, out), 0);
}
