/*
 * Is:        how long records are kept: when the erasure of old ones begins, its record, its
 *            end; and which sessions are held.
 * Is not:    the choice of what may go or its removal (evidence/prune.h), nor recordings.
 * Called by: retention.c.
 * Owns:      the file "holds" in its log's directory; an erasure under way.
 * Trust:     who asks was let in by the supervisor; the log's files may have been altered.
 *
 *     slagboom-holds@v1
 *     <session> <recording>             hex, one line for each session that is held
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/vec.h"
#include "evidence/event.h"
#include "evidence/prune.h"
#include "evidence/recording.h"

struct sessions;

/* What of the log can be read, and by whom. */
struct retention_tree {
	struct merkle_head head; /* durable; size 0: there is none now */
	uint64_t readable;       /* the checkpoint that everybody reads covers records below */
	uint64_t needed;         /* records from here on are still to go elsewhere */
};

struct held_session {
	uint8_t session[RECORD_ID_LEN], recording[RECORDING_ID_LEN];
};

enum records_phase { RECORDS_REST, RECORDS_LOOK, RECORDS_SAY, RECORDS_WAIT, RECORDS_REMOVE };

struct old_records {
	struct disk *disk;
	struct sessions *sessions;
	uint32_t days; /* 0: for ever */
	uint64_t next_run_s;
	struct vec holds; /* of held_session */
	enum records_phase phase;
	uint64_t phase_since_s;
	struct prune prune;
	char by[EVENT_NAME_MAX + 1];
	uint64_t n_erased, n_kept; /* records erased, bundles kept, by the last run */
	bool has_hole;             /* the last run found records that are gone or altered */
	uint64_t hole;
};

/* Reads the file; a damaged one is -EBADMSG. */
MUST_USE int old_records_open(struct old_records *o, struct sessions *s, struct disk *d);
void old_records_done(struct old_records *o);

/* Begins a run unless one is under way; old_records_step does it. */
void old_records_run(struct old_records *o, uint64_t now_s, const char *by);

/* A slice of work. `append` writes a record: 0, positive when not now, or the error that
 * ends the log. 0, or that error. */
struct old_records_calls {
	int (*append)(void *ctx, const struct event *e, uint64_t *out_seq);
};
MUST_USE int old_records_step(struct old_records *o, uint64_t now_s, const struct retention_tree *t,
    const struct old_records_calls *calls, void *ctx);

/* The run is over, or can do no more before a newer checkpoint can be read by everybody. */
bool old_records_is_at_rest(const struct old_records *o, uint64_t now_s);

bool old_records_holds(const struct old_records *o, const uint8_t *session);
bool old_records_holds_recording(const struct old_records *o, const uint8_t *recording);

/* What the log says of the session that record `index` opened; false when it did not. */
MUST_USE bool old_records_opened(struct old_records *o, const struct retention_tree *t, uint64_t index,
    struct held_session *inout);
/* Holds it; an erasure that was only looking begins again. False when one is being done:
 * it may be among those that go. */
MUST_USE bool old_records_may_hold(const struct old_records *o);
MUST_USE int old_records_hold(struct old_records *o, const struct held_session *h);
MUST_USE int old_records_lift(struct old_records *o, const uint8_t *session);
