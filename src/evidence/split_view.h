/*
 * Is:        the file "split-view" beside a log: two checkpoints that the log's key signed, of two
 *            histories; and the text that an officer signs so that the log goes on.
 * Is not:    the judgement of either (publish.c).
 * Called by: evidenced, slagboom log.
 * Owns:      nothing.
 * Trust:     the file lies on a disk that others may have written; the text is hostile.
 *
 *     slagboom-log-reopen/1
 *     log <origin>
 *     theirs <size> <root>              of the checkpoint that the log has to contain now
 *     by <name>
 *     at <RFC 3339>
 *     why <text>
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/checkpoint.h"

#define SPLIT_VIEW_NAMESPACE "log@slagboom"
enum { SPLIT_VIEW_MAX = 1 << 16, REOPEN_TEXT_MAX = 2048 };

void wr_split_view(struct wr *w, struct rd theirs, struct rd ours);
/* The note that somebody else holds. */
MUST_USE bool split_view_theirs(struct rd file, struct rd *out_note);

struct reopen {
	struct rd origin, by, at, why;
	struct merkle_head theirs;
};
void wr_reopen(struct wr *w, const struct reopen *r);
/* The whole of `text`; accepts only what wr_reopen writes. */
MUST_USE bool reopen_parse(struct rd text, struct reopen *out);
