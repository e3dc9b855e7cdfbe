/*
 * Is:        reading whole files with a limit, and keeping the state of a run.
 * Is not:    the log's tiles (evidence/verify.h).
 * Called by: run.c.
 * Owns:      nothing.
 * Trust:     files are hostile; what is no regular file is refused.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/verify_tree.h"

/* Appends all of the file `path` below directory `at` (AT_FDCWD: anywhere). 0 or a
 * negative errno; -EFBIG when it does not fit. */
MUST_USE int file_read(int at, const char *path, struct buf *out);

/* What an earlier run has verified: of which log, up to which checkpoint, and the
 * tree above its full spans. */
struct saved_state {
	char origin[256];
	struct merkle_head head;
	struct verify_tree tree;
};

/* 0; -ENOENT when there is none yet; -EINVAL when it is none. */
MUST_USE int state_read(const char *path, struct saved_state *out);
/* Replaces the file at once or not at all. */
MUST_USE int state_write(const char *path, const struct saved_state *s);
