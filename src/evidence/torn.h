/*
 * Is:        whether the last segment that a session's records name is whole on the disk.
 * Is not:    the judgement of recordings (recordings.h), which a stranger makes.
 * Called by: evidenced, when it starts, for the sessions that its former life left open.
 * Owns:      nothing.
 * Trust:     the reel was written by a gate that may have been taken over.
 *
 * The gate asks for a segment's record while it syncs the segment, and for the next one
 * after, so a power cut can tear the last one and no other. What is found so is recorded
 * (recording.torn) before anybody can change more: what is not whole and not recorded as
 * torn was altered.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "evidence/recording.h"
#include "evidence/tiler.h"

enum { TORN_FOUND = 1 };

struct torn {
	uint8_t recording[RECORDING_ID_LEN];
	uint32_t reel, number;
};

/* Of the session whose last record is `last`, below the tiler's size. 0: there is no segment,
 * or it is whole; TORN_FOUND, with *out; a negative errno, or WAL_CORRUPT. */
MUST_USE int torn_find(struct tiler *t, uint64_t last, struct torn *out);
