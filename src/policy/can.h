/*
 * Is:        answers over a whole policy at once: can anybody of these do this, with a
 *            witness, or "none".
 * Is not:    a sample: the answer covers every engineer, asset, place, command class,
 *            channel and instant of the span asked about.
 * Called by: `slagboom can`; deskd before a policy is applied.
 * Owns:      nothing.
 * Trust:     the question is the asker's text; the policy has no errors.
 *
 *     question = who ( "see" ">" N "clear" kind [ "on" what ]
 *                    | "reach" what | "do" class [ "on" what ] )
 *
 * `who` and `what` are as in rules. Somebody whose employer's country is not known may
 * be employed under any: he counts as one of those asked about. Whatever approvals a
 * rule needs are taken as given; the witness names them.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "policy/parse.h"
#include "policy/space.h"

enum can_verb { CAN_SEE, CAN_REACH, CAN_DO };

struct can_question {
	struct selector who, what; /* what: SELECT_ANY when nothing was said */
	enum can_verb verb;
	uint32_t more_than; /* CAN_SEE */
	enum kind kind;
	uint32_t cls;       /* CAN_DO */
};

struct can_world {
	const struct policy *policy;
	const struct table *table;
	struct space_zones zones;
	int64_t from;   /* now */
	uint32_t days;  /* how far ahead; 366 covers both halves of the year */
};

struct can_answer {
	bool yes;
	struct crossing witness; /* with yes: decide allows it */
	uint32_t rule;
	uint32_t approvals;
};

/* 0 or PARSE_BAD with what is wrong in `d` (positions within the question). */
MUST_USE int can_parse(const struct policy *p, struct rd text, struct diags *d,
    struct can_question *out);

struct can_answer can_ask(const struct can_world *w, const struct can_question *q);

/* "yes: ..." with the witness, or "none". False when the buffer is full. */
MUST_USE bool can_render(const struct can_world *w, const struct can_answer *a, struct buf *out);
