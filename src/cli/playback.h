/*
 * Is:        a recording opened with two keepers' keys, and its frames in order.
 * Is not:    their showing (play.c), nor a check that the recording is the one that was
 *            recorded: slagboom-verify does that, and needs no key.
 * Called by: play.c.
 * Owns:      the recording's key, in struct secret.
 * Trust:     the directory is hostile: shares, reels, segments.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "crypto/secret.h"
#include "evidence/recording.h"

struct playback {
	struct secret identity;
	uint8_t id[RECORDING_ID_LEN];
	int dir; /* of the recording: reels and shares */
	char keepers[2][KEEPER_NAME_MAX + 1];
	uint32_t segment; /* the last that was read */
	char why[256];    /* after a failure: what is wrong, where */
};

/* Opens the recording in `path` with the identity files of two keepers, in any order.
 * 0, or a negative errno with p->why. */
MUST_USE int playback_open(struct playback *p, const char *path, const char *const *key_files, size_t n);
/* For AUTO. */
void playback_done(struct playback *p);

/* False ends the playing. `frame` lives until it returns. */
typedef bool playback_fn(void *ctx, const struct frame *f);

/* Every frame of every reel. 0; 1 when `fn` ended it; -EBADMSG and p->why where a reel or
 * segment is damaged: what came before was given. A torn tail, as a crash leaves it, is
 * the end and no damage. */
MUST_USE int playback_run(struct playback *p, playback_fn *fn, void *ctx);
