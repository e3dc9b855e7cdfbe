/*
 * Is:        what `slagboom retention` and `slagboom log`, and evidenced, say to each other. The command line makes
 *            a pair of sockets and the supervisor hands one end to evidenced (control.h).
 * Is not:    open to gates, or to anybody that the door brings.
 * Called by: evidenced (retention.c), cli/retention.c.
 * Owns:      nothing.
 * Trust:     who may command the supervisor may ask; each request is checked all the same.
 *
 * One request on a link, then its answer, then the end.
 */
#pragma once

/* command line to evidenced; `by` is a u8-length name, `why` a u16-length text */
enum {
	RETENTION_SHOW = 1,
	RETENTION_SET = 2,   /* by, u32 days that recordings are kept; 0: for ever */
	RETENTION_HOLD = 3,  /* by, 16 bytes recording, why */
	RETENTION_LIFT = 4,  /* the same */
	RETENTION_ERASE = 5, /* the same: this one, now */
	RETENTION_RUN = 6,   /* by: all whose time is over */
	RETENTION_SET_METADATA = 7, /* by, u32 days that records are kept; 0: for ever */
	RETENTION_HOLD_SESSION = 8, /* by, 16 bytes session, u64 number of its first record, why */
	RETENTION_LIFT_SESSION = 9, /* by, 16 bytes session, why */
	RETENTION_REOPEN = 10, /* by, why, u16-length text, u16-length signature: `slagboom log reopen` (evidence/split_view.h) */
};

/* evidenced to command line: text for people, one line */
enum {
	RETENTION_DONE = 16, /* it is done, on the record and on the disk */
	RETENTION_NO = 17,   /* why not; nothing was done */
};

enum { RETENTION_DAYS_MAX = 36500, RETENTION_TEXT_MAX = 2048, RETENTION_SIGNATURE_MAX = 4096 };
