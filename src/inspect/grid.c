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

static unsigned clamp(unsigned n, unsigned max)
{
	return n < 1 ? 1 : n > max ? max : n;
}

struct row *grid_row(struct grid *g, unsigned r)
{
	ASSERT(r < g->n_rows);
	return &g->now->row[r];
}

struct row *grid_rows_new(unsigned rows, unsigned cols, bool trace)
{
	struct row *row = mem_new(rows, sizeof(*row));

	for (unsigned r = 0; r < rows; r++) {
		row[r].cell = mem_new(cols, sizeof(uint32_t));
		for (unsigned c = 0; c < cols; c++)
			row[r].cell[c] = ' ';
		if (trace)
			row[r].src = mem_new(cols, sizeof(uint32_t));
	}
	return row;
}

void grid_rows_free(struct row **rows, unsigned n)
{
	for (unsigned r = 0; *rows && r < n; r++) {
		mem_free(&(*rows)[r].cell);
		mem_free(&(*rows)[r].src);
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
	set_tabs(g);
	vt_init(&g->vt);
	traced_init(&g->line, line_max(GRID_COLS_MAX), trace);
	return g;
}

void grid_free(struct grid **gp)
{
	struct grid *g = *gp;

	if (!g)
		return;
	grid_rows_free(&g->main.row, g->n_rows);
	grid_rows_free(&g->alt.row, g->n_rows);
	mem_free(&g->tab);
	traced_done(&g->line);
	mem_free(gp);
}

/* What no reader of a line of text needs: letters and digits hang together. */
static bool is_space(uint32_t cell)
{
	return (cell & CELL_CHAR) == ' ';
}

/* How many cells from `cell` on are one ASCII character each. */
static unsigned ascii_cells(const uint32_t *cell, unsigned n)
{
	unsigned i = 0;

	while (i < n && (cell[i] & CELL_CHAR) - 1 < 0x7f)
		i++;
	return i;
}

/* Rule Zero: cells are narrowed in place, `n` of them into space for `n`: this loop is
 * what reading a row costs. */
static void put_ascii(struct grid *g, const uint32_t *cell, const uint32_t *src, unsigned n)
{
	uint8_t *out = traced_space(&g->line, n, src);

	for (unsigned i = 0; out && i < n; i++)
		out[i] = (uint8_t)cell[i];
}

static void put_cells(struct grid *g, const uint32_t *cell, const uint32_t *src, unsigned n)
{
	for (unsigned i = 0, k; i < n; i += k) {
		k = ascii_cells(cell + i, n - i);
		if (k) {
			put_ascii(g, cell + i, src ? src + i : NULL, k);
			continue;
		}
		k = 1;
		if ((cell[i] & CELL_CHAR) != CELL_WIDE_TAIL)
			traced_put_char(&g->line, cell[i] & CELL_CHAR, src ? src[i] : TRACED_OLD);
	}
}

/* The same for cells of a row, which says itself whether all are ASCII. */
static void put_row(struct grid *g, const struct row *row, unsigned n)
{
	if (row->odd)
		put_cells(g, row->cell, row->src, n);
	else
		put_ascii(g, row->cell, row->src, n);
}

/* The text before row `r` that it goes on with, from a word's beginning where there
 * is one. */
static void put_before(struct grid *g, unsigned r)
{
	uint32_t cell[GRID_CONTEXT] UNCLEARED, src[GRID_CONTEXT] UNCLEARED;
	unsigned n = GRID_CONTEXT, from;

	while (n > 0 && r > 0 && grid_goes_on(g, &g->now->row[r - 1])) {
		const struct row *row = &g->now->row[--r];

		for (unsigned c = g->n_cols; c > 0 && n > 0;) {
			n--;
			cell[n] = row->cell[--c];
			src[n] = row->src ? row->src[c] : TRACED_OLD;
		}
	}
	for (unsigned k = r == 0 ? g->now->n_above : 0; k > 0 && n > 0;) {
		n--;
		cell[n] = g->now->above[--k];
		src[n] = g->now->above_src[k];
	}
	from = n;
	while (n == 0 && from < GRID_CONTEXT && !is_space(cell[from]))
		from++;
	if (from == GRID_CONTEXT)
		from = n;
	put_cells(g, cell + from, g->trace ? src + from : NULL, GRID_CONTEXT - from);
}

/* The text after row `r` that goes on from it. */
static void put_after(struct grid *g, unsigned r)
{
	unsigned left = GRID_CONTEXT;

	while (left > 0 && grid_goes_on(g, &g->now->row[r]) && r + 1 < g->n_rows) {
		const struct row *row = &g->now->row[++r];
		unsigned n = row->used < left ? row->used : left;

		put_row(g, row, n);
		left -= n;
		if (n < g->n_cols)
			return;
	}
}

static void settle_fresh(struct row *row)
{
	if (row->fresh)
		for (unsigned c = 0; c < row->used; c++)
			row->cell[c] &= ~CELL_FRESH;
	row->fresh = false;
	row->dirty = false;
}

static void emit_with(struct grid *g, unsigned r, bool before, bool after)
{
	struct row *row = grid_row(g, r);
	unsigned n = row->used;

	while (n > 0 && !after && is_space(row->cell[n - 1]))
		n--;
	traced_reset(&g->line);
	if (before)
		put_before(g, r);
	put_row(g, row, n);
	if (after)
		put_after(g, r);
	if (g->line.text.len)
		g->fn(g->ctx, &g->line);
}

void grid_emit(struct grid *g, unsigned r)
{
	struct row *row = grid_row(g, r);
	bool before = r > 0 ? grid_goes_on(g, row - 1) : g->now->n_above > 0;
	bool after = grid_goes_on(g, row) && r + 1 < g->n_rows;
	bool sure = (r == 0 || !before || row[-1].wrapped) && (!after || row->wrapped);

	if (row->used > 0) {
		emit_with(g, r, before, after);
		/* Where the rows only look joined, each is read alone as well. */
		if (!sure || (r == 0 && before && !g->now->above_wrapped))
			emit_with(g, r, false, false);
	}
	settle_fresh(row);
}

void grid_emit_all(struct grid *g)
{
	for (unsigned r = 0; r < g->n_rows; r++)
		if (g->now->row[r].dirty)
			grid_emit(g, r);
}

void grid_flush(struct grid *g)
{
	grid_emit_all(g);
}

static void move_rows(struct row *to, struct row *from, unsigned rows, unsigned cols)
{
	for (unsigned r = 0; r < rows; r++) {
		for (unsigned c = 0; c < cols && c < from[r].used; c++) {
			to[r].cell[c] = from[r].cell[c];
			if (to[r].src)
				to[r].src[c] = from[r].src[c];
		}
		to[r].used = from[r].used < cols ? from[r].used : (uint16_t)cols;
		to[r].traced = from[r].traced;
		to[r].odd = from[r].odd;
	}
}

static void resize_screen(struct grid *g, struct screen_rows *s, unsigned rows, unsigned cols)
{
	struct row *next;
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
	s->n_above = 0;
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
	resize_screen(g, &g->main, rows, cols);
	resize_screen(g, &g->alt, rows, cols);
	g->n_rows = rows;
	g->n_cols = cols;
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

static void settle_screen(const struct grid *g, struct screen_rows *s, const uint8_t *masked, size_t n)
{
	for (unsigned r = 0; s->row && r < g->n_rows; r++) {
		struct row *row = &s->row[r];

		for (unsigned c = 0; row->traced && c < g->n_cols; c++)
			row->src[c] = traced_settle(row->src[c], masked, n);
		row->traced = false;
	}
	for (unsigned i = 0; i < s->n_above; i++)
		s->above_src[i] = traced_settle(s->above_src[i], masked, n);
}

void grid_settle(struct grid *g, const uint8_t *masked, size_t n)
{
	if (g->trace) {
		settle_screen(g, &g->main, masked, n);
		settle_screen(g, &g->alt, masked, n);
	}
	g->last_src = traced_settle(g->last_src, masked, n);
	g->utf8_src = traced_settle(g->utf8_src, masked, n);
}

uint64_t grid_opaque(const struct grid *g)
{
	return g->graphics.bytes + g->c1_bytes;
}

uint32_t grid_cell(const struct grid *g, unsigned row, unsigned col)
{
	ASSERT(row < g->n_rows && col < g->n_cols);
	return g->now->row[row].cell[col] & CELL_CHAR;
}

void grid_cursor(const struct grid *g, unsigned *row, unsigned *col)
{
	*row = g->cur.row;
	*col = g->cur.col;
}
