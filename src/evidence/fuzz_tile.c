/*
 * Is:        a fuzz target: tile paths and entry bundles.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "evidence/tile.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd raw = rd_of(data, size), rest = raw, entry, again;
	struct hash h[TILE_WIDTH];
	char text[TILE_PATH_MAX];
	struct tile t;
	size_t n = 0;

	if (tile_path_parse(raw, &t)) {
		tile_path(t, text);
		again = rd_str(text);
		ASSERT(rd_equal(&again, &raw));
	}
	while (n < TILE_WIDTH && bundle_next(&rest, &entry))
		n++;
	if (n)
		ASSERT(bundle_leaves(raw, n, n, h) == (rest.len == 0));
	return 0;
}
