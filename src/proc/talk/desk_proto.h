/*
 * Is:        what a gate and deskd say to each other: who is it, what may he, ask and wait,
 *            judge each command, count, end.
 * Is not:    the officers' side (the desk's own socket, cli).
 * Called by: gate, deskd.
 * Owns:      nothing.
 * Trust:     a gate may have been taken over: deskd takes from it no right, only wishes and
 *            counters that grow. deskd is trusted by the gate.
 *
 * One link per room; sessions in it are numbered by the gate (u32 `n`, first in each body).
 * All text is u16 length and bytes. Answers come in their own time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* gate to deskd */
/* A session on a terminal in which nothing is typed for so long ends. */
enum { SESSIONS_IDLE_S = 900, SESSIONS_IDLE_MIN_S = 5, SESSIONS_IDLE_MAX_S = 86400 };

enum {
	DESK_HELLO = 1,   /* once, n = 0: login, peer address text, auth text, u32 uid of the room's program */
	DESK_LIST = 2,    /* n = 0: what he may have; answered with DESK_TEXT */
	DESK_OPEN = 3,    /* struct desk_open */
	DESK_PURPOSE = 4, /* purpose, ticket: what the engineer answered to DESK_ASKS */
	DESK_JUDGE = 5,   /* struct desk_judge: may this command, now? */
	DESK_OVER = 6,    /* u8 enum desk_over, u64 persons in the clear, u64 opaque bytes: what the session would come to (of a
	                   * ceiling), text detail: an officer is asked */
	DESK_COUNTS = 7,  /* struct desk_counts: at least each second while they change */
	DESK_CLOSED = 8,  /* struct desk_counts, text why, text by, u64 seq of the closing record, 0: not known */
	DESK_LEAVE = 9,   /* the engineer gives up waiting */
	DESK_MORE = 12,     /* u8 enum desk_more, u64 persons in the clear, u64 opaque bytes: what the session would come to;
	                     * beyond its slice of the grant. Answered with DESK_RAISED, and by nobody but deskd */
	DESK_HOST_KEY = 10, /* text "TYPE BASE64": the element showed this key, which no officer has accepted */
};

/* deskd to gate */
enum {
	DESK_KNOWN = 32,   /* n = 0: engineer and supplier, as the policy names them */
	DESK_UNKNOWN = 33, /* n = 0: text for the terminal; the room ends */
	DESK_TEXT = 34,    /* text for the terminal (list, progress of the waiting) */
	DESK_ASKS = 35,    /* u8: 1 purpose, 2 ticket, 3 both are missing */
	DESK_GRANTED = 36, /* struct desk_granted, and one descriptor: the link to the edge */
	DESK_REFUSED = 37, /* text for the terminal; the session is over */
	DESK_VERDICT = 38, /* u32 id, u8 lane verdict (deny, allow, ask), class, text: the rule that allows, or
	                    * the reason as the engineer may read it, DESK_REASON_MAX bytes of one line */
	DESK_LIMITS = 39,  /* u8 allowed; u64 persons in the clear, u64 opaque bytes: answer to DESK_OVER */
	DESK_END = 40,     /* why, by: end the session now, on both sides */
	DESK_HOLD = 41,    /* u8 1 hold, 0 go on; by: an officer holds the session */
	DESK_WATCH = 42,   /* one descriptor: what is released from now on goes there too (stream of
	                    * watch frames: u8 kind as in evidence/recording.h, u32 length, bytes) */
	DESK_RECEIPT = 43, /* text of the signed receipt, after DESK_CLOSED */
	DESK_RAISED = 45,  /* u8 enum desk_more; u64 persons in the clear, u64 opaque bytes: what the session may come to
	                    * now; less than asked for when that is not left of the grant */
};

enum {
	DESK_TEXT_MAX = 4096, DESK_NAME_MAX = 64, DESK_KEEPERS_MAX = 3,
	DESK_PURPOSE_MAX = 500,  /* purpose, ticket, mode, target */
	DESK_COMMAND_MAX = 8192, /* a longer one is not judged: the gate refuses it */
	DESK_PATH_MAX = 2048,    /* the same */
	DESK_KEY_MAX = 2048,
	DESK_RECIPIENT_MAX = 128,
	DESK_REASON_MAX = 300,
	DESK_HASH_LEN = 32
};
enum desk_over { DESK_OVER_PERSONS, DESK_OVER_OPAQUE, DESK_OVER_FILE, DESK_OVER_COMMAND };
enum desk_more { DESK_MORE_STREAM, DESK_MORE_FILE };
enum desk_channel { DESK_TERMINAL, DESK_EXEC, DESK_DATA, DESK_FILE };

struct desk_open {
	enum desk_channel channel; /* u8 */
	struct rd asset, purpose, ticket; /* the last two may be empty: then DESK_ASKS comes */
	struct rd rule;                   /* by which rule he wants to come; empty: the strictest that would do */
};

struct desk_keeper { struct rd name, recipient; /* "age1..." */ };

struct desk_granted {
	struct rd session;         /* 16 bytes: its id in every record (evidence/record.h) */
	struct rd grant;           /* 32 hex digits */
	struct rd policy;          /* 32 bytes: the hash of the policy that granted it */
	struct rd rule, asset, protocol, dialect;
	bool is_intercept;         /* u8: which log */
	bool mask;                 /* u8 */
	bool holds_subscribers;    /* u8 */
	/* Its slice of the grant, until DESK_RAISED: persons shown in the clear (0 with `mask`: none), bytes; and
	 * the whole grant, beyond which nothing is raised. */
	uint64_t most_clear, most_opaque, all_clear, all_opaque;
	uint64_t file_max;         /* bytes of one file that passes without asking */
	uint64_t idle_ns, left_ns; /* ends after so long without a key; in any case */
	uint32_t n_keepers;        /* u8 */
	struct desk_keeper keeper[DESK_KEEPERS_MAX];
};

struct desk_judge {
	uint32_t id;
	struct rd act;      /* lane_act_name */
	struct rd command;  /* canonical; deskd classifies it by the asset's dialect */
	struct rd path, path2, mode, target;
	bool is_switch, has_range;
};

struct desk_counts {
	uint64_t persons, opaque, ceiling, from_supplier, to_supplier, files, refused, held;
};

/* What follows `n` in the body. Readers give false, and take nothing, unless every length,
 * enum and flag is as said above; text is text only where it is used. */
void desk_open_write(struct wr *w, const struct desk_open *o);
MUST_USE bool desk_open_read(struct rd *r, struct desk_open *out);
void desk_granted_write(struct wr *w, const struct desk_granted *g);
MUST_USE bool desk_granted_read(struct rd *r, struct desk_granted *out);
void desk_judge_write(struct wr *w, const struct desk_judge *j);
MUST_USE bool desk_judge_read(struct rd *r, struct desk_judge *out);
void desk_counts_write(struct wr *w, const struct desk_counts *c);
MUST_USE bool desk_counts_read(struct rd *r, struct desk_counts *out);
