/*
 * Is:        how a process has something recorded, and learns that it is durable; how it
 *            gets the files that a recording goes into.
 * Is not:    the record: evidenced writes that, with its own clock and number.
 * Called by: evidenced; the supervisor and everybody else who records.
 * Owns:      nothing.
 * Trust:     the asker may have been taken over: everything is checked on decoding.
 *
 * The asker numbers its requests 1, 2, 3, ... on each link. One answer may stand for
 * many: RECORD_DURABLE with token n says that requests 1 to n are on the disk.
 *
 * A recording's id is 16 random bytes of the asker's. The first request that names one
 * makes it and ties it to the asker's link: nobody else can add to it, and one that was
 * there before is refused. Reels are numbered from 1 on without a gap. A share is stored
 * once. Evidenced never reads a recording: it hands out descriptors that only append.
 * A link gets one spool, for what waits between two sides; it goes with the link's last holder.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/wr.h"
#include "evidence/event.h"

enum {
	RECORD_ASK = 1,     /* struct record_ask */
	RECORD_DURABLE = 2, /* u64 token, u64 seq of that record; then up to RECORD_CLOSED_MAX times the same of
	                     * session.closed records up to it, which are told one by one */
	RECORD_REEL = 3,    /* struct record_reel without `why`; answered with one of the next two */
	RECORD_REEL_FD = 4, /* the same, and one descriptor: a new file, append only, whose name is durable */
	RECORD_REEL_NO = 5, /* the same and u8-length text: why */
	RECORD_SHARE = 6,   /* struct record_share without `why`; answered with one of the next two */
	RECORD_SHARED = 7,  /* 16 bytes recording, u8-length keeper: stored, and durable */
	RECORD_SHARE_NO = 8, /* the same and u8-length text: why; nothing was stored */
	RECORD_SPOOL = 9,    /* nothing; answered with one of the next two */
	RECORD_SPOOL_FD = 10, /* one descriptor: an empty file without a name, to read and write (proc/gate/spool.h) */
	RECORD_SPOOL_NO = 11, /* u8-length text: why */
};

/* For each link. A reel is a file of at most REEL_LEN_MAX bytes (evidence/reel.h). */
enum { RECORD_CLOSED_MAX = 64, RECORD_DURABLE_MAX = 16 + 16 * RECORD_CLOSED_MAX };
enum { RECORD_RECORDINGS_MAX = 1024, RECORD_REELS_MAX = 4096, RECORD_WHY_MAX = 200 };

struct record_reel {
	struct rd recording; /* RECORDING_ID_LEN bytes */
	uint32_t reel;
	struct rd why; /* of RECORD_REEL_NO */
};

struct record_share {
	struct rd recording;
	struct rd keeper; /* u8 length; at most KEEPER_NAME_MAX */
	struct rd sealed; /* u16 length; of RECORD_SHARE; at most RECORDING_SHARE_MAX */
	struct rd why;    /* of RECORD_SHARE_NO */
};

void record_reel_write(struct wr *w, uint16_t type, const struct record_reel *a);
MUST_USE bool record_reel_read(struct rd *r, uint16_t type, struct record_reel *out);
void record_share_write(struct wr *w, uint16_t type, const struct record_share *a);
MUST_USE bool record_share_read(struct rd *r, uint16_t type, struct record_share *out);

struct record_ask {
	uint64_t token;
	bool closing;  /* ends a session: may use the room kept for that */
	struct rd session, actor, employer, asset; /* as in evidence/record.h */
	struct event event;
};

void record_ask_write(struct wr *w, const struct record_ask *a);
MUST_USE bool record_ask_read(struct rd *r, struct record_ask *out);
