/*
 * Is:        the tiles and entry bundles of a log (c2sp.org/tlog-tiles v0.1.0): their
 *            paths, widths and contents.
 * Is not:    files: who reads or writes them is above.
 * Called by: the log, the server of tiles, the verifier.
 * Owns:      nothing.
 * Trust:     hostile paths and bytes.
 *
 *     tile/<level>/<index>[.p/<width>]       hashes, 32 bytes each
 *     tile/entries/<index>[.p/<width>]       (u16 length || entry)*
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"

enum {
	TILE_WIDTH = 256,                           /* hashes of a full tile */
	TILE_LEVELS = 8,                            /* that MERKLE_SIZE_MAX can fill */
	TILE_ENTRIES = 0xff,                        /* stands for the level of a bundle */
	TILE_PATH_MAX = 64,                         /* with its NUL */
	ENTRY_MAX = 65535,
	TILE_MAX = TILE_WIDTH * 32,                 /* bytes */
	BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_MAX)
};

struct tile {
	uint64_t index;
	uint16_t width; /* 1 to TILE_WIDTH; below that, a partial tile */
	uint8_t level;  /* 0 to TILE_LEVELS - 1, or TILE_ENTRIES */
};

/* How many hashes stand at `level` in a tree of `size` leaves, in all its tiles. */
uint64_t tile_hashes(unsigned level, uint64_t size);

/* The tile that ends the level in a tree of `size` leaves, when it is partial.
 * False when the level ends with a full tile or has none. */
MUST_USE bool tile_partial(unsigned level, uint64_t size, struct tile *out);

/* Writes the path, "tile/..." without a slash in front. */
void wr_tile_path(struct wr *w, struct tile t);
/* The same, NUL-terminated. */
void tile_path(struct tile t, char out[TILE_PATH_MAX]);

/* The whole of `path`. Accepts only the one spelling that wr_tile_path has. */
MUST_USE bool tile_path_parse(struct rd path, struct tile *out);

/* Takes the next entry out of a bundle. False at its end or when it is cut short;
 * at the end, and only there, bundle->len is 0. */
MUST_USE bool bundle_next(struct rd *bundle, struct rd *entry);

/* The leaf hashes of the first `width` entries of `bundle`, which must have exactly
 * `held` of them; width <= held. False when it does not. */
MUST_USE bool bundle_leaves(struct rd bundle, size_t held, size_t width, struct hash *out);

/* The root over the `width` hashes, width a power of two up to TILE_WIDTH; destroys
 * `h`. Over a full tile: the hash that stands for it one level up. */
void tile_root(struct hash *h, size_t width, struct hash *out);
