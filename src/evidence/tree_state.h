/*
 * Is:        the private state of a log: its identity, and the size and root that
 *            were last settled, in the file "state".
 * Is not:    the checkpoint, which is public and signed.
 * Called by: log.c, tiler.c.
 * Owns:      nothing; the files "state" and "tmp/state".
 * Trust:     the file may have decayed: it is checked and refused as a whole.
 *
 *    0  8  "SLAGTREE"
 *    8  8  size
 *   16 32  root
 *   48 32  identity, random
 *   80  4  CRC-32C of bytes 0..79
 *
 * A size and root are here, durable, before they are handed out to be signed, and
 * sizes only grow. So no two roots are ever signed for one size, nor a smaller one
 * after a larger, whatever happens in between.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "evidence/merkle.h"
#include "evidence/wal_format.h"
#include "os/disk.h"

struct tree_state {
	uint64_t size;
	struct hash root;
	uint8_t id[WAL_ID_LEN];
};

/* Outcomes of reading. */
enum { TREE_STATE_ABSENT = 1, TREE_STATE_DAMAGED };

MUST_USE int tree_state_read(struct disk *d, struct tree_state *out);

/* Durable when it returns. */
MUST_USE int tree_state_write(struct disk *d, const struct tree_state *s);

/* The state of an empty log. */
void tree_state_empty(struct tree_state *out, const uint8_t id[WAL_ID_LEN]);
