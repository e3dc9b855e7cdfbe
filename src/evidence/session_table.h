/*
 * Is:        the sessions that a log has open: where each one's last record stands, and
 *            which record may come next.
 * Is not:    the log, nor a clock; whoever owns a session is a pointer that is compared.
 * Called by: evidenced.
 * Owns:      its sessions; the file "sessions" in the log's directory.
 * Trust:     those who record may have been taken over: what they ask is checked. The file
 *            is a shortcut: damaged or missing, the log is read instead.
 *
 * Its segments are those of the recording that it was opened with, without a gap.
 *
 * A session's first record is session.opened and points to itself; every other points to
 * the one before it; session.closed or session.lost is its last. Only who opened it adds to
 * it. The last SESSION_CLOSED_KEPT that ended cannot be opened again; older ones could, and
 * the verifier would say so.
 *
 *     "SLAGSESS" || u64 upto || u32 n || session * n || u32 n || id * n || u32 crc32c
 *     session = id[16] || u64 last || actor, employer, asset (each u8 length and bytes)
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/map.h"
#include "evidence/record.h"
#include "os/disk.h"

enum {
	SESSIONS_MAX = 2048,        /* open at a time: the log keeps room to end each */
	SESSION_CLOSING_MAX = 2000, /* bytes of a closing record */
	SESSION_CLOSED_KEPT = 8192
};

struct session {
	uint8_t id[RECORD_ID_LEN];
	uint64_t last;
	const void *owner; /* NULL: nobody any more, session.lost is due */
	const char *why;   /* then */
	uint8_t recording[RECORD_ID_LEN]; /* while it has an owner */
	int64_t segment, reel;            /* the last that was recorded */
	char actor[EVENT_NAME_MAX + 1], employer[EVENT_NAME_MAX + 1], asset[EVENT_NAME_MAX + 1];
};

struct session_table {
	struct map open; /* by id */
	size_t n_lost;   /* without an owner */
	uint8_t (*closed)[RECORD_ID_LEN]; /* a ring */
	size_t n_closed, next_closed;
	uint64_t upto;   /* records below are counted in */
};

/* `seed` is random. */
void session_table_init(struct session_table *t, const uint64_t seed[2]);
void session_table_done(struct session_table *t);

/* The recording that a session.opened names, or nothing. */
struct rd session_recording(const struct event *opened);

/* Whether the record may be number `seq`, asked for by `owner`; its `prev` is set. NULL, or
 * why not: a sentence. A record without a session may. */
MUST_USE const char *session_check(const struct session_table *t, struct record *r, const void *owner);
/* It is in the log. */
void session_took(struct session_table *t, const struct record *r, const void *owner);

/* The sessions of `owner` (NULL: all) belong to nobody from now on; `why` is kept. */
void session_orphan(struct session_table *t, const void *owner, const char *why);
/* One that belongs to nobody, or NULL. */
const struct session *session_lost(const struct session_table *t);

/* An entry of the log, read back in its order. What is no record is passed over: the
 * verifier judges. */
void session_replay(struct session_table *t, uint64_t index, struct rd entry);

/* Writes the file. Every record below t->upto must be durable. */
MUST_USE int session_save(const struct session_table *t, struct disk *d);
/* Reads it. False when there is none, it is damaged, or says more than `size` records:
 * the table is then empty, and the log is to be replayed from the start. */
MUST_USE bool session_load(struct session_table *t, struct disk *d, uint64_t size);

struct tiler;

/* Fills the table with what a log of `durable` records says: from the file as far as that
 * goes, from bundles below the tiler's size, and from the write-ahead log. Everything open
 * belongs to nobody. Outcomes as of tiler.h's reading calls. */
MUST_USE int session_rebuild(struct session_table *t, struct tiler *from, uint64_t durable);
