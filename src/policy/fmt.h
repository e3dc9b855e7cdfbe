/*
 * Is:        the canonical look of a policy file: spacing alone; words, order, lines
 *            and comments stay.
 * Is not:    a judge: what does not parse is laid out all the same, or refused when
 *            it cannot be read as words.
 * Called by: `slagboom fmt`.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "policy/diag.h"

enum { FMT_BAD = 1, FMT_FULL = 2 };

/* 0 and appends the text laid out; FMT_BAD when a word is malformed (in `d`, as of
 * file 0); FMT_FULL when `out` has no room. The tokens stay the same, and laying out
 * twice is laying out once. */
MUST_USE int policy_fmt(struct rd text, struct diags *d, struct buf *out);
