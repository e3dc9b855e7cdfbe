/*
 * Is:        the fuzz target of the plan parser; a plan that parses also scans.
 * Is not:    a check of ranges.
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include "base/assert.h"
#include "inspect/plan.h"
#include "inspect/scan.h"
#include "testing/fuzz.h"

static void count(void *ctx, const struct scan_finding *f)
{
	ASSERT(f->value.len <= SCAN_VALUE_MAX);
	(*(unsigned *)ctx)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(plan_free) struct plan *p = NULL;
	struct plan_error err;
	struct scan s;
	unsigned n = 0;

	if (plan_parse(rd_of(data, size), &p, &err) != 0) {
		ASSERT(err.why && !p);
		return 0;
	}
	for (size_t k = 1; k <= PLAN_DIGITS_MAX; k++)
		ASSERT(plan_space(p, PLAN_MSISDN, k) >= 0);
	scan_init(&s, p, SCAN_OPT_WEAK, count, &n);
	scan_feed(&s, rd_str("+31612345678 0612345678 (06) 1234 5678 99204080123456789123 420601234567 1316325476f8"));
	scan_end(&s);
	return 0;
}
