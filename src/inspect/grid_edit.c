/*
 * Is:        how cells change: writing, erasing, inserting, deleting, scrolling;
 *            and that what nobody has read yet is read first.
 * Is not:    the meaning of controls (grid_seq.c).
 * Called by: grid_seq.c.
 * Owns:      nothing.
 * Trust:     positions were clamped by grid_seq.c.
 */
#include "inspect/grid_priv.h"

#include "inspect/traced.h"

/* Reads what nobody has read of rows that go on in row `r` or from it: they lose it. */
static void read_joined(struct grid *g, unsigned r)
{
	unsigned reach = 0;

	for (unsigned p = r; p > 0 && reach < GRID_CONTEXT && grid_goes_on(g, grid_row(g, p - 1)); reach += g->n_cols)
		if (grid_row(g, --p)->fresh)
			grid_emit(g, p);
	reach = 0;
	for (unsigned p = r; p + 1 < g->n_rows && reach < GRID_CONTEXT && grid_goes_on(g, grid_row(g, p)); reach += g->n_cols)
		if (grid_row(g, ++p)->fresh)
			grid_emit(g, p);
}

/* Reads the row if a change in from..to-1 would lose what nobody has read: some of it, when
 * the pass that made the row what it is has ended. A pass goes on while the cursor goes to
 * the right in one row, where nothing unread stands: programs that send changed cells only
 * are in the middle of a number then. */
static void read_before_change(struct grid *g, unsigned r, unsigned from, unsigned to)
{
	const struct row *row = grid_row(g, r);
	const bool passed = g->pass_row != r || from < g->pass_col;

	g->pass_row = r;
	g->pass_col = to;
	if (!passed || from >= to || from >= row->used)
		return;
	if (row->fresh)
		grid_emit(g, r);
	else
		read_joined(g, r);
}

static inline void reach_row(struct span *s, unsigned r)
{
	if (s->from == s->to)
		s->from = s->to = r;
	s->from = s->from < r ? s->from : r;
	s->to = s->to > r ? s->to : r + 1;
}

static inline void set_dirty(struct grid *g, unsigned r, struct row *row)
{
	row->dirty = true;
	reach_row(&g->dirty, r);
}

static inline void touched(struct grid *g, unsigned r, struct row *row)
{
	set_dirty(g, r, row);
	row->fresh = true;
	reach_row(&g->changed, r);
}

/* Half of a wide character is left behind when the other half goes: it blanks. */
static void split_wide(struct row *row, unsigned col)
{
	if (!row->odd || row_char(row, col) != CELL_WIDE_TAIL)
		return;
	row->text[col] = ' ';
	if (col > 0)
		row->text[col - 1] = ' ';
}

bool grid_may_tell(const struct grid *g)
{
	const unsigned r = g->cur.row;
	/* A row that looks joined to the one above is read with it. */
	const bool joined = r > 0 ? grid_goes_on(g, grid_row(g, r - 1)) : g->now->above.used > 0;

	return !g->cur.pending && !g->margins && !joined;
}

/* The cursor's row is told from its first cell to its last, and ends there. */
static bool all_told(const struct grid *g)
{
	const struct row *row = grid_row(g, g->cur.row);
	const unsigned n = g->cur.pending ? g->n_cols : g->cur.col;

	return g->told && (row->used <= n || row_trimmed(row) <= n) && !grid_goes_on(g, row);
}

static void set_read(struct row *row)
{
	row->fresh = row->dirty = false;
}

void grid_told_pause(struct grid *g)
{
	if (all_told(g))
		set_read(grid_row(g, g->cur.row));
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
		set_dirty(g, g->cur.row, row);
	}
	/* All of it is told, since the cursor came to its end. */
	if (g->told)
		set_read(row);
	g->cur.col = g->margins ? g->left : 0;
	grid_line_feed(g);
}

static void shift_right(struct grid *g, unsigned n)
{
	struct row *row = grid_row(g, g->cur.row);
	const unsigned col = g->cur.col, end = line_end(g) + 1, used = row->used;
	const unsigned moved = used > col ? used - col : 0, rest = end - col - n;

	row_reach(row, used + n < end ? used + n : used > end ? used : end);
	row_move(row, col + n, col, moved < rest ? moved : rest);
	touched(g, g->cur.row, row);
}

void grid_put_char(struct grid *g, uint32_t cp, uint32_t src)
{
	const bool usual = unicode_is_usual(cp);
	const uint32_t shown = usual ? cp : unicode_fold(cp);
	unsigned width = usual ? 1 : unicode_width(cp), end;
	struct row *row;

	g->told = g->told && usual && !g->insert;
	if (width == 0)
		return;
	if (g->cur.pending && g->autowrap)
		wrap(g);
	g->told = g->told && !g->cur.pending;
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
	split_wide(row, g->cur.col);
	split_wide(row, g->cur.col + width);
	row_put_char(row, g->cur.col, shown, width, src);
	touched(g, g->cur.row, row);
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

size_t grid_put_run(struct grid *g, struct rd run, uint32_t src, uint32_t step)
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
	split_wide(row, col);
	split_wide(row, col + n);
	row_put_ascii(row, col, rd_of(run.p, n), src, step);
	touched(g, g->cur.row, row);
	g->last = run.p[n - 1];
	g->last_src = src + (n - 1) * step;
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
	bool changed;

	read_before_change(g, r, from, to + 1);
	split_wide(row, from);
	split_wide(row, to + 1);
	changed = row_erase(row, from, to + 1);
	if (to == g->n_cols - 1) {
		changed |= row->wrapped;
		row->wrapped = false;
	}
	if (changed)
		touched(g, r, row);
	/* A row that is blank from its first cell on has nothing more to say. */
	if (from == 0 && to + 1 >= row->used) {
		row->used = 0;
		row->dirty = row->fresh = row->odd = false;
	}
}

void grid_insert_cells(struct grid *g, unsigned n)
{
	const unsigned col = g->cur.col, end = line_end(g) + 1;
	struct row *row;

	if (g->margins && (col < g->left || col > g->right))
		return;
	if (n > end - col)
		n = end - col;
	read_before_change(g, g->cur.row, col, end);
	row = grid_row(g, g->cur.row);
	split_wide(row, col);
	shift_right(g, n);
	if (row->used > col)
		row_blank(row, col, row->used - col < n ? row->used - col : n, TRACED_OLD);
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
	split_wide(row, col);
	split_wide(row, col + n);
	row_reach(row, end);
	row_move(row, col, col + n, rest);
	row_blank(row, col + rest, n, TRACED_OLD);
	touched(g, g->cur.row, row);
}

/* Keeps the end of the row that leaves the top, for the rows that go on with it. */
static void keep_above(struct grid *g, const struct row *row)
{
	struct screen_rows *s = g->now;
	struct row *above = &s->above;
	const unsigned take = g->n_cols < GRID_CONTEXT ? g->n_cols : GRID_CONTEXT;
	unsigned drop;

	s->above_wrapped = row->wrapped;
	if (!grid_goes_on(g, row)) {
		row_clear(above);
		return;
	}
	drop = above->used + take > GRID_CONTEXT ? above->used + take - GRID_CONTEXT : 0;
	row_move(above, 0, drop, above->used - drop);
	above->used = (uint16_t)(above->used - drop);
	row_copy(above, above->used, row, g->n_cols - take, take);
}

/* With left and right margins only the columns between them move. */
static void copy_between_margins(struct grid *g, unsigned to, unsigned from)
{
	struct row *t = grid_row(g, to);

	read_before_change(g, to, g->left, g->right + 1);
	row_copy(t, g->left, grid_row(g, from), g->left, g->right + 1 - g->left);
	touched(g, to, t);
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

/* Rows of it that lie in top..bottom may be anywhere there now. */
static void move_span(struct span *s, unsigned top, unsigned bottom)
{
	if (s->from <= bottom && s->to > top) {
		s->from = s->from < top ? s->from : top;
		s->to = s->to > bottom ? s->to : bottom + 1;
	}
}

static void scroll_once(struct grid *g, unsigned top, unsigned bottom, bool up)
{
	unsigned leaves = up ? top : bottom, enters = up ? bottom : top;
	struct row **rows = g->now->row, *gone;

	if (g->margins) {
		scroll_between_margins(g, top, bottom, up);
		return;
	}
	if (rows[leaves]->dirty)
		grid_emit(g, leaves);
	else if (top > 0 || !up)
		read_joined(g, leaves);
	if (up && top == 0)
		keep_above(g, rows[0]);
	gone = rows[leaves];
	row_clear(gone);
	for (unsigned r = top; up && r < bottom; r++)
		rows[r] = rows[r + 1];
	for (unsigned r = bottom; !up && r > top; r--)
		rows[r] = rows[r - 1];
	rows[enters] = gone;
	move_span(&g->dirty, top, bottom);
	move_span(&g->changed, top, bottom);
	/* What is unread may have moved to where the cursor is. */
	g->pass_row = GRID_ROWS_MAX;
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
		row_clear(&g->now->above);
	while (n-- > 0)
		scroll_once(g, top, bottom, false);
	grid_row(g, bottom)->wrapped = false;
}
