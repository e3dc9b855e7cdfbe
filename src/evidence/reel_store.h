/*
 * Is:        the directory of recordings: new reels, and keepers' shares, made durable.
 * Is not:    a reader or writer of reels: the gate writes through the descriptor it gets;
 *            nor the decision that something may go (proc/evidenced/retention.h).
 * Called by: evidenced.
 * Owns:      recordings/ below its disk (layout in reel.h).
 * Trust:     ids and names were checked; contents are not looked at.
 *
 * Nothing is given or said before the names that lead to it are on the disk. Nothing that
 * is there is opened for writing or overwritten here, and removed only by reel_store_erase. After a negative result
 * other than -ENOSPC and -EDQUOT the disk cannot be trusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "os/disk.h"

/* Outcomes. */
enum {
	REEL_STORE_TAKEN = 1,  /* it is there already: somebody else's, or from before; nothing was done */
	REEL_STORE_ABSENT = 2, /* there is no such thing */
};

/* Makes the directory of recording `id`, RECORDING_ID_LEN bytes, and in it the file "made"
 * with `time_s`, from which its retention counts. TAKEN. */
MUST_USE int reel_store_recording(struct disk *d, const uint8_t *id, uint64_t time_s);
/* A new reel, for appending. Gives the descriptor. TAKEN. */
MUST_USE int reel_store_reel(struct disk *d, const uint8_t *id, uint32_t reel, int *out_fd);
/* What others have appended to a reel is on the disk then, whoever wrote it and whether he lives.
 * ABSENT. */
MUST_USE int reel_store_sync(struct disk *d, const uint8_t *id, uint32_t reel);
/* Stores a share whole or not at all. TAKEN. */
MUST_USE int reel_store_share(struct disk *d, const uint8_t *id, struct rd keeper, struct rd sealed);

/* When it was made. ABSENT. */
MUST_USE int reel_store_made(struct disk *d, const uint8_t *id, uint64_t *out_time_s);
/* Holds it, or lifts the hold: the file "hold", with `text` for people. ABSENT: there is
 * no such recording, or it is not held. */
MUST_USE int reel_store_hold(struct disk *d, const uint8_t *id, struct rd text);
MUST_USE int reel_store_lift(struct disk *d, const uint8_t *id);
MUST_USE int reel_store_is_held(struct disk *d, const uint8_t *id, bool *out);
/* Removes all of it, "made" last, so that what a crash cut short is found and done again.
 * The record of it must be durable before. ABSENT. */
MUST_USE int reel_store_erase(struct disk *d, const uint8_t *id);

/* Calls `each` with every recording, in no order. */
MUST_USE int reel_store_list(struct disk *d, void (*each)(void *ctx, const uint8_t *id), void *ctx);
