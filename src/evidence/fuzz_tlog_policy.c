/*
 * Is:        a fuzz target: policy files and the vkeys in them.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "evidence/tlog_policy.h"
#include "testing/fuzz.h"

/* More signatures never unmake a quorum. */
static void check_quorum(const struct tlog_policy *p)
{
	bool had = tlog_policy_quorum(p, 0);

	for (size_t i = 0; i < p->n_witnesses; i++) {
		bool has = tlog_policy_quorum(p, ((uint64_t)2 << i) - 1);
		ASSERT(has || !had);
		had = has;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tlog_policy p;
	struct tlog_policy_error err = { 0 };

	if (tlog_policy_parse(rd_of(data, size), &p, &err)) {
		ASSERT(p.n_logs > 0);
		check_quorum(&p);
	} else {
		ASSERT(err.what);
	}
	return 0;
}
