/*
 * Is:        what evidenced does about sessions: records into the log in their chain, and
 *            a last record for each session whose gate is gone.
 * Is not:    the table (evidence/session_table.h) or the log.
 * Called by: evidenced.
 * Owns:      the table of open sessions.
 * Trust:     those who record may have been taken over.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "evidence/log.h"
#include "evidence/session_table.h"
#include "evidence/tiler.h"
#include "proc/talk/record_proto.h"

/* An outcome beside those of log.h: the asker broke a rule. */
enum { SESSIONS_REFUSED = 64 };

struct sessions {
	struct session_table table;
	struct log *log;
	struct disk *disk;
	uint64_t saved; /* records that the file of the table counts in */
};

/* Fills the table from the log that was just opened; what is open in it is lost and
 * waits for sessions_write_lost. Outcomes as of tiler.h's reading calls. `s` needs
 * sessions_done whatever the result. */
MUST_USE int sessions_open(struct sessions *s, struct log *l, struct disk *d, struct tiler *t);
void sessions_done(struct sessions *s);

/* Appends what `owner` asks for. 0 with its number; LOG_BUSY or LOG_NO_ROOM: not now;
 * SESSIONS_REFUSED, with why; or the error that ends the log. */
MUST_USE int sessions_append(struct sessions *s, const struct record_ask *a, const void *owner,
    uint64_t *out_seq, const char **out_why);

/* `owner` is gone (NULL: everybody): its sessions wait for their last record. */
void sessions_lose(struct sessions *s, const void *owner, const char *why);
/* Writes those last records, as far as there is room. As sessions_append, but REFUSED. */
MUST_USE int sessions_write_lost(struct sessions *s);

/* Records what a power cut tore in the recordings of the sessions that are open. `view` has all of their
 * records. 0 or the error that ends the log. */
MUST_USE int sessions_record_torn(struct sessions *s, struct tiler *view);

/* A commit succeeded: now and then, or `now`, the table goes to its file, so that the
 * next start need not read the whole log. 0 or the error that ends the log. */
MUST_USE int sessions_committed(struct sessions *s, bool now);
