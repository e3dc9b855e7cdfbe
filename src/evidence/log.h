/*
 * Is:        the commit engine of one log: entries in, a durable index out.
 * Is not:    the tree (tiler.h), a process, a socket or a thread.
 * Called by: evidenced, which is the only writer; tests. `core` and `intercept` are
 *            two of these over two directories.
 * Owns:      the write-ahead log.
 * Trust:     entries are any bytes, at most LOG_ENTRY_MAX.
 *
 * How it is driven, by an event loop or a test:
 *   log_append for every record at hand; LOG_BUSY means commit first: the record
 *   stays with its sender, who waits (nothing is ever dropped);
 *   log_commit when log_deadline_ns has come; then acknowledge every record below
 *   log_durable;
 *   with nothing to do, log_idle; and after a commit too when log_is_short.
 * Any negative result is final: acknowledge nothing more, exit, start again.
 *
 * One process may drive this and a tiler by turns. Better is a process for each:
 * then building tiles and syncing them never delays a commit. The tiler's reads the
 * write-ahead log and is told the durable index; it tells what it has published, for
 * log_published.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/wal.h"

enum { LOG_ENTRY_MAX = WAL_ENTRY_MAX };

/* Outcomes. */
enum {
	LOG_CORRUPT = WAL_CORRUPT,   /* refuses to start; the fault says where */
	LOG_BUSY = WAL_BUSY,	     /* the group is full: commit, then come again */
	LOG_NO_ROOM = WAL_NO_ROOM,   /* the disk is full: only closing entries now */
	LOG_TOO_LONG = WAL_TOO_LONG, /* never acceptable */
	LOG_ABSENT = 16,	     /* no log here: log_create */
};

struct log_config {
	/* How long the first entry of a group may wait for company. 0, the default,
	 * commits as soon as the loop has read what was there: entries that come
	 * during a sync make up the next group, so groups grow with the load by
	 * themselves. Above 0 it trades latency for fewer syncs. */
	uint64_t linger_ns;
	/* A group of so many bytes does not linger. 256 KiB. */
	uint32_t enough_len;
	uint32_t segment_len, group_max, reserve_len, spares, keeps; /* as in wal.h */
};

struct log {
	struct wal wal;
	uint64_t linger_ns;
	uint32_t enough_len;
	uint64_t first_ns; /* when the group's first entry came */
};

struct log_config log_defaults(void);

/* Makes an empty log in an empty directory, or where making one was cut short. `id`
 * is random. LOG_CORRUPT when a log lies there. */
MUST_USE int log_create(struct disk *d, const struct log_config *c, const uint8_t id[WAL_ID_LEN],
    struct wal_fault *out_fault);

/* Recovers. Everything found is durable then. LOG_CORRUPT, LOG_ABSENT. `l` needs
 * log_done whatever the result. */
MUST_USE int log_open(struct log *l, struct disk *d, const struct log_config *c,
    struct wal_fault *out_fault);
void log_done(struct log *l);

/* Takes a copy of the record; `closing` ones may use the reserve. LOG_BUSY,
 * LOG_NO_ROOM, LOG_TOO_LONG. */
MUST_USE int log_append(struct log *l, struct rd record, bool closing, uint64_t now_ns,
    uint64_t *out_index);

/* One pwrite and one fdatasync for the whole group. */
MUST_USE int log_commit(struct log *l);

/* When to commit: in the past when at once, UINT64_MAX when there is nothing. */
uint64_t log_deadline_ns(const struct log *l);

/* Records with a lower index are durable. */
uint64_t log_durable(const struct log *l);

/* A slice of housekeeping for when nothing waits: leaves word that all is durable
 * and makes room ahead. LOG_NO_ROOM when the disk is full, which is no failure. */
MUST_USE int log_idle(struct log *l);

/* No spare segment is ready: then a log_idle after each commit spreads over many of
 * them what would be one long wait. Enough `spares` for the load between two
 * checkpoints (or `keeps`) make it rare: segments come back when one is published. */
bool log_is_short(const struct log *l);

/* A checkpoint over the entries below `size` is published: their segments may go. */
MUST_USE int log_published(struct log *l, uint64_t size);
