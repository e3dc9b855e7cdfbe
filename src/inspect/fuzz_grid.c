/*
 * Is:        the fuzz target of the grid, resized as the input says: pieces whole and a byte at
 *            a time must read the same.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/grid.h"
#include "inspect/traced.h"
#include "testing/fuzz.h"

struct reader {
	uint64_t hash;
};

static void read_line(void *ctx, const struct traced *line)
{
	struct reader *r = ctx;

	ASSERT(!line->lost);
	for (size_t i = 0; i < line->text.len; i++)
		r->hash = (r->hash * 31 + line->text.p[line->text.off + i]) * 31 + traced_src(line, i);
	r->hash = r->hash * 31 + 1;
}

/* What one grid has whole and the other a byte at a time. */
static void put(struct grid *whole, struct grid *bytes, struct rd piece)
{
	struct rd one;

	grid_put(whole, piece, 0);
	for (uint32_t at = 0; rd_take(&piece, 1, &one); at++)
		grid_put(bytes, one, at);
}

static void change(struct grid *g, uint8_t n, struct rd piece)
{
	if (n % 16 == 3)
		grid_resize(g, n / 8 + 1, n / 3 + 1);
	if (n % 16 == 5)
		grid_settle(g, piece.p, piece.len);
	if (n % 16 == 7)
		grid_flush(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned rows = (unsigned)(size % 30) + 1, cols = (unsigned)(size % 61) + 1;
	struct reader a = { 0 }, b = { 0 };
	AUTO(grid_free) struct grid *whole = grid_new(rows, cols, size % 2, read_line, &a);
	AUTO(grid_free) struct grid *bytes = grid_new(rows, cols, size % 2, read_line, &b);
	struct rd in = rd_of(data, size), piece;
	unsigned row[2], col[2];

	for (uint8_t n; rd_u8(&in, &n);) {
		if (!rd_take(&in, n < in.len ? n : in.len, &piece))
			break;
		put(whole, bytes, piece);
		change(whole, n, piece);
		change(bytes, n, piece);
	}
	grid_flush(whole);
	grid_flush(bytes);
	grid_cursor(whole, &row[0], &col[0]);
	grid_cursor(bytes, &row[1], &col[1]);
	ASSERT(a.hash == b.hash && row[0] == row[1] && col[0] == col[1] && grid_opaque(whole) == grid_opaque(bytes));
	return 0;
}
