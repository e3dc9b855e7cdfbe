/*
 * Is:        for tests: a text as a policy, and dice of the test's own randomness.
 * Is not:    linked into any program of the product.
 * Called by: the tests of policies.
 * Owns:      nothing: the policy is the caller's.
 * Trust:     no input.
 */
#pragma once

#include "base/mem.h"
#include "policy/compile.h"
#include "policy/random_policy.h"
#include "testing/test.h"

static inline struct policy *load_as(const char *name, struct rd text)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	struct policy *p = NULL;

	if (policy_load_text(rd_str(name), text, d, &p) != 0)
		test_fail(__FILE__, __LINE__, "%u:%u %s", d->kept[0].pos.line, d->kept[0].pos.col, d->kept[0].text);
	return p;
}

static inline struct policy *load(struct rd text)
{
	return load_as("p", text);
}

static inline uint64_t dice_below(void *ctx, uint64_t n)
{
	return test_below(n);
}

static const struct dice dice = { dice_below, NULL };
