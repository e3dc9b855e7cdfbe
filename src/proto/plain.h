/*
 * Is:        the dialects without a published grammar, `cisco-like` and `generic-line`:
 *            one spelling for a line, and refusal of what hides or redirects.
 * Is not:    an expander: abbreviations stay as typed, so a policy's allow-list must name
 *            full commands, and an abbreviated one is unknown to it and denied. Where a
 *            list of commands exists, load it with vty_load_list instead.
 * Called by: the VTY lane.
 * Owns:      nothing.
 * Trust:     hostile lines.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "proto/dialect.h"

/* May a line of any dialect hold these bytes at all? Printable ASCII but `?`, and tabs. */
bool plain_text_ok(struct rd line);

enum { PLAIN_LINE_MAX = 1000 };

/* Outcomes. */
enum {
	PLAIN_EMPTY = 1,
	PLAIN_BAD_TEXT = 2, /* plain_text_ok */
	PLAIN_BAD_PIPE = 3, /* cisco-like: a bar not followed by include, exclude, begin, section or count */
	PLAIN_TOO_LONG = 4,
	PLAIN_SHELL = 5,    /* generic-line: a character that shells and pipes act on */
};

/* Appends `line` with one space between words. cisco-like: one bar may filter. Returns 0
 * or an outcome, and then appends nothing. */
MUST_USE int plain_expand(enum dialect d, struct rd line, struct buf *canonical);
