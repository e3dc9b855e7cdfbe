/*
 * Is:        files in quarantine: the first blocks in memory, the rest on the disk, sealed block by block
 *            under a key that is in this process alone, in one file without a name, which is gone with
 *            whoever holds it.
 * Is not:    the recording, which has the same bytes for the keepers.
 * Called by: the gate.
 * Owns:      the descriptor, the key, and which blocks are whose.
 * Trust:     the disk may give back other bytes than were written: nothing is read that was not sealed
 *            for that place, and last.
 *
 * The file is blocks of SPOOL_BLOCK: SPOOL_PLAIN bytes and the tag. A block's nonce is a number that is
 * used once; it stays in memory beside the block's place, so that neither an older block nor another one
 * opens. A spool_file holds the block at hand in memory, so that a small one never touches the disk.
 * Memory: SPOOL_PLAIN for each of `held_max` blocks and of the files, and 16 bytes a block, which is a
 * four-thousandth of what is kept.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/vec.h"
#include "crypto/secret.h"
#include "os/disk.h"

struct random;

enum { SPOOL_BLOCK = 1 << 16, SPOOL_PLAIN = SPOOL_BLOCK - 16 };

struct spool {
	struct disk_dir disk;
	int fd;            /* -1: there is none (yet) */
	struct secret key;
	uint64_t max;      /* blocks at most */
	uint64_t n_used;
	unsigned held_max, n_held; /* of them in memory */
	uint32_t n_blocks; /* of the file */
	uint32_t n_seals;
	struct vec free;   /* uint32_t: places of the file without an owner */
};

/* At most `max` bytes in all, of which `held_max` blocks stay in memory. */
void spool_init(struct spool *s, uint64_t max, unsigned held_max, struct random *r);
/* All its files are done. */
void spool_done(struct spool *s);
/* Takes `fd`: an empty file, to be read and written. */
void spool_take(struct spool *s, int fd);

struct spool_file {
	struct spool *spool;
	struct vec map;   /* struct spool_place of each block */
	uint64_t len;
	struct buf own;
	struct buf *block; /* the one at hand, whole: `own`, or one that stays in memory */
	uint64_t at_hand;  /* its number */
	bool is_dirty;
};

void spool_file_init(struct spool_file *f, struct spool *s);
/* Wipes, and gives its places back. */
void spool_file_done(struct spool_file *f);

/* Bytes between the end and `at` are zero. -EDQUOT above the maximum; -ENOSPC when the disk is full or there
 * is no file yet to spool into; else what the disk said, or -EBADMSG. */
MUST_USE int spool_write(struct spool_file *f, uint64_t at, struct rd bytes);
/* Appends exactly `n` bytes from `at` on to `out`. -ERANGE when there are fewer. */
MUST_USE int spool_read(struct spool_file *f, uint64_t at, uint64_t n, struct buf *out);
