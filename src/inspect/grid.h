/*
 * Is:        the third layer: a screen of text cells that a terminal's output is
 *            drawn on, which gives out every row before it is lost.
 * Is not:    a terminal emulator: no colours, no answers, no scrollback.
 * Called by: screen.c.
 * Owns:      its cells.
 * Trust:     hostile bytes; sizes are clamped to the limits below, so memory is
 *            bounded by 2 screens of GRID_ROWS_MAX x GRID_COLS_MAX cells.
 *
 * A row is given out when characters that nobody has read yet are about to be
 * overwritten, erased, scrolled off or switched away, and at grid_flush. Rows that
 * the terminal wrapped are read as one: each comes with up to GRID_CONTEXT cells of
 * the text before and after it. Digits of all scripts are ASCII (unicode_fold). With
 * grid_spare_told, rows that say what the stripped text of the same bytes says, line for
 * line, are not given out: whoever reads that text has read them.
 * xterm is followed: control functions, DEC private modes 5-7, 47, 1047-1049.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum {
	GRID_ROWS_MAX = 500, GRID_COLS_MAX = 1000,
	GRID_CONTEXT = 96,	/* an IBAN with its spaces, an e-mail address */
};

struct grid;
struct tokens;
struct traced;

/* A line of text. Borrowed until the call returns. */
typedef void grid_fn(void *ctx, const struct traced *line);

/* Gives a blank screen. `trace`: keep each cell's source, for masking. */
MUST_USE struct grid *grid_new(unsigned rows, unsigned cols, bool trace, grid_fn *fn, void *ctx);
void grid_free(struct grid **g);

/* Whether what strip.h makes of the same bytes is read as well, from here on: see above. */
void grid_spare_told(struct grid *g, bool spare);

/* The window changed. Everything unread is given out first; what no longer fits is lost. */
void grid_resize(struct grid *g, unsigned rows, unsigned cols);

/* Draws bytes that begin at offset `at` of the chunk. */
void grid_put(struct grid *g, struct rd in, uint32_t at);

/* The same for bytes of which tokens were made: all of them by another reader, or none. */
void grid_take(struct grid *g, const struct tokens *tokens);

/* Gives out the rows that changed since they were last given out. */
void grid_flush(struct grid *g);

/* The chunk was released with these bytes masked; a new one begins at 0. */
void grid_settle(struct grid *g, const uint8_t *masked, size_t n);

/* Of what grid_put had: bytes of pictures, and of C1 controls that only some terminals obey. */
uint64_t grid_opaque(const struct grid *g);

/* The character in a cell of the screen now shown, 0 for the second half of a wide
 * one; for tests. Cursor likewise. */
uint32_t grid_cell(const struct grid *g, unsigned row, unsigned col);
void grid_cursor(const struct grid *g, unsigned *row, unsigned *col);
