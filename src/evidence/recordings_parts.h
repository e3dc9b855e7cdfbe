/*
 * Is:        what recordings.c hands to recordings_judge.c and torn.c.
 * Is not:    for anybody else.
 * Called by: the three.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "evidence/merkle.h"
#include "evidence/record.h"
#include "evidence/recording.h"

/* A recording that a session has opened. */
struct kept {
	uint8_t id[RECORDING_ID_LEN];
	uint8_t session[2 * RECORD_ID_LEN]; /* as text */
	uint32_t last, reel;                /* of its last segment */
	uint32_t torn;                      /* the number of a segment, or 0 */
	uint64_t index;                     /* of the record that said so, or the session.opened */
	bool is_erased, is_closed, is_lost;
};

/* One session.segment. */
struct said {
	const struct kept *of;
	uint64_t index;
	uint32_t number, reel;
	struct hash sum;
};

/* A session.segment: all of *out but `of`, and its recording's id. */
MUST_USE bool said_read(const struct record_view *v, struct said *out, uint8_t id[RECORDING_ID_LEN]);
