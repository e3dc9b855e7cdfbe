/*
 * Is:        how cells change: writing, erasing, inserting, deleting, scrolling;
 *            and that what nobody has read yet is read first.
 * Is not:    the meaning of controls (grid_seq.c).
 * Called by: grid_seq.c.
 * Owns:      nothing.
 * Trust:     positions were clamped by grid_seq.c. Rule Zero: memmove of cells in
 *            put_run and in shifts, because these loops are the cost of a terminal;
 *            every count is bounded by n_cols.
 */
#include "inspect/grid_priv.h"

#include <string.h>

/* Reads the row if a change in from..to-1 would lose what nobody has read: a fresh
 * cell there; or any cell, when the pass that made the row what it is has ended.
 * A pass goes on while the cursor goes to the right in one row: programs that send
 * changed cells only are in the middle of a number then. */
static void read_before_change(struct grid *g, unsigned r, unsigned from, unsigned to)
{
	const struct row *row = grid_row(g, r);
	bool passed = g->pass_row != r || from < g->pass_col;
	uint32_t any = 0;

	g->pass_row = r;
	g->pass_col = to;
	if (!row->fresh)
		return;
	if (to > row->used)
		to = row->used;
	for (unsigned c = from; c < to; c++)
		any |= row->cell[c];
	if ((any & CELL_FRESH) || (passed && from < to))
		grid_emit(g, r);
}

static void touched(struct row *row, unsigned used)
{
	row->dirty = row->fresh = row->traced = true;
	if (used > row->used)
		row->used = (uint16_t)used;
}

/* Half of a wide character is left behind when the other half goes: it blanks. */
static void split_wide(struct row *row, unsigned col, unsigned n_cols)
{
	if (col >= n_cols || (row->cell[col] & CELL_CHAR) != CELL_WIDE_TAIL)
		return;
	row->cell[col] = ' ' | CELL_FRESH;
	if (col > 0)
		row->cell[col - 1] = ' ' | CELL_FRESH;
}

static void set_src(struct row *row, unsigned col, unsigned n, uint32_t src, uint32_t step)
{
	if (!row->src)
		return;
	for (unsigned i = 0; i < n; i++)
		row->src[col + i] = src + i * step;
}

void grid_line_feed(struct grid *g)
{
	if (g->cur.row == g->bottom) {
		if (!g->margins || (g->cur.col >= g->left && g->cur.col <= g->right))
			grid_scroll_up(g, g->top, g->bottom, 1);
	} else if (g->cur.row + 1 < g->n_rows) {
		g->cur.row++;
	}
}

static unsigned line_end(const struct grid *g)
{
	return g->margins && g->cur.col <= g->right ? g->right : g->n_cols - 1;
}

static void wrap(struct grid *g)
{
	struct row *row = grid_row(g, g->cur.row);

	g->cur.pending = false;
	if (!row->wrapped && !g->margins) {
		row->wrapped = true;
		row->dirty = true;
	}
	g->cur.col = g->margins ? g->left : 0;
	grid_line_feed(g);
}

static void shift_right(struct grid *g, unsigned n)
{
	struct row *row = grid_row(g, g->cur.row);
	unsigned col = g->cur.col, end = line_end(g) + 1, rest = end - col - n;

	memmove(row->cell + col + n, row->cell + col, rest * sizeof(uint32_t));
	if (row->src)
		memmove(row->src + col + n, row->src + col, rest * sizeof(uint32_t));
	touched(row, row->used + n < end ? row->used + n : row->used > end ? row->used : end);
}

/* Writes are fresh only where they change something: a redraw is nothing new. */
static void set_cell(struct row *row, unsigned col, uint32_t cp)
{
	row->cell[col] = cp | CELL_FRESH;
}

void grid_put_char(struct grid *g, uint32_t cp, uint32_t src)
{
	unsigned width = unicode_width(cp), end;
	struct row *row;

	if (width == 0)
		return;
	uint32_t shown = unicode_fold(cp);
	if (g->cur.pending && g->autowrap)
		wrap(g);
	end = line_end(g);
	if (width == 2 && g->cur.col == end && end > 0) {
		if (!g->autowrap)
			g->cur.col--;
		else
			wrap(g);
		end = line_end(g);
	}
	if (g->cur.col + width > end + 1)
		width = 1;
	if (g->insert)
		grid_insert_cells(g, width);
	read_before_change(g, g->cur.row, g->cur.col, g->cur.col + width);
	row = grid_row(g, g->cur.row);
	split_wide(row, g->cur.col, g->n_cols);
	split_wide(row, g->cur.col + width, g->n_cols);
	set_cell(row, g->cur.col, shown);
	if (width == 2)
		set_cell(row, g->cur.col + 1, CELL_WIDE_TAIL);
	row->odd |= width == 2 || shown >= 0x80;
	set_src(row, g->cur.col, width, src, 0);
	touched(row, g->cur.col + width);
	g->last = cp;
	g->last_src = src;
	if (g->cur.col + width > end) {
		g->cur.col = end;
		g->cur.pending = true;
		row->wrapped = false;
	} else {
		g->cur.col += width;
	}
}

size_t grid_put_run(struct grid *g, struct rd run, uint32_t src)
{
	struct row *row;
	unsigned col, end, n;

	if (g->cur.pending && g->autowrap)
		wrap(g);
	if (g->insert || g->cur.pending) {
		grid_put_char(g, run.p[0], src);
		return 1;
	}
	col = g->cur.col;
	end = line_end(g);
	n = end + 1 - col;
	if (n > run.len)
		n = (unsigned)run.len;
	read_before_change(g, g->cur.row, col, col + n);
	row = grid_row(g, g->cur.row);
	split_wide(row, col, g->n_cols);
	split_wide(row, col + n, g->n_cols);
	for (unsigned i = 0; i < n; i++)
		row->cell[col + i] = run.p[i] | CELL_FRESH;
	set_src(row, col, n, src, 1);
	touched(row, col + n);
	g->last = run.p[n - 1];
	g->last_src = src + n - 1;
	if (col + n > end) {
		g->cur.col = end;
		g->cur.pending = true;
		row->wrapped = false;
	} else {
		g->cur.col = col + n;
	}
	return n;
}

void grid_erase(struct grid *g, unsigned r, unsigned from, unsigned to)
{
	struct row *row = grid_row(g, r);
	bool changed = false;

	read_before_change(g, r, from, to + 1);
	split_wide(row, from, g->n_cols);
	split_wide(row, to + 1, g->n_cols);
	for (unsigned c = from; c <= to && c < row->used; c++) {
		if ((row->cell[c] & CELL_CHAR) == ' ')
			continue;
		row->cell[c] = ' ' | CELL_FRESH;
		changed = true;
	}
	if (to == g->n_cols - 1) {
		changed |= row->wrapped;
		row->wrapped = false;
	}
	if (changed)
		touched(row, 0);
	/* A row that is blank from its first cell on has nothing more to say. */
	if (from == 0 && to + 1 >= row->used) {
		for (unsigned c = 0; c < row->used; c++)
			row->cell[c] = ' ';
		row->used = 0;
		row->dirty = row->fresh = false;
	}
}

void grid_insert_cells(struct grid *g, unsigned n)
{
	unsigned end = line_end(g) + 1;
	struct row *row;

	if (g->margins && (g->cur.col < g->left || g->cur.col > g->right))
		return;
	if (n > end - g->cur.col)
		n = end - g->cur.col;
	read_before_change(g, g->cur.row, g->cur.col, end);
	row = grid_row(g, g->cur.row);
	split_wide(row, g->cur.col, g->n_cols);
	shift_right(g, n);
	for (unsigned i = 0; i < n; i++)
		set_cell(row, g->cur.col + i, ' ');
	set_src(row, g->cur.col, n, TRACED_OLD, 0);
}

void grid_delete_cells(struct grid *g, unsigned n)
{
	unsigned col = g->cur.col, end = line_end(g) + 1, rest;
	struct row *row;

	if (g->margins && (col < g->left || col > g->right))
		return;
	if (n > end - col)
		n = end - col;
	rest = end - col - n;
	read_before_change(g, g->cur.row, col, end);
	row = grid_row(g, g->cur.row);
	split_wide(row, col, g->n_cols);
	split_wide(row, col + n, g->n_cols);
	memmove(row->cell + col, row->cell + col + n, rest * sizeof(uint32_t));
	if (row->src)
		memmove(row->src + col, row->src + col + n, rest * sizeof(uint32_t));
	for (unsigned i = 0; i < n; i++)
		set_cell(row, col + rest + i, ' ');
	set_src(row, col + rest, n, TRACED_OLD, 0);
	touched(row, row->used > end ? row->used : end);
}

static void clear_row(struct row *row)
{
	for (unsigned c = 0; c < row->used; c++)
		row->cell[c] = ' ';
	row->used = 0;
	row->wrapped = row->dirty = row->fresh = row->traced = row->odd = false;
}

bool grid_goes_on(const struct grid *g, const struct row *row)
{
	uint32_t last = row->cell[g->n_cols - 1] & CELL_CHAR;

	return row->wrapped ||
	    (row->used == g->n_cols && ((last >= '0' && last <= '9') || ((last | 0x20) >= 'a' && (last | 0x20) <= 'z')));
}

/* Keeps the end of the row that leaves the top, for the rows that go on with it. */
static void keep_above(struct grid *g, const struct row *row)
{
	struct screen_rows *s = g->now;
	unsigned take = g->n_cols < GRID_CONTEXT ? g->n_cols : GRID_CONTEXT, keep;

	s->above_wrapped = row->wrapped;
	if (!grid_goes_on(g, row)) {
		s->n_above = 0;
		return;
	}
	keep = s->n_above + take > GRID_CONTEXT ? GRID_CONTEXT - take : s->n_above;
	for (unsigned i = 0; i < keep; i++) {
		s->above[i] = s->above[s->n_above - keep + i];
		s->above_src[i] = s->above_src[s->n_above - keep + i];
	}
	for (unsigned i = 0; i < take; i++) {
		s->above[keep + i] = row->cell[g->n_cols - take + i];
		s->above_src[keep + i] = row->src ? row->src[g->n_cols - take + i] : TRACED_OLD;
	}
	s->n_above = keep + take;
}

/* With left and right margins only the columns between them move. */
static void copy_between_margins(struct grid *g, unsigned to, unsigned from)
{
	struct row *t = grid_row(g, to);
	const struct row *f = grid_row(g, from);

	read_before_change(g, to, g->left, g->right + 1);
	for (unsigned c = g->left; c <= g->right; c++) {
		t->cell[c] = f->cell[c] | CELL_FRESH;
		if (t->src)
			t->src[c] = f->src[c];
	}
	t->odd |= f->odd;
	touched(t, g->right + 1);
}

static void scroll_between_margins(struct grid *g, unsigned top, unsigned bottom, bool up)
{
	if (up) {
		for (unsigned r = top; r < bottom; r++)
			copy_between_margins(g, r, r + 1);
		grid_erase(g, bottom, g->left, g->right);
	} else {
		for (unsigned r = bottom; r > top; r--)
			copy_between_margins(g, r, r - 1);
		grid_erase(g, top, g->left, g->right);
	}
}

static void scroll_once(struct grid *g, unsigned top, unsigned bottom, bool up)
{
	unsigned leaves = up ? top : bottom, enters = up ? bottom : top;
	struct row *rows = g->now->row, gone;

	if (g->margins) {
		scroll_between_margins(g, top, bottom, up);
		return;
	}
	if (rows[leaves].dirty)
		grid_emit(g, leaves);
	if (up && top == 0)
		keep_above(g, &rows[0]);
	gone = rows[leaves];
	clear_row(&gone);
	if (up)
		memmove(&rows[top], &rows[top + 1], (bottom - top) * sizeof(*rows));
	else
		memmove(&rows[top + 1], &rows[top], (bottom - top) * sizeof(*rows));
	rows[enters] = gone;
}

void grid_scroll_up(struct grid *g, unsigned top, unsigned bottom, unsigned n)
{
	if (n > bottom - top + 1)
		n = bottom - top + 1;
	/* The row above the region no longer goes on in what moves there. */
	if (top > 0)
		grid_row(g, top - 1)->wrapped = false;
	while (n-- > 0)
		scroll_once(g, top, bottom, true);
}

void grid_scroll_down(struct grid *g, unsigned top, unsigned bottom, unsigned n)
{
	if (n > bottom - top + 1)
		n = bottom - top + 1;
	if (top > 0)
		grid_row(g, top - 1)->wrapped = false;
	if (top == 0)
		g->now->n_above = 0;
	while (n-- > 0)
		scroll_once(g, top, bottom, false);
	grid_row(g, bottom)->wrapped = false;
}
