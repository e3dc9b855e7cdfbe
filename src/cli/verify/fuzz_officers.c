/*
 * Is:        a fuzz target: files of officers' keys, and signatures held against them.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "cli/verify/officers.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(officers_done) struct officers o = { .n = 0 };
	struct rd in = rd_of(data, size), file, signature = in;
	size_t line;

	if (!rd_until(&signature, '\0', &file))
		file = in;
	if (!officers_parse(&o, file, &line))
		return 0;
	/* No key signs the empty text in a corpus of ours. */
	ASSERT(officers_check(&o, rd_str("anna"), rd_str(""), signature));
	return 0;
}
