/*
 * Is:        reading the write-ahead log in use, group by group, up to an index
 *            that its writer announced as durable.
 * Is not:    recovery (wal_recover.c): here everything must be whole.
 * Called by: tiler.c, perhaps in a process of its own.
 * Owns:      a descriptor of one segment and one group's bytes.
 * Trust:     what is read may have decayed: each group is checked again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "evidence/wal.h"
#include "os/disk.h"

struct wal_reader {
	struct disk *d;
	int fd;
	uint64_t number;
	uint32_t len;
	uint32_t seed;
	uint32_t before;
	uint32_t off;
	uint64_t next; /* index after the groups read so far */
	uint64_t from; /* entries below are passed over */
	struct wal_segment after; /* the header of the next segment, once there is one */
	bool knows_after;
	struct buf group;
};

/* Begins at entry `from`. WAL_CORRUPT when no segment holds it. `r` needs
 * wal_reader_done whatever the result. */
MUST_USE int wal_reader_open(struct wal_reader *r, struct disk *d, uint64_t from);
void wal_reader_done(struct wal_reader *r);

/* The next entries below `limit`, as in a bundle: each u16 length and bytes.
 * `*out_n` is 0 when there are none yet. Borrows until the next call. WAL_CORRUPT
 * when what should be there is not: segment r->number, offset r->off. */
MUST_USE int wal_reader_next(struct wal_reader *r, uint64_t limit, struct rd *out,
    uint32_t *out_n);
