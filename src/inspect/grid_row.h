/*
 * Is:        the cells of one row of the grid: a byte each, and for those that are not ASCII the
 *            character beside it.
 * Is not:    aware of cursors, screens or what was read (grid_edit.c).
 * Called by: grid.c, grid_edit.c.
 * Owns:      a row's arrays.
 * Trust:     columns are inside the row: the callers clamp. Rule Zero: cells are written
 *            and moved as memory, because that is the cost of a terminal; each count is
 *            bounded by the row's columns.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct traced;

enum {
	CELL_WIDE_TAIL = 0,	/* the second column of a wide character */
	CELL_ODD = 0x80,	/* a character above ASCII: see `cell` */
};

struct row {
	uint8_t *text;		/* the cells */
	uint32_t *cell;		/* the characters of those that are CELL_ODD; NULL until one was */
	uint32_t *src;		/* NULL when not tracing */
	uint16_t n_cols;
	uint16_t used;		/* cells from here on are blank, whatever the arrays hold */
	uint16_t new_from, new_to;	/* no cell outside of these has a source of the present chunk */
	bool wrapped;		/* goes on in the row below */
	bool dirty;		/* differs from what was given out last */
	bool fresh;		/* has characters that nobody has read */
	bool odd;		/* may have cells that are not one ASCII character */
};

void row_init(struct row *row, unsigned cols, bool trace);
void row_done(struct row *row);

/* Forgets all cells and that they were anything. */
void row_clear(struct row *row);

/* Makes cells below `n` part of what is used, blank where they were not. */
void row_extend(struct row *row, unsigned n);
static inline void row_reach(struct row *row, unsigned n)
{
	if (n > row->used)
		row_extend(row, n);
}

/* What is used, without the blanks at its end. */
unsigned row_trimmed(const struct row *row);

/* The character in a cell. */
static inline uint32_t row_char(const struct row *row, unsigned col)
{
	if (col >= row->used)
		return ' ';
	return row->text[col] == CELL_ODD ? row->cell[col] : row->text[col];
}

/* Writes printable ASCII from `col` on: byte i is from source `src + i * step`. */
void row_put_ascii(struct row *row, unsigned col, struct rd run, uint32_t src, uint32_t step);
/* Writes one character of `width` 1 or 2 columns. */
void row_put_char(struct row *row, unsigned col, uint32_t shown, unsigned width, uint32_t src);
/* Blanks `n` cells, whose sources become `src`. */
void row_blank(struct row *row, unsigned col, unsigned n, uint32_t src);
/* Blanks used cells in from..to-1 and leaves their sources. True when one was not blank. */
MUST_USE bool row_erase(struct row *row, unsigned from, unsigned to);
/* Moves `n` used cells within the row. */
void row_move(struct row *row, unsigned to, unsigned from, unsigned n);
/* Copies `n` cells of another row, blank ones too. */
void row_copy(struct row *row, unsigned to, const struct row *other, unsigned from, unsigned n);

/* The chunk was released with these of its bytes masked. */
void row_settle(struct row *row, const uint8_t *masked, size_t n);

/* Appends cells from..to-1, all of them used, to a line of text, which traces when the row does. */
void row_read(const struct row *row, unsigned from, unsigned to, struct traced *line);
