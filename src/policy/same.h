/*
 * Is:        what two policies have in common, so that a comparison need not look at it.
 * Is not:    a comparison of what they decide (diff.h).
 * Called by: diff.
 * Owns:      nothing.
 * Trust:     both policies have no errors.
 */
#pragma once

#include "base/def.h"
#include "policy/policy.h"

#define SAME_NONE UINT32_MAX

/* Gives for each rule of `a` the rule of `b` that says the same of the same, each at most once; or SAME_NONE. */
MUST_USE uint32_t *same_rules(const struct policy *a, const struct policy *b);

/* Whether all is the same that decide reads and that is neither a rule nor about one person or asset. */
MUST_USE bool same_world(const struct policy *a, const struct policy *b);
