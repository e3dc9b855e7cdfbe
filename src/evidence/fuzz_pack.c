/*
 * Is:        a fuzz target: packs, whole and in two portions.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "evidence/pack.h"
#include "testing/fuzz.h"

static struct pack_judge p;

static const char *judge(struct rd in, size_t cut, uint64_t *out_n)
{
	struct rd first;
	const char *why;

	if (!rd_take(&in, cut, &first))
		UNREACHABLE();
	pack_judge_init(&p, NULL);
	if (pack_judge_take(&p, first) && pack_judge_take(&p, in))
		ASSERT(!p.why);
	why = pack_judge_end(&p) ? NULL : p.why;
	*out_n = p.n_done;
	pack_judge_done(&p);
	return why;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	uint64_t a, b;
	uint8_t at = 0;

	if (!rd_at(&in, size / 2, &at))
		return 0;
	ASSERT(judge(in, 0, &a) == judge(in, size * at / 255, &b));
	ASSERT(a == b);
	return 0;
}
