/*
 * Is:        the fuzz target of grants: what reads writes the same bytes.
 * Is not:    a test of approvals.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "policy/grant.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf back = { 0 };
	struct rd text = rd_of(data, size), again;
	struct grant g;

	buf_init(&back, GRANT_MAX);
	if (grant_parse(text, &g) != 0)
		return 0;
	ASSERT(grant_write(&g, &back));
	again = buf_rd(&back);
	ASSERT(rd_equal(&again, &text));
	return 0;
}
