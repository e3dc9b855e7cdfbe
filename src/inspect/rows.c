/*
 * Is:        rows to be scanned together (contract in the header).
 * Is not:    more.
 * Called by: inspector_layer.c, bench/inspect_terminal.
 * Owns:      its text.
 * Trust:     hostile text.
 */
#include "inspect/rows.h"

#include "base/assert.h"
#include "inspect/grid.h"
#include "inspect/masks.h"

_Static_assert((GRID_COLS_MAX + 2 * GRID_CONTEXT) * 4 + 2 < ROWS_TEXT_MAX, "the longest row fits");

void rows_init(struct rows *r, bool trace)
{
	traced_init(&r->text, ROWS_TEXT_MAX, trace);
	r->n = 0;
}

void rows_done(struct rows *r)
{
	traced_done(&r->text);
}

void rows_reset(struct rows *r)
{
	traced_reset(&r->text);
	r->n = 0;
}

/* Row `i`, without its NUL. */
static struct rd row_of(const struct rows *r, unsigned i)
{
	const struct rd all = buf_rd(&r->text.text);
	const size_t end = i + 1 < r->n ? r->begin[i + 1] : all.len;
	struct rd row;

	if (!rd_slice(&all, r->begin[i], end - 1 - r->begin[i], &row))
		UNREACHABLE();
	return row;
}

static bool is_last_again(const struct rows *r, const struct traced *row)
{
	const struct rd text = buf_rd(&row->text);
	const uint32_t at = r->n ? r->begin[r->n - 1] : 0;

	if (r->text.on || r->n == 0 || text.len + 1 != r->text.text.len - at)
		return false;
	const struct rd last = row_of(r, r->n - 1);
	return rd_equal(&last, &text);
}

bool rows_put(struct rows *r, const struct traced *row)
{
	const struct rd text = buf_rd(&row->text);

	ASSERT(row->on == r->text.on);
	if (is_last_again(r, row) || !masks_may_identify(&text))
		return true;
	if (r->n == ROWS_MAX || text.len + 1 > buf_room(&r->text.text))
		return false;
	r->begin[r->n++] = (uint32_t)r->text.text.len;
	traced_put_line(&r->text, row);
	ASSERT(!r->text.lost);
	return true;
}

/* Who asks goes through the text, more or less: the row is near the end of those that begin before. */
unsigned rows_find(const struct rows *r, uint64_t offset, struct rd *row)
{
	unsigned i = r->n - 1;

	ASSERT(r->n);
	while (i > 0 && r->begin[i] > offset)
		i--;
	*row = row_of(r, i);
	return i;
}
