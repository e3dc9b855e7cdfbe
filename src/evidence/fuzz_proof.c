/*
 * Is:        a fuzz target: .tlog-proof files.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "evidence/proof.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd raw = rd_of(data, size), again;
	struct proof p;
	struct wr w;

	buf_init(&b, PROOF_MAX + 1);
	if (!proof_parse(raw, &p))
		return 0;
	w = wr_to(&b);
	wr_proof(&w, p.index, &p.path, p.checkpoint);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && (p.extra.p || rd_equal(&again, &raw)));
	return 0;
}
