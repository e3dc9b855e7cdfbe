/*
 * Is:        from a policy to the table that decide reads.
 * Is not:    the decision.
 * Called by: deskd when a policy is loaded; explain, can, diff through their callers.
 * Owns:      gives the table.
 * Trust:     a policy without errors (parse.h).
 */
#pragma once

#include "base/def.h"
#include "policy/policy.h"
#include "policy/table.h"

/* Gives a table that passed table_check. Engineers, assets, sites, zones, classes
 * and rules keep the policy's numbers. */
MUST_USE struct table *table_new(const struct policy *p);
void table_free(struct table **t);

/* Whom and what a selector means: NO, MAYBE (a fact is missing) or YES. */
enum tri select_engineer(const struct policy *p, const struct selector *s, uint32_t engineer);
enum tri select_asset(const struct policy *p, const struct selector *s, uint32_t asset,
    enum verdict effect);
