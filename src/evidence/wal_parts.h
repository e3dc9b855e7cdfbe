/*
 * Is:        what the files of the write-ahead log share among themselves.
 * Is not:    for anybody else.
 * Called by: wal*.c.
 * Owns:      nothing.
 * Trust:     as wal.h.
 */
#pragma once

#include "evidence/wal.h"

void wal_check_config(const struct wal_config *c);

/* Remembers a negative `err` for ever, and returns it. */
MUST_USE int wal_fail(struct wal *w, int err);

void wal_begin_group(struct wal *w);

void wal_add_live(struct wal *w, uint64_t number, uint64_t first);

/* Gives the open file `fd`, now called `from`, the header `s` and then the name
 * `path`, all durable. Sets s->seed. */
MUST_USE int wal_name_segment(struct disk *d, int fd, struct wal_segment *s, const char *from,
    const char *path);

/* What lies in wal/: numbers in ascending order. */
struct wal_names {
	uint64_t *segment;
	size_t n_segments;
	uint64_t *spare;
	size_t n_spares;
};
MUST_USE int wal_names_read(struct disk *d, struct wal_names *out);
void wal_names_done(struct wal_names *n);

/* Zeros up to `to` into the file from `*len` on, and syncs at the end of it. */
MUST_USE int wal_fill(struct disk *d, int fd, uint32_t *len, uint32_t to);

/* The header of a segment; WAL_CORRUPT when it has none. */
MUST_USE int wal_read_header(struct disk *d, uint64_t number, struct wal_segment *out);
