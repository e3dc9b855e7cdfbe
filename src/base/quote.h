/*
 * Is:        the one way from hostile bytes to text that people may look at.
 * Is not:    an escape for machines (JSON, CSV and shells have their own).
 * Called by: every message, log line and screen that shows a peer's bytes.
 * Owns:      nothing.
 * Trust:     hostile bytes in; out come printable ones that cannot move a cursor,
 *            hide or reorder text, forge a line, or be taken for another quote.
 */
#pragma once

#include "base/rd.h"
#include "base/wr.h"

/* Writes `raw` without quotation marks: printable ASCII but the backslash and
 * visible, left-to-right-safe UTF-8 as they are; the rest as \n \r \t \\ \xNN
 * (for a byte) and \u{NNNN} (for a code point that hides or reorders). At most
 * `max` bytes of `raw` are shown; "..." tells that there was more. */
void wr_quoted(struct wr *w, struct rd raw, size_t max);

/* The same into `out`, NUL-terminated and cut to fit; for messages. Returns `out`. */
const char *quote_text(char *out, size_t size, struct rd raw);
