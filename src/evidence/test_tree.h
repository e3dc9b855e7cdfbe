/*
 * Is:        a tree of leaf hashes in memory, for tests of proofs.
 * Is not:    linked into any program of the product.
 * Called by: test_fork.c, test_subtree.c, test_mirror.c of cli/mirror.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include "evidence/merkle_path.h"

struct test_tree {
	struct merkle_source source;
	const struct hash *leaf; /* borrowed */
};

/* A source over `leaf`, which has all that will be asked for. */
struct test_tree test_tree_of(const struct hash *leaf);
