/*
 * Is:        a tree of leaf hashes in memory (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: tests.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/test_tree.h"

#include "evidence/merkle.h"
#include "testing/test.h"

static int read_tree(struct merkle_source *self, unsigned level, uint64_t index, struct hash *out)
{
	struct test_tree *t = CONTAINER_OF(self, struct test_tree, source);
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

struct test_tree test_tree_of(const struct hash *leaf)
{
	return (struct test_tree){ { read_tree }, leaf };
}
