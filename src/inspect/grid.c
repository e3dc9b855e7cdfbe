/*
 * Is:        the life of a grid, and how its rows are read (contract in grid.h).
 * Is not:    how they change: grid_edit.c, grid_seq.c.
 * Called by: screen.c.
 * Owns:      the cells of both screens.
 * Trust:     sizes are clamped here; everything else is our own state.
 */
#include "inspect/grid.h"

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/grid_priv.h"
#include "inspect/traced.h"

static unsigned clamp(unsigned n, unsigned max)
{
	return n < 1 ? 1 : n > max ? max : n;
}

struct row **grid_rows_new(unsigned rows, unsigned cols, bool trace)
{
	struct row **row = mem_new(rows, sizeof(struct row *));

	for (unsigned r = 0; r < rows; r++) {
		row[r] = mem_new(1, sizeof(struct row));
		row_init(row[r], cols, trace);
	}
	return row;
}

void grid_rows_free(struct row ***rows, unsigned n)
{
	for (unsigned r = 0; *rows && r < n; r++) {
		row_done((*rows)[r]);
		mem_free(&(*rows)[r]);
	}
	mem_free(rows);
}

static void set_tabs(struct grid *g)
{
	g->tab = mem_resize(g->tab, g->n_cols, 1);
	for (unsigned c = 0; c < g->n_cols; c++)
		g->tab[c] = c % 8 == 0;
}

static size_t line_max(unsigned cols)
{
	return ((size_t)cols + 2 * GRID_CONTEXT) * 4 + 1;
}

struct grid *grid_new(unsigned rows, unsigned cols, bool trace, grid_fn *fn, void *ctx)
{
	struct grid *g = mem_new(1, sizeof(*g));

	g->n_rows = clamp(rows, GRID_ROWS_MAX);
	g->n_cols = clamp(cols, GRID_COLS_MAX);
	g->bottom = g->n_rows - 1;
	g->right = g->n_cols - 1;
	g->autowrap = true;
	g->trace = trace;
	g->fn = fn;
	g->ctx = ctx;
	g->now = &g->main;
	g->main.row = grid_rows_new(g->n_rows, g->n_cols, trace);
	row_init(&g->main.above, GRID_CONTEXT, trace);
	row_init(&g->alt.above, GRID_CONTEXT, trace);
	set_tabs(g);
	tokens_init(&g->reader);
	g->line = mem_new(1, sizeof(*g->line));
	traced_init(g->line, line_max(GRID_COLS_MAX), trace);
	return g;
}

void grid_spare_told(struct grid *g, bool spare)
{
	if (g->spare_told == spare)
		return;
	g->spare_told = spare;
	g->told = false;
}

void grid_free(struct grid **gp)
{
	struct grid *g = *gp;

	if (!g)
		return;
	grid_rows_free(&g->main.row, g->n_rows);
	grid_rows_free(&g->alt.row, g->n_rows);
	row_done(&g->main.above);
	row_done(&g->alt.above);
	mem_free(&g->tab);
	traced_done(g->line);
	mem_free(&g->line);
	mem_free(gp);
}

/* All cells of a row that goes on, from `col` on. */
static void put_row(struct grid *g, const struct row *row, unsigned col)
{
	const unsigned from = col < row->used ? col : row->used;

	row_read(row, from, row->used, g->line);
	for (unsigned c = col > row->used ? col : row->used; c < g->n_cols; c++)
		traced_put_char(g->line, ' ', TRACED_OLD);
}

/* The text before row `r` that it goes on with, from a word's beginning where there is
 * one: letters and digits hang together, and no reader of a line of text needs the rest. */
static void put_before(struct grid *g, unsigned r)
{
	const struct row *above = &g->now->above;
	unsigned first = r, have = 0, skip;

	for (; have < GRID_CONTEXT && first > 0 && grid_goes_on(g, grid_row(g, first - 1)); first--)
		have += g->n_cols;
	skip = have > GRID_CONTEXT ? have - GRID_CONTEXT : 0;
	if (first == 0 && have < GRID_CONTEXT) {
		const unsigned up = above->used < GRID_CONTEXT - have ? above->used : GRID_CONTEXT - have;

		row_read(above, above->used - up, above->used, g->line);
		have += up;
	}
	for (; first < r; first++, skip = 0)
		put_row(g, grid_row(g, first), skip);
	if (have >= GRID_CONTEXT)
		traced_to_blank(g->line);
}

/* The text after row `r` that goes on from it. */
static void put_after(struct grid *g, unsigned r)
{
	unsigned left = GRID_CONTEXT;

	while (left > 0 && grid_goes_on(g, grid_row(g, r)) && r + 1 < g->n_rows) {
		const struct row *row = grid_row(g, ++r);
		const unsigned n = row->used < left ? row->used : left;

		row_read(row, 0, n, g->line);
		left -= n;
		if (n < g->n_cols)
			return;
	}
}

static void emit_with(struct grid *g, unsigned r, bool before, bool after)
{
	const struct row *row = grid_row(g, r);

	traced_reset(g->line);
	if (before)
		put_before(g, r);
	row_read(row, 0, after ? row->used : row_trimmed(row), g->line);
	if (after)
		put_after(g, r);
	if (g->line->text.len)
		g->fn(g->ctx, g->line);
}

void grid_emit(struct grid *g, unsigned r)
{
	struct row *row = grid_row(g, r);
	const struct row *prev = r > 0 ? grid_row(g, r - 1) : NULL, *next = r + 1 < g->n_rows ? grid_row(g, r + 1) : NULL;
	const bool before = prev ? grid_goes_on(g, prev) : g->now->above.used > 0;
	const bool after = next && grid_goes_on(g, row), more = after && next->used > 0;
	const bool sure = (!before || (prev ? prev->wrapped : g->now->above_wrapped)) && (!after || row->wrapped);

	if (row->used > 0) {
		emit_with(g, r, before, more);
		/* Where the rows only look joined, each is read alone as well: for masking also when that is
		 * the same once more (rows.h). */
		if (!sure && (before || more || g->trace))
			emit_with(g, r, false, false);
	}
	row->fresh = row->dirty = false;
}

void grid_emit_all(struct grid *g)
{
	for (unsigned r = g->dirty.from; r < g->dirty.to; r++)
		if (grid_row(g, r)->dirty)
			grid_emit(g, r);
	g->dirty = (struct span){ 0 };
}

void grid_flush(struct grid *g)
{
	grid_told_pause(g);
	grid_emit_all(g);
}

static void move_rows(struct row **to, struct row *const *from, unsigned rows, unsigned cols)
{
	for (unsigned r = 0; r < rows; r++) {
		const unsigned n = from[r]->used < cols ? from[r]->used : cols;

		row_copy(to[r], 0, from[r], 0, n);
	}
}

static void resize_screen(struct grid *g, struct screen_rows *s, unsigned rows, unsigned cols)
{
	struct row **next;
	unsigned skip = 0;

	if (!s->row)
		return;
	/* Rows are taken from the top when the cursor would fall off the bottom. */
	if (s == g->now && g->cur.row >= rows)
		skip = g->cur.row - rows + 1;
	next = grid_rows_new(rows, cols, g->trace);
	move_rows(next, s->row + skip, g->n_rows - skip < rows ? g->n_rows - skip : rows,
	    g->n_cols < cols ? g->n_cols : cols);
	grid_rows_free(&s->row, g->n_rows);
	s->row = next;
	row_clear(&s->above);
	s->saved.row = s->saved.row < rows ? s->saved.row : rows - 1;
	s->saved.col = s->saved.col < cols ? s->saved.col : cols - 1;
	s->saved.pending = false;
}

void grid_resize(struct grid *g, unsigned rows, unsigned cols)
{
	rows = clamp(rows, GRID_ROWS_MAX);
	cols = clamp(cols, GRID_COLS_MAX);
	if (rows == g->n_rows && cols == g->n_cols)
		return;
	grid_emit_all(g);
	g->told = false;
	resize_screen(g, &g->main, rows, cols);
	resize_screen(g, &g->alt, rows, cols);
	g->n_rows = rows;
	g->n_cols = cols;
	g->switched = true;
	if (g->cur.row >= rows)
		g->cur.row = rows - 1;
	if (g->cur.col >= cols)
		g->cur.col = cols - 1;
	g->cur.pending = false;
	g->top = g->left = 0;
	g->bottom = rows - 1;
	g->right = cols - 1;
	set_tabs(g);
}

static void settle_rows(struct screen_rows *s, struct span rows, const uint8_t *masked, size_t n)
{
	for (unsigned r = rows.from; s->row && r < rows.to; r++)
		row_settle(s->row[r], masked, n);
	row_settle(&s->above, masked, n);
}

void grid_settle(struct grid *g, const uint8_t *masked, size_t n)
{
	const struct span all = { 0, g->n_rows };

	if (g->trace && g->switched) {
		settle_rows(&g->main, all, masked, n);
		settle_rows(&g->alt, all, masked, n);
	} else if (g->trace) {
		settle_rows(g->now, g->changed, masked, n);
	}
	g->changed = (struct span){ 0 };
	g->switched = false;
	g->last_src = traced_settle(g->last_src, masked, n);
	tokens_settle(&g->reader, masked, n);
}

uint64_t grid_opaque(const struct grid *g)
{
	return tokens_opaque(&g->reader);
}

uint32_t grid_cell(const struct grid *g, unsigned row, unsigned col)
{
	ASSERT(row < g->n_rows && col < g->n_cols);
	return row_char(grid_row(g, row), col);
}

void grid_cursor(const struct grid *g, unsigned *row, unsigned *col)
{
	*row = g->cur.row;
	*col = g->cur.col;
}
