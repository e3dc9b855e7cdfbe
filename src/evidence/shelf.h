/*
 * Is:        where tiles and entry bundles stand on the disk (C2SP tlog-tiles,
 *            "tile/L/N[.p/W]"), and putting a file there.
 * Is not:    what is in them (tiler.h).
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
#include "evidence/merkle.h"
#include "os/disk.h"

enum {
	TILE_WIDTH = 256,
	TILE_LEVELS = 8,    /* 2^63 leaves and more */
	TILE_ENTRIES = -1,  /* the level of an entry bundle in a path */
};

/* How what was put becomes durable. One syncfs takes the rest of the file system's
 * dirty pages along; measured it is the faster by far when there are many files
 * (bench/evidence). */
enum shelf_sync { SHELF_SYNCFS, SHELF_FSYNC_EACH };

struct shelf {
	struct disk *d;
	enum shelf_sync how;
	char dirty[16][DISK_PATH_MAX]; /* directories to sync, with FSYNC_EACH */
	size_t n_dirty;
};

/* The path of tile `index` of `level`; `width` TILE_WIDTH is the full one. */
void shelf_path(char out[DISK_PATH_MAX], int level, uint64_t index, unsigned width);

/* Writes a file under its final name. It is durable after shelf_sync. */
MUST_USE int shelf_put(struct shelf *s, const char *path, struct rd bytes);

/* Everything put so far is durable. */
MUST_USE int shelf_sync(struct shelf *s);

/* Removes the partial versions of a tile. What is not there is no error. */
MUST_USE int shelf_remove_partials(struct shelf *s, int level, uint64_t index);
