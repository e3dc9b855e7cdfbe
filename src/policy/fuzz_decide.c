/*
 * Is:        the differential fuzz target: the input steers a policy and crossings;
 *            decide and the naive decision must agree.
 * Is not:    a test of the parser on hostile text (fuzz_policy.c).
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/mem.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/naive.h"
#include "policy/parse.h"
#include "policy/random_policy.h"
#include "testing/fuzz.h"

/* The next choice from the input; the last one when it is used up, which ends lists. */
static uint64_t from_input(void *ctx, uint64_t n)
{
	uint8_t c = 0;
	uint16_t wide = 0;

	if (n > 256)
		return rd_u16(ctx, &wide) ? wide % n : n - 1;
	return rd_u8(ctx, &c) ? c % n : n - 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd input = rd_of(data, size);
	struct dice dice = { from_input, &input };
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf text = { 0 };
	AUTO(policy_free) struct policy *p = NULL;
	AUTO(table_free) struct table *t = NULL;

	buf_init(&text, 1 << 20);
	random_policy(&dice, &text);
	ASSERT(policy_load_text(rd_str("p"), buf_rd(&text), d, &p) == 0);
	t = table_new(p);
	for (int i = 0; i < 16; i++) {
		struct crossing q;
		random_crossing(&dice, p, &q);
		ASSERT(decide(t, &q).verdict == naive_decide(p, &q));
	}
	return 0;
}
