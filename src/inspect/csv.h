/*
 * Is:        the cells of one line of CSV (RFC 4180), with comma, semicolon or tab.
 * Is not:    a reader of lines: quotes may hold separators but not line ends.
 * Called by: members_csv.c, capture.c.
 * Owns:      nothing; cells borrow the line.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

/* Takes a byte order mark off the first line, and says what its cells are separated by. */
uint8_t csv_begin(struct rd *first_line);

/* Takes the next cell; `*last` when the line ends with it. A quoted cell loses its outer
 * quotes; doubled quotes inside stay. False: a quote that does not end, or has something
 * behind it. */
MUST_USE bool csv_cell(struct rd *line, uint8_t separator, struct rd *out, bool *last);
