/*
 * Is:        what a sound policy had better not say: warnings, beyond errors.
 * Is not:    the parser's errors; a policy with warnings is in force all the same.
 * Called by: `slagboom check`, deskd when a policy is offered.
 * Owns:      nothing.
 * Trust:     a policy without errors.
 */
#pragma once

#include "policy/classes.h"
#include "policy/diag.h"
#include "policy/policy.h"
#include "policy/space.h"

/* Adds warnings to `d`, and an error for each rule that can never be approved and each
 * zone that `zones` does not know. `classes` may be NULL: dialects are not looked at. */
void policy_check(const struct policy *p, const struct classes *classes,
    const struct space_zones *zones, int64_t now, struct diags *d);
