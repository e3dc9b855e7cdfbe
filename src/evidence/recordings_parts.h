/*
 * Is:        what recordings.c hands to recordings_judge.c.
 * Is not:    for anybody else.
 * Called by: the two.
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
	uint64_t index;                     /* of the record that said so, or the session.opened */
	bool is_erased;
	bool is_headless;                   /* its session.opened was erased, and so it was before that */
};

/* One session.segment. */
struct said {
	const struct kept *of;
	uint64_t index;
	uint32_t number, reel;
	struct hash sum;
};
