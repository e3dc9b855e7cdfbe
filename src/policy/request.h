/*
 * Is:        from a request to the grant that officers are asked to sign: what the policy
 *            says of the rule and the person, and whether a person comes too often.
 * Is not:    storage, numbers or times: the caller sets id, policy hash, assets, classes,
 *            channels, the window, purpose and ticket.
 * Called by: deskd.
 * Owns:      nothing; the grant borrows from the policy.
 * Trust:     a policy without errors; indexes are the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "policy/grant.h"
#include "policy/policy.h"

/* Fills operator, rule, person, employer, limits, approvals and roles from an allow
 * rule. `g->classes` is set before: a two-person class among them makes it two. Limits
 * may then be lowered, never raised (approval.h refuses that). */
void request_fill(const struct policy *p, uint32_t rule, uint32_t engineer, struct grant *g);

/* Adds a name to a list in its place; true also when it was there. False when full. */
MUST_USE bool request_add(struct grant_names *names, struct rd name);

/* More than four times the sessions expected, `n_sessions` being those of the last
 * `period_days` of the engineer. Nothing expected was said: false. */
bool request_is_unusual(const struct engineer *e, uint32_t n_sessions);
