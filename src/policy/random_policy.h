/*
 * Is:        small random policies as text, and random crossings of them.
 * Is not:    linked into any program of the product.
 * Called by: test_decide, test_can, fuzz_decide.
 * Owns:      nothing.
 * Trust:     draws from a source that a fuzzer may steer.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "policy/policy.h"
#include "policy/table.h"

/* A number below n, n > 0. */
struct dice { uint64_t (*below)(void *ctx, uint64_t n); void *ctx; };

/* Appends a policy that loads. */
void random_policy(const struct dice *dice, struct buf *out);

void random_crossing(const struct dice *dice, const struct policy *p, struct crossing *out);
