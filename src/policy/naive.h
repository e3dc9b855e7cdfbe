/*
 * Is:        a second decision, written from docs/POLICY.md over the declarations,
 *            as slow and plain as can be: what decide is compared with.
 * Is not:    linked into any program of the product.
 * Called by: test_decide, test_can, fuzz_decide.
 * Owns:      nothing.
 * Trust:     a policy without errors.
 */
#pragma once

#include "policy/policy.h"
#include "policy/table.h"

enum verdict naive_decide(const struct policy *p, const struct crossing *q);
