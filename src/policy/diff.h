/*
 * Is:        what a change of policy newly permits and newly refuses, each with a
 *            witness, found by search over both policies.
 * Is not:    a comparison of texts (statements.h), which diff_render puts in front.
 * Called by: `slagboom check --against`, deskd before two administrators apply it.
 * Owns:      nothing.
 * Trust:     both policies have no errors.
 *
 * Crossings are compared as if everybody's papers were in order; whose papers count
 * longer or shorter is listed by itself. One line is given for each rule and command
 * class; a rule that newly permits ten engineers is one line with one of them. So whoever reviews a
 * change reads what is said otherwise, whole, and here what it comes to.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "policy/policy.h"
#include "policy/space.h"
#include "policy/table.h"

struct diff_side { const struct policy *policy; const struct table *table; };

struct diff_change {
	bool is_permitted;       /* newly permitted; else newly refused */
	uint32_t rule;           /* of the side that permits: the new or the old */
	struct crossing witness; /* with the numbers of that side */
};

/* The span of time that is compared. */
struct diff_span { struct space_zones zones; int64_t from; uint32_t days; };

/* Calls `found` for every change. */
void diff_policies(const struct diff_side *before, const struct diff_side *after,
    const struct diff_span *span, void (*found)(void *ctx, const struct diff_change *c), void *ctx);

/* What is said otherwise and what that changes, as text; "nothing" when nothing changes. False when the
 * buffer is full: it then holds the beginning. */
MUST_USE bool diff_render(const struct diff_side *before, const struct diff_side *after,
    const struct diff_span *span, struct buf *out);
