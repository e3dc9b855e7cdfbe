/*
 * Is:        the lane of SFTP 3: a server to the engineer, a client to the element, and
 *            between them operations that were judged and files that wait in quarantine.
 * Is not:    a pipe: no packet passes. What goes to either side was written by the lane
 *            from what it understood.
 * Called by: the gate's process; the exec lane; replay.
 * Owns:      the session's protocol state; bounded (about 1.5 MiB; files are in quarantine).
 * Trust:     hostile from both sides.
 *
 * Upload:   OPEN, WRITE and CLOSE are answered by the lane; nothing reaches the element, not
 *           even the OPEN, until the client has closed the file and it passed. Then it is
 *           written, and CLOSE gets the element's verdict.
 * Download: OPEN makes the lane fetch the whole file; the client gets its handle when the
 *           file passed, and reads from quarantine.
 * Paths are made absolute and clean, and the clean path is judged and sent. Links on the
 * element are not seen: a grant of ACT_LINK lets a path mean something else.
 * While one file is fetched or written, or an officer is asked, further requests wait.
 * Not for the engineer: users-groups, copy-data, fsync, fstatvfs, unknown extensions;
 * reading a file that is open for writing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"

enum {
	SFTP_LANE_FILES_MAX = 64,         /* open at once: each may have bytes in quarantine */
	SFTP_LANE_READ_MAX = 128 * 1024,  /* bytes of one answer to READ */
	SFTP_LANE_AHEAD = 64,             /* requests of our own without an answer */
	SFTP_LANE_AHEAD_FIRST = 4,        /* of a file that may be small: one more for each that is answered in full */
	SFTP_LANE_PENDING_MAX = 256,      /* requests of the client without an answer */
};

struct sftp_lane;

struct sftp_lane_config {
	uint64_t file_max;  /* bytes of one file, holes included */
	uint64_t total_max; /* bytes kept in one session, rewrites included */
	struct lane_hooks hooks; /* all four */
};

struct sftp_lane *sftp_lane_new(const struct sftp_lane_config *config);
/* Frees; accepts NULL. For AUTO. */
void sftp_lane_free(struct sftp_lane **l);

/* Bytes that `side` may send now: 0 asks the process to stop reading there. */
size_t sftp_lane_room(const struct sftp_lane *l, enum lane_side side);

/* Takes all of `in`, at most sftp_lane_room, and adds orders. After ORDER_END nothing more
 * happens. */
void sftp_lane_feed(struct sftp_lane *l, enum lane_side from, struct rd in, struct lane_orders *o);

/* The client says nothing more: the element is told once all it said before is done. */
void sftp_lane_eof(struct sftp_lane *l, struct lane_orders *o);

/* True when it stopped because of many orders: carry them out and feed nothing. */
bool sftp_lane_is_behind(const struct sftp_lane *l);

/* The verdict for ORDER_ASK or ORDER_HOLD `id`; an unknown id changes nothing. */
void sftp_lane_answer(struct sftp_lane *l, uint32_t id, bool allow, struct lane_orders *o);

/* What ORDER_FETCH asked for. There is one at a time. */
void sftp_lane_fetched(struct sftp_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o);
