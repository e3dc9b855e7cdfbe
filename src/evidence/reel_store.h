/*
 * Is:        the directory of recordings: new reels, and keepers' shares, made durable.
 * Is not:    a reader or writer of reels: the gate writes through the descriptor it gets.
 * Called by: evidenced.
 * Owns:      recordings/ below its disk (layout in reel.h).
 * Trust:     ids and names were checked; contents are not looked at.
 *
 * Nothing is given or said before the names that lead to it are on the disk. Nothing that
 * is there is ever opened for writing, overwritten or removed here. After a negative result
 * other than -ENOSPC and -EDQUOT the disk cannot be trusted.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "os/disk.h"

/* It is there already: somebody else's, or from before. Nothing was done. */
enum { REEL_STORE_TAKEN = 1 };

/* Makes the directory of recording `id`, RECORDING_ID_LEN bytes. */
MUST_USE int reel_store_recording(struct disk *d, const uint8_t *id);
/* A new reel, for appending. Gives the descriptor. */
MUST_USE int reel_store_reel(struct disk *d, const uint8_t *id, uint32_t reel, int *out_fd);
/* Stores a share whole or not at all. */
MUST_USE int reel_store_share(struct disk *d, const uint8_t *id, struct rd keeper, struct rd sealed);
