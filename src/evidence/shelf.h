/*
 * Is:        putting tiles and entry bundles on the disk, and making them durable.
 * Is not:    what is in them (tiler.h) or where they stand (tile.h).
 * Called by: tiler.c, tile_source.c.
 * Owns:      "tmp/tile".
 * Trust:     our own numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/tile.h"
#include "os/disk.h"

/* How what was put becomes durable. One syncfs takes the rest of the file system's
 * dirty pages along; measured it is the faster by far when there are many files
 * (bench/evidence). Few files are quicker each by itself, and do not wait for what others
 * wrote: SHELF_FEW_EACH does so until there are many (bench/levels). */
enum shelf_sync { SHELF_SYNCFS, SHELF_FSYNC_EACH, SHELF_FEW_EACH };
enum { SHELF_FEW = 12 };

struct shelf {
	struct disk *d;
	enum shelf_sync how;
	char dirty[16][DISK_PATH_MAX]; /* directories to sync, with FSYNC_EACH */
	size_t n_dirty;
	unsigned n_put;      /* since the last shelf_sync */
	bool needs_syncfs;   /* with FEW_EACH: there were too many */
};

/* Writes a tile or bundle under its final name. It is durable after shelf_sync. */
MUST_USE int shelf_put(struct shelf *s, struct tile t, struct rd bytes);

/* Everything put so far is durable. */
MUST_USE int shelf_sync(struct shelf *s);

/* Removes the partial versions of the tile `full`. What is not there is no error. */
MUST_USE int shelf_remove_partials(struct shelf *s, struct tile full);
