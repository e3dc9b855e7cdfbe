/*
 * Is:        what the three files of the grid share: the cells and how they change.
 * Is not:    for anybody else.
 * Called by: grid.c (life and reading), grid_edit.c (cells), grid_seq.c (controls).
 * Owns:      struct grid.
 * Trust:     rows and columns here are always inside the screen; grid_seq.c clamps.
 */
#pragma once

#include "base/ascii.h"
#include "base/assert.h"
#include "inspect/grid.h"
#include "inspect/grid_row.h"
#include "inspect/tokens.h"

/* Where the cursor is, and what is saved with it (DECSC). */
struct cursor {
	unsigned row, col;
	bool pending;		/* at the right edge: the next character wraps first */
	bool origin;
	uint8_t charset[2], shift;	/* '0' is line drawing */
};

struct screen_rows {
	struct row **row;	/* scrolling moves pointers */
	struct cursor saved;
	/* The end of a line whose beginning scrolled off the top, and whether the
	 * terminal wrapped it or it only reached the edge. */
	bool above_wrapped;
	struct row above;
};

/* Rows from..to-1. */
struct span {
	unsigned from, to;
};

struct grid {
	unsigned n_rows, n_cols;
	unsigned top, bottom;	/* the scrolling region, inclusive */
	unsigned left, right;	/* DECSLRM margins, inclusive */
	bool autowrap, insert, newline_mode, margins, trace;
	bool on_alt;
	bool spare_told, told;	/* see grid_told_begin */
	struct span dirty;	/* no row outside of it is dirty */
	struct span changed;	/* nor changed since grid_settle, unless it `switched` */
	bool switched;
	struct cursor cur;
	struct screen_rows main, alt;	/* alt.row is NULL until first used */
	struct screen_rows *now;
	unsigned pass_row, pass_col;	/* where the last change ended */
	uint8_t *tab;		/* a stop in this column */
	uint32_t last;		/* what REP repeats */
	uint32_t last_src;
	struct token_reader reader;	/* of grid_put */
	grid_fn *fn;
	void *ctx;
	struct traced *line;	/* what is being read */
};

static inline struct row *grid_row(const struct grid *g, unsigned r)
{
	ASSERT(r < g->n_rows);
	return g->now->row[r];
}

/* Whether the text of the row goes on in the next: the terminal wrapped it, or the
 * program may have done so itself, as more(1) does: a word reaches the last column. */
static inline bool grid_goes_on(const struct grid *g, const struct row *row)
{
	uint32_t last;

	if (row->wrapped || row->used < g->n_cols)
		return row->wrapped;
	last = row->text[g->n_cols - 1];
	return is_alnum(last);
}

/* Reads row `r` now, with its context. */
void grid_emit(struct grid *g, unsigned r);
/* Reads every dirty row. */
void grid_emit_all(struct grid *g);
MUST_USE struct row **grid_rows_new(unsigned rows, unsigned cols, bool trace);
void grid_rows_free(struct row ***rows, unsigned n);

/* Rows that need not be given out. A line is told while nothing has come since strip.h ended
 * its line, but text that went into a row from its first column on, colours, and what neither
 * of the two heeds: then the cells before the cursor, and those of the rows that this one was
 * wrapped from, are the line that stripped text has open. */
bool grid_may_tell(const struct grid *g);
static inline void grid_told_begin(struct grid *g)
{
	g->told = g->spare_told && g->cur.col == 0 && grid_may_tell(g);
}
/* At a pause the open line is judged as it stands: a row that is told, all of it, is read. */
void grid_told_pause(struct grid *g);
/* The same where the line of stripped text ends. */
static inline void grid_told_end(struct grid *g)
{
	if (g->told)
		grid_told_pause(g);
	g->told = false;
}

/* One character at the cursor. */
void grid_put_char(struct grid *g, uint32_t cp, uint32_t src);
/* Takes from `run`, printable ASCII, what fits into the cursor's row, at least one byte: byte i is
 * from source `src + i * step`. */
size_t grid_put_run(struct grid *g, struct rd run, uint32_t src, uint32_t step);
/* Blanks columns from..to, inclusive. */
void grid_erase(struct grid *g, unsigned r, unsigned from, unsigned to);
void grid_insert_cells(struct grid *g, unsigned n);
void grid_delete_cells(struct grid *g, unsigned n);
/* Rows top..bottom move up or down by `n`; what leaves is read first. */
void grid_scroll_up(struct grid *g, unsigned top, unsigned bottom, unsigned n);
void grid_scroll_down(struct grid *g, unsigned top, unsigned bottom, unsigned n);
void grid_line_feed(struct grid *g);
