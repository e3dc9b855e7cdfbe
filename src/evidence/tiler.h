/*
 * Is:        what is derived from the write-ahead log: entry bundles, tiles, the
 *            private state, the checkpoint; and reading them back.
 * Is not:    the commit point (log.h): nobody waits for this one but checkpoints.
 * Called by: treed, beside the process that commits; tests.
 * Owns:      tile/, state, checkpoint, tmp/tile, tmp/state, tmp/checkpoint; the
 *            unfinished tiles and bundle at the right edge. With witnesses, the
 *            checkpoint that this writes has another name (proc/evidenced/publish.h).
 * Trust:     the log's entries are any bytes; files may have decayed.
 *
 * The order, which makes a crash anywhere harmless:
 *   1. tiler_step takes durable entries and writes full bundles and tiles;
 *   2. tiler_settle writes the partial ones, makes all of it durable, then the new
 *      (size, root) durable in the state, and hands that out to be signed;
 *   3. tiler_publish replaces the checkpoint, durably; only now may wal_drop take
 *      the segments whose entries it covers.
 * After a crash everything since the state is derived again from the write-ahead
 * log: each tile has one legal content, so writing it twice is harmless. The state
 * is handed out again by the first tiler_settle: signing it again gives the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "evidence/merkle_path.h"
#include "evidence/shelf.h"
#include "evidence/tile.h"
#include "evidence/tree_state.h"
#include "evidence/wal_reader.h"

/* The unfinished tile of a level. */
struct edge_tile {
	unsigned n;
	unsigned stored; /* the width of its last partial on the disk */
	struct hash h[TILE_WIDTH];
};

struct tiler {
	struct merkle_source source; /* for merkle_path.h: any full subtree below `size` */
	struct shelf shelf;
	int failed;
	uint64_t size;		  /* entries taken */
	struct tree_state state;  /* durable */
	uint64_t published;	  /* entries below are under a published checkpoint */
	struct edge_tile *tile;	  /* TILE_LEVELS */
	struct buf bundle;	  /* the entries of tile[0] */
	struct wal_reader log;
	bool is_reading;
	struct rd rest; /* of the group last read, not yet taken */
	uint32_t n_rest;
	uint64_t stale[TILE_LEVELS + 1]; /* index + 1 of tiles whose partials are to go */
	const char *checkpoint;		 /* the file that tiler_publish replaces */
};

/* Outcome of every call that reads: WAL_CORRUPT, with the fault. */

/* Loads the right edge. `t` needs tiler_done whatever the result. The file for
 * checkpoints is "checkpoint" until t->checkpoint is changed. */
MUST_USE int tiler_open(struct tiler *t, struct disk *d, enum shelf_sync how,
    struct wal_fault *out_fault);
void tiler_done(struct tiler *t);

/* The tree of the state, to read hashes and entries from, while another process writes it and
 * waits: between its tiler_settle and its tiler_publish. Changes nothing on the disk. As
 * tiler_open. */
MUST_USE int tiler_view(struct tiler *t, struct disk *d, struct wal_fault *out_fault);

/* Takes up to `n` entries, or one bundle's worth more, below `durable`. */
MUST_USE int tiler_step(struct tiler *t, uint64_t durable, uint64_t n, struct wal_fault *out_fault);

/* Settles what was taken. `*out` is the state to sign; it may be the one before
 * when nothing was taken. */
MUST_USE int tiler_settle(struct tiler *t, struct tree_state *out);

/* Publishes the checkpoint that was signed over the settled state. */
MUST_USE int tiler_publish(struct tiler *t, struct rd checkpoint);

/* The bundle that holds entry `index` < size, as far as it has come, appended to `out`. */
MUST_USE int tiler_bundle(struct tiler *t, uint64_t index, struct buf *out);

/* Entry `index` < size, appended to `out`. */
MUST_USE int tiler_entry(struct tiler *t, uint64_t index, struct buf *out);
