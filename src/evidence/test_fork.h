/*
 * Is:        a log that lies, for tests of witnesses: two histories that are the same up
 *            to `at` leaves, with the heads and the consistency proofs of each.
 * Is not:    linked into any program of the product.
 * Called by: test_witness.c here and in cli/witness.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include "evidence/merkle_path.h"

enum { FORK_LEAVES = 40 };

struct fork_log {
	unsigned at;
	struct hash leaf[2][FORK_LEAVES];
};

void fork_init(struct fork_log *f, unsigned at);
/* The head of the first `size` leaves of `history` (0 or 1). */
void fork_head(const struct fork_log *f, unsigned history, uint64_t size, struct merkle_head *out);
/* From one size of a history to another; empty where there is nothing to prove. */
void fork_prove(const struct fork_log *f, unsigned history, uint64_t from, uint64_t to, struct merkle_proof *out);
