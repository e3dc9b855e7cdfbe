/*
 * Is:        what a witness remembers, in SQLite: for each log the latest tree that it
 *            cosigned, and the cosigned checkpoint.
 * Is not:    the judgement (evidence/witness.h).
 * Called by: main.c, serve.c.
 * Owns:      the database DIR/witness.db, alone: a second witness on it is refused.
 * Trust:     the directory is ours alone; a damaged database is refused.
 *
 * The first answer for a tree leaves after a commit with synchronous=FULL. All files
 * are opened before the belts are on; after that only open descriptors are used, and
 * the database is never closed: each start recovers as after a crash.
 */
#pragma once

#include <sqlite3.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/note.h"
#include "evidence/witness.h"

struct store {
	struct witness_store witness;
	sqlite3 *db;
	sqlite3_stmt *latest, *advance, *checkpoint;
	const char *why; /* of the last failure; static or SQLite's own text */
};

/* Opens or makes the database of the witness `name` with a row for each log. 0;
 * -EBUSY: another process has it; -EPERM: it is another name's; -EBADMSG: it is
 * damaged; -EIO. */
MUST_USE int store_open(struct store *s, const char *path, const char *name, const struct note_key *logs,
    size_t n_logs);
void store_close(struct store *s);

enum { STORE_NONE = 1 };

/* Appends the latest cosigned checkpoint; STORE_NONE when there is none yet. */
MUST_USE int store_checkpoint(struct store *s, struct rd origin, struct buf *out);
