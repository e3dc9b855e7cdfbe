/*
 * Is:        a row's cells (contract in the header).
 * Is not:    more.
 * Called by: grid.c, grid_edit.c.
 * Owns:      a row's arrays.
 * Trust:     columns are inside the row. Rule Zero: as the header says.
 */
#include "inspect/grid_row.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/run.h"
#include "inspect/traced.h"
#include "inspect/unicode.h"

void row_init(struct row *row, unsigned cols, bool trace)
{
	*row = (struct row){ .n_cols = (uint16_t)cols };
	row->text = mem_new(cols, 1);
	if (trace)
		row->src = mem_new(cols, sizeof(*row->src));
}

void row_done(struct row *row)
{
	mem_free(&row->text);
	mem_free(&row->cell);
	mem_free(&row->src);
}

void row_clear(struct row *row)
{
	row->used = row->new_from = row->new_to = 0;
	row->wrapped = row->dirty = row->fresh = row->odd = false;
}

static void set_src(struct row *row, unsigned col, unsigned n, uint32_t src, uint32_t step)
{
	if (!row->src)
		return;
	for (unsigned i = 0; i < n; i++)
		row->src[col + i] = src + i * step;
}

/* Cells from `col` on may have sources of the present chunk. */
static void set_new(struct row *row, unsigned col, unsigned n)
{
	if (row->new_from == row->new_to)
		row->new_from = row->new_to = (uint16_t)col;
	row->new_from = (uint16_t)(row->new_from < col ? row->new_from : col);
	row->new_to = (uint16_t)(row->new_to > col + n ? row->new_to : col + n);
}

/* Released long ago: TRACED_OLD is 0. */
static void set_old(struct row *row, unsigned col, unsigned n)
{
	if (row->src)
		memset(row->src + col, 0, n * sizeof(*row->src));
}
_Static_assert(TRACED_OLD == 0, "set_old");

static void fill(struct row *row, unsigned col, unsigned n)
{
	memset(row->text + col, ' ', n);
}

void row_extend(struct row *row, unsigned n)
{
	fill(row, row->used, n - row->used);
	set_old(row, row->used, n - row->used);
	row->used = (uint16_t)n;
}

unsigned row_trimmed(const struct row *row)
{
	unsigned n = row->used;
	uint64_t eight;

	for (; n >= sizeof(eight); n -= (unsigned)sizeof(eight)) {
		memcpy(&eight, row->text + n - sizeof(eight), sizeof(eight));
		if (eight != 0x2020202020202020)
			break;
	}
	while (n > 0 && row->text[n - 1] == ' ')
		n--;
	return n;
}

static void make_odd(struct row *row)
{
	if (!row->cell)
		row->cell = mem_new(row->n_cols, sizeof(*row->cell));
	row->odd = true;
}

void row_put_ascii(struct row *row, unsigned col, struct rd run, uint32_t src, uint32_t step)
{
	const unsigned n = (unsigned)run.len;

	row_reach(row, col);
	memcpy(row->text + col, run.p, n);
	set_src(row, col, n, src, step);
	set_new(row, col, n);
	if (col + n > row->used)
		row->used = (uint16_t)(col + n);
}

void row_put_char(struct row *row, unsigned col, uint32_t shown, unsigned width, uint32_t src)
{
	row_reach(row, col + width);
	if (width == 2 || shown >= 0x80)
		make_odd(row);
	row->text[col] = shown < 0x80 ? (uint8_t)shown : CELL_ODD;
	if (shown >= 0x80)
		row->cell[col] = shown;
	if (width == 2)
		row->text[col + 1] = CELL_WIDE_TAIL;
	set_src(row, col, width, src, 0);
	set_new(row, col, width);
}

void row_blank(struct row *row, unsigned col, unsigned n, uint32_t src)
{
	fill(row, col, n);
	set_src(row, col, n, src, 0);
}

bool row_erase(struct row *row, unsigned from, unsigned to)
{
	uint8_t differs = 0;

	if (to > row->used)
		to = row->used;
	if (from >= to)
		return false;
	for (unsigned c = from; c < to; c++)
		differs |= row->text[c] ^ ' ';
	fill(row, from, to - from);
	return differs != 0;
}

void row_move(struct row *row, unsigned to, unsigned from, unsigned n)
{
	memmove(row->text + to, row->text + from, n);
	if (row->odd)
		memmove(row->cell + to, row->cell + from, n * sizeof(*row->cell));
	if (row->src)
		memmove(row->src + to, row->src + from, n * sizeof(*row->src));
	if (row->new_from != row->new_to)
		set_new(row, to, n);
}

void row_copy(struct row *row, unsigned to, const struct row *other, unsigned from, unsigned n)
{
	const unsigned have = from < other->used ? other->used - from : 0, k = n < have ? n : have;

	row_reach(row, to);
	if (to + n > row->used)
		row->used = (uint16_t)(to + n); /* all of it is written below */
	memcpy(row->text + to, other->text + from, k);
	if (other->odd) {
		make_odd(row);
		memcpy(row->cell + to, other->cell + from, k * sizeof(*row->cell));
	}
	fill(row, to + k, n - k);
	if (other->new_from != other->new_to)
		set_new(row, to, n);
	if (row->src && other->src)
		memcpy(row->src + to, other->src + from, k * sizeof(*row->src));
	else
		set_old(row, to, k);
	set_old(row, to + k, n - k);
}

void row_settle(struct row *row, const uint8_t *masked, size_t n)
{
	const unsigned to = row->new_to < row->used ? row->new_to : row->used;

	for (unsigned c = row->new_from; row->src && c < to; c++)
		row->src[c] = traced_settle(row->src[c], masked, n);
	row->new_from = row->new_to = 0;
}

/* Cells that are bytes and such that are not, by turns. */
static size_t read_odd(const struct row *row, unsigned from, unsigned to, uint8_t *out, uint32_t *src)
{
	size_t len = 0, n;

	for (unsigned c = from; c < to; c++) {
		n = run_copy(row->text + c, to - c, out, len);
		if (src)
			memcpy(src + len, row->src + c, n * sizeof(*src));
		len += n;
		c += (unsigned)n;
		if (c == to || row->text[c] != CELL_ODD)
			continue;
		for (n = utf8_write(row->cell[c], out + len); n > 0; n--, len++)
			if (src)
				src[len] = row->src[c];
	}
	return len;
}

void row_read(const struct row *row, unsigned from, unsigned to, struct traced *line)
{
	uint32_t *src = NULL;
	uint8_t *out = traced_space(line, (size_t)(to - from) * (row->odd ? UTF8_LEN_MAX : 1), &src);
	size_t n = to - from;

	ASSERT(line->on == (row->src != NULL));
	if (!out)
		return;
	if (row->odd) {
		n = read_odd(row, from, to, out, src);
	} else {
		memcpy(out, row->text + from, n);
		if (src)
			memcpy(src, row->src + from, n * sizeof(*src));
	}
	traced_grew(line, n);
}
