/*
 * Is:        what the two halves of the pattern compiler share: the program of a
 *            nondeterministic automaton.
 * Is not:    for anybody else.
 * Called by: match_parse.c makes it, match.c determines it.
 * Owns:      nothing.
 * Trust:     bounded by MATCH_OPS_MAX.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { MATCH_OPS_MAX = 4096 };

enum match_op_kind { OP_SET, OP_SPLIT, OP_JUMP, OP_BEGIN, OP_END, OP_WORD, OP_FOUND };

struct match_op {
	enum match_op_kind kind;
	uint16_t x, y;    /* where to go on: both for OP_SPLIT, x for OP_JUMP */
	uint8_t set[32];  /* a bit per byte, for OP_SET */
};

struct match_program {
	struct match_op op[MATCH_OPS_MAX];
	uint16_t n;
	const char *why; /* what is wrong with the pattern, or NULL */
	size_t at;
};

void match_parse(struct rd pattern, struct match_program *out);

static inline bool match_in_set(const struct match_op *op, uint8_t c)
{
	return op->set[c / 8] >> (c % 8) & 1;
}
