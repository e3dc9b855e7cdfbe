/*
 * Is:        why a crossing is allowed or refused: what stands before the rules, then
 *            rule by rule, condition by condition.
 * Is not:    a second opinion: every yes and no comes from decide's own functions.
 * Called by: `slagboom explain`, the console, a refusal's record.
 * Owns:      nothing.
 * Trust:     any crossing.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/wr.h"
#include "policy/policy.h"
#include "policy/table.h"

/* The verdict and its reasons. Rules about other people or assets are only counted.
 * False when the buffer is full. */
MUST_USE bool explain_render(const struct policy *p, const struct table *t,
    const struct crossing *q, struct buf *out);

/* What the crossing lacks if it lacks approvals alone: true, and by which rule, how many,
 * and by which roles; where several rules would do, the strictest: the most approvals, then
 * the least that is given (order.c). False when more is missing, or nothing. */
MUST_USE bool explain_needs(const struct table *t, const struct crossing *q, uint32_t *rule,
    uint32_t *approvals, uint32_t *roles);

/* Whether, with approvals enough, this rule of the table would do. */
MUST_USE bool explain_would_do(const struct table *t, const struct crossing *q, uint32_t rule);

/* Pieces for can and diff. */
void explain_crossing(struct wr *w, const struct policy *p, const struct crossing *q);
void explain_rule_name(struct wr *w, const struct policy *p, uint32_t rule);
void explain_roles(struct wr *w, uint32_t roles);
