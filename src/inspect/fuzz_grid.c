/*
 * Is:        the fuzz target of the grid, resized as the input says.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/grid.h"
#include "inspect/traced.h"
#include "testing/fuzz.h"

static void read_line(void *ctx, const struct traced *line)
{
	ASSERT(ctx && !line->lost);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(grid_free) struct grid *g = grid_new((unsigned)(size % 30) + 1, (unsigned)(size % 61) + 1, size % 2, read_line, &size);
	struct rd in = rd_of(data, size), piece;

	for (uint8_t n; rd_u8(&in, &n);) {
		if (!rd_take(&in, n < in.len ? n : in.len, &piece))
			break;
		grid_put(g, piece, 0);
		if (n % 16 == 3)
			grid_resize(g, n / 8 + 1, n / 3 + 1);
		if (n % 16 == 5)
			grid_settle(g, piece.p, piece.len);
		if (n % 16 == 7)
			grid_flush(g);
	}
	grid_flush(g);
	return 0;
}
