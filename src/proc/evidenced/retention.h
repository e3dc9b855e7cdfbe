/*
 * Is:        how long recordings are kept: their erasure, on the record first; holds; and
 *            the link of `slagboom retention`.
 * Is not:    the files (evidence/reel_store.h), nor how long records are (retention_records.h).
 * Called by: evidenced.
 * Owns:      the file "retention" in its log's directory; what is being erased.
 * Trust:     requests come from who may command the supervisor.
 *
 * A recording goes when it is older than the days that are set, nobody holds it and no
 * open session records into it: recording.erased, durable, then the files. A crash
 * between the two leaves files that the next run takes again, with another record. A hold
 * is on the disk before its record is; it ends after the record of its end.
 *
 * A wall clock that runs ahead makes everything old. Nobody looks in vain for a week: when the
 * clock is further past the last look, nothing is erased by itself until it is set right or
 * somebody asks for a run, which vouches for it under his name.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "os/ipc.h"
#include "proc/evidenced/retention_records.h"
#include "proc/evidenced/sessions.h"
#include "proc/talk/retention_proto.h"

/* What was asked over the link, until it is answered. */
struct retention_op {
	uint16_t type; /* 0: nothing */
	char by[EVENT_NAME_MAX + 1], why[EVENT_TEXT_MAX + 1];
	uint8_t recording[RECORDING_ID_LEN];
	struct held_session held;
	uint64_t index; /* of its first record */
	uint64_t theirs;
	uint16_t text_len, signature_len;
	uint8_t text[RETENTION_TEXT_MAX], signature[RETENTION_SIGNATURE_MAX]; /* of an officer who reopens the log */
	uint32_t days;
	bool is_begun;
	bool is_asked; /* its record is in the log as number `seq` */
	uint64_t seq;
};

struct publish;

struct retention {
	struct sessions *sessions;
	struct log *log;
	struct disk *disk;
	uint32_t days;         /* 0: for ever */
	uint64_t next_run_s;   /* wall clock */
	uint64_t looked_s;     /* the last look by a clock that was believed; 0: none yet */
	bool has_doubted;      /* that it is not believed now is on the record */
	struct vec due;        /* of struct due: to be erased */
	uint64_t n_erased, n_held; /* of the run at hand */
	struct old_records records;
	struct ipc *link;
	struct retention_op op;
	struct publish *publish; /* for who reopens the log; or NULL */
	const char *name;        /* of the log's process */
};

/* Reads the setting; a damaged file is -EBADMSG. */
MUST_USE int retention_open(struct retention *r, struct sessions *s, struct log *l, struct disk *d);
void retention_done(struct retention *r);

/* `slagboom retention` is there: takes `fd`. One at a time; others see a closed link. */
MUST_USE int retention_linked(struct retention *r, struct loop *l, int fd);

/* A slice of work, often: looks whether something is due, appends records, removes what
 * is on the record. 0, or the error that ends the log. */
MUST_USE int retention_step(struct retention *r, uint64_t now_s, const struct retention_tree *t);
