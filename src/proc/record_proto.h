/*
 * Is:        how a process has something recorded, and learns that it is durable.
 * Is not:    the record: evidenced writes that, with its own clock and number.
 * Called by: evidenced; the supervisor and everybody else who records.
 * Owns:      nothing.
 * Trust:     the asker may have been taken over: everything is checked on decoding.
 *
 * The asker numbers its requests 1, 2, 3, ... on each link. One answer may stand for
 * many: RECORD_DURABLE with token n says that requests 1 to n are on the disk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/wr.h"
#include "evidence/event.h"

enum {
	RECORD_ASK = 1,     /* struct record_ask */
	RECORD_DURABLE = 2, /* u64 token, u64 seq of that record */
};

struct record_ask {
	uint64_t token;
	bool closing;  /* ends a session: may use the room kept for that */
	struct rd session, actor, employer, asset; /* as in evidence/record.h */
	struct event event;
};

void record_ask_write(struct wr *w, const struct record_ask *a);
MUST_USE bool record_ask_read(struct rd *r, struct record_ask *out);
