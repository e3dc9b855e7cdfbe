/*
 * Is:        a log with two histories (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: test_witness.c here and in cli/witness.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/test_fork.h"

#include "testing/test.h"

struct tree {
	struct merkle_source source;
	const struct hash *leaf;
};

static int read_tree(struct merkle_source *self, unsigned level, uint64_t index, struct hash *out)
{
	struct tree *t = CONTAINER_OF(self, struct tree, source);
	struct hash left, right;

	if (level == 0) {
		*out = t->leaf[index];
		return 0;
	}
	CHECK_INT(read_tree(self, level - 1, 2 * index, &left), 0);
	CHECK_INT(read_tree(self, level - 1, 2 * index + 1, &right), 0);
	hash_node(&left, &right, out);
	return 0;
}

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
	struct tree t = { { read_tree }, f->leaf[history] };

	out->n = 0;
	if (from > 0 && from <= to)
		CHECK_INT(merkle_prove_consistency(&t.source, from, to, out), 0);
}
