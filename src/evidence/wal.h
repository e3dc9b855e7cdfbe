/*
 * Is:        the write-ahead log: entries collected into groups, each made durable
 *            by one pwrite and one fdatasync; preallocated segments, recycled.
 * Is not:    the Merkle log (log.h), nor threaded: each call returns when done.
 * Called by: log.c; tests.
 * Owns:      the files below wal/ and tmp/segment, and the active one's descriptor.
 * Trust:     entries are any bytes; the files may have decayed (wal_format.h).
 *
 * Room. Segments are filled with zeros before use, or recycled, so that writing
 * to them takes nothing of the disk and an fdatasync has no metadata to write.
 * wal_prepare makes spare ones in slices; call it whenever there is time. When it
 * says WAL_NO_ROOM the disk is full: entries still fit until only `reserve_len`
 * bytes of what is prepared are left, and after that only closing ones do.
 *
 * After a failure of the disk every call fails with the same error, and nothing
 * that was not durable then is announced ever: the process must stop, start and
 * recover.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "evidence/wal_format.h"
#include "os/disk.h"

struct wal_config {
	uint32_t segment_len; /* multiple of WAL_BLOCK; 64 MiB; as created, for ever */
	uint32_t group_max;   /* bytes of a group's payload; >= WAL_ENTRY_MAX + 2; 4 MiB */
	uint32_t reserve_len; /* kept for closing entries; 1 MiB */
	uint32_t spares;      /* segments to make ready; 2 */
	uint32_t keeps;	      /* and to keep ready once the log has grown so far; at least `spares`; 2 */
	/* Random and kept from peers: else an entry could be made that looks like a
	 * group when only parts of its own reached the disk. */
	uint8_t id[WAL_ID_LEN];
};

/* Outcomes. */
enum {
	WAL_CORRUPT = 1, /* refuses to start; the fault says where */
	WAL_BUSY,	 /* the group is full: commit, then come again */
	WAL_NO_ROOM,	 /* the disk is full */
	WAL_TOO_LONG,	 /* an entry above WAL_ENTRY_MAX, never acceptable */
};

/* Where and why recovery refused. */
struct wal_fault {
	char file[DISK_PATH_MAX];
	uint64_t off;
	const char *why;
};

struct wal_live {
	uint64_t number;
	uint64_t first;
};

struct wal {
	struct disk *d;
	struct wal_config c;
	int failed;	  /* 0, or the error that ended it */
	uint64_t next;	  /* index of the next entry */
	uint64_t durable; /* entries below are durable */
	bool sealed;	  /* nothing was appended since the last seal */

	struct buf group; /* header's room, then payload */
	uint32_t group_n;

	int fd; /* the active segment, the last of live[] */
	uint32_t off;
	uint32_t seed;
	uint32_t before;

	struct wal_live *live;
	size_t n_live;
	uint64_t spare[64]; /* numbers in the names of ready spares */
	size_t n_spares;
	uint64_t next_spare;
	int making_fd; /* a spare in the making, or -1 */
	uint32_t made_len;
};

/* The defaults above, with the log's identity. */
struct wal_config wal_defaults(const uint8_t id[WAL_ID_LEN]);

/* Makes the first segment in an empty wal/. WAL_CORRUPT when entries lie there. */
MUST_USE int wal_create(struct disk *d, const struct wal_config *c, struct wal_fault *out_fault);

/* Recovers. `floor` entries are known to be in published tiles: the log must still
 * hold every later one, and must reach at least so far. On success everything that
 * was found is durable. `w` needs wal_done whatever the result. */
MUST_USE int wal_open(struct wal *w, struct disk *d, const struct wal_config *c, uint64_t floor,
    struct wal_fault *out_fault);
void wal_done(struct wal *w);

/* Takes a copy of `entry` into the group. WAL_BUSY, WAL_NO_ROOM, WAL_TOO_LONG. */
MUST_USE int wal_append(struct wal *w, struct rd entry, bool closing, uint64_t *out_index);

/* Writes the group and syncs it; then w->durable == w->next. */
MUST_USE int wal_commit(struct wal *w);

/* When there is nothing else to do: leaves word on the disk, without waiting for
 * it, that everything is durable, so that decay of the last group is not taken
 * for a torn tail. Does nothing the second time, or without prepared room. */
MUST_USE int wal_seal(struct wal *w);

/* Does at most about 1 MiB of work towards the next spare segment. WAL_NO_ROOM. */
MUST_USE int wal_prepare(struct wal *w);

/* Recycles the segments with entries below `index` only. */
MUST_USE int wal_drop(struct wal *w, uint64_t index);

/* Bytes of groups that prepared segments still take. */
uint64_t wal_room(const struct wal *w);

/* "wal/seg-N" and "wal/spare-N". */
void wal_segment_path(char out[DISK_PATH_MAX], uint64_t number);
void wal_spare_path(char out[DISK_PATH_MAX], uint64_t number);
