/*
 * Is:        rows that a screen gave out, kept to be scanned together: each is a text of its
 *            own, and a NUL ends it, as if nothing followed.
 * Is not:    the screen (grid.h) or the scan.
 * Called by: inspector_layer.c, bench/inspect_terminal.
 * Owns:      its text.
 * Trust:     hostile text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/traced.h"

enum { ROWS_MAX = 64, ROWS_TEXT_MAX = 1 << 14 };

struct rows {
	struct traced text;
	unsigned n;
	uint32_t begin[ROWS_MAX];
};

/* `trace`: keep the sources of each row. */
void rows_init(struct rows *r, bool trace);
void rows_done(struct rows *r);
void rows_reset(struct rows *r);

/* Keeps a row, unless no identifier can be in it or it is the one that came last once more: a
 * line of several rows is given out with each of them. Of those that trace, each is kept: what
 * is masked may hang on what was counted meanwhile. False when it does not fit: it does after
 * rows_reset. */
MUST_USE bool rows_put(struct rows *r, const struct traced *row);

/* The number of the row in which byte `offset` of the text stands, and the row. */
unsigned rows_find(const struct rows *r, uint64_t offset, struct rd *row);
