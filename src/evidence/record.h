/*
 * Is:        one record: an event in its envelope, as one canonical JSON object,
 *            which is one leaf of the log.
 * Is not:    free form; what can stand in it is event.h's table.
 * Called by: evidenced (writes), the verifier and the console (read).
 * Owns:      nothing.
 * Trust:     the writer's input was checked by event_decode; the reader's is
 *            hostile.
 *
 *   {"actor":NAME,"asset":NAME,"clock":"synced|free|unknown","data":{fields},
 *    "employer":NAME,"event":NAME,"mono_us":INT,"prev":INT,"seq":INT,
 *    "session":"32 hex or empty","severity":NAME,"time":RFC3339,"v":1}
 *
 * `seq` is the record's index in its log. `prev` is the seq of the session's record
 * before this one, or its own seq in the first: so a record left out of a session
 * is missed even by who holds only that session's records.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/event.h"

enum { RECORD_MAX = 65535, RECORD_ID_LEN = 16 };

enum record_clock { RECORD_CLOCK_UNKNOWN = 0, RECORD_CLOCK_FREE, RECORD_CLOCK_SYNCED };

struct record {
	uint64_t seq, prev;
	uint64_t wall_ns, mono_us;
	enum record_clock clock;
	struct rd session;                /* RECORD_ID_LEN bytes, or empty: no session */
	struct rd actor, employer, asset; /* names, or empty */
	struct event event;
};

/* Appends the record's bytes; -ENOBUFS when they do not fit, -EINVAL when a value
 * cannot stand in a record. */
MUST_USE int record_write(struct buf *out, const struct record *r);

/* What a verifier needs of a record that somebody else wrote. */
struct record_view {
	uint64_t seq, prev, wall_ns, mono_us;
	struct rd event, session, actor, employer, asset, clock, data; /* as they stand in the bytes */
};

/* Reads a record: canonical, with exactly these members, known to this version or
 * not (an event that this version does not know is not an error). */
MUST_USE bool record_read(struct rd bytes, struct record_view *out);
