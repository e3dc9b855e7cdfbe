/*
 * Is:        what every lane has in common: bytes in, orders out.
 * Is not:    I/O. The gate's process carries the orders out, and records each before it
 *            does: that is law 4, and a lane cannot break it.
 * Called by: the gate's process; replay; tests.
 * Owns:      the list of orders and its bytes.
 * Trust:     what is fed is hostile from both sides; hooks are ours.
 *
 * A lane is a function of what it is fed and of what its hooks answer, so a recording
 * replays to the same orders.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/vec.h"

struct wr;

enum lane_side { LANE_ENGINEER, LANE_ELEMENT };
enum {
	LANE_KEYS_MAX = 64 * 1024,     /* typed ahead while a command runs */
	LANE_ORDERS_MAX = 4096,        /* between two lane_take */
	LANE_BYTES_MAX = 4 << 20,      /* bytes of those orders */
	LANE_FEED_MAX = 64 * 1024,     /* bytes of one feed */
	LANE_LOGINS_MAX = 3,           /* secrets given in one session before it ends */
};

enum order_kind {
	ORDER_SEND,    /* `bytes` to `to`. Recorded, then sent */
	ORDER_COMMAND, /* for the record: the canonical command in `bytes` is about to be sent */
	ORDER_REFUSE,  /* for the record: `bytes` was refused, for `why` */
	ORDER_ASK,     /* `bytes` waits for a verdict: lane_answer with `id` */
	ORDER_HOLD,    /* output waits at the ceiling: lane_answer with `id` */
	ORDER_SECRET,  /* write the credential `secret` and a line end to the element, unrecorded */
	ORDER_FINDING, /* for the record: `why`, with `bytes` as its detail */
	ORDER_KEEP,    /* write `bytes` at offset `at` of quarantine `id`; one never kept is empty */
	ORDER_FETCH,   /* give `len` bytes at `at` of quarantine `id` back, by ..._fetched, once both
	                * sides have taken what was sent before: that is the back-pressure */
	ORDER_RELEASE, /* for the record: quarantine `id` was let go; `bytes` is its SHA-256 */
	ORDER_DROP,    /* wipe quarantine `id` */
	ORDER_EXEC,    /* start the command `bytes` on the element */
	ORDER_EOF,     /* nothing more goes to `to` */
	ORDER_END,     /* end both sides, for `why`; whatever is in quarantine is wiped */
};

enum lane_why {
	WHY_NONE,
	WHY_UNKNOWN, WHY_AMBIGUOUS, WHY_INCOMPLETE, WHY_BAD_TEXT, WHY_TOO_LONG, WHY_BAD_PIPE,
	WHY_NEEDS_SHELL, WHY_NOT_GRANTED, WHY_UNKNOWN_MODE, WHY_CARRIES_SECRET, WHY_NOT_CONFIRMED,
	WHY_ECHO_DIFFERS, WHY_SWITCHES_TARGET, WHY_LOGIN_FAILED, WHY_FLOOD, WHY_FULL, WHY_INSPECTOR,
	WHY_LEFT, WHY_PROTOCOL, WHY_UNSUPPORTED, WHY_OPAQUE, WHY_TOO_LARGE, WHY_CHANGED, WHY_NO_ECHO, WHY_SECRET_SHOWN, WHY_TWICE,
};

enum lane_secret { SECRET_USER, SECRET_PASSWORD, SECRET_ENABLE };

struct order {
	enum order_kind kind;
	enum lane_side to;
	enum lane_why why;
	enum lane_secret secret;
	uint32_t id;
	bool is_stderr, is_file, is_looked_at, replaces; /* SEND; HOLD of one; KEEP for the recording alone, in the place of what came */
	uint64_t at, len;
	struct rd bytes; /* borrows the list until lane_orders_reset */
};

struct lane_orders {
	struct vec list; /* struct order with `bytes` not set; off and len beside it */
	struct buf bytes;
	bool overflow, ended;
	bool looks_again; /* while a lane is answered: what was held is looked at again, and may be held again */
	struct rd reason; /* borrowed while a lane is answered: why, for WHY_NOT_GRANTED, in one clean line */
};

void lane_orders_init(struct lane_orders *o);
/* For AUTO. */
void lane_orders_done(struct lane_orders *o);
void lane_orders_reset(struct lane_orders *o);
/* Adds one; copies `bytes`. Behind ORDER_END nothing is added. Beyond a maximum the list is marked as overflowed, and
 * lane_order gives ORDER_END with WHY_FULL behind what was added. */
void lane_order_add(struct lane_orders *o, struct order order);
size_t lane_n_orders(const struct lane_orders *o);
struct order lane_order(const struct lane_orders *o, size_t i);

/* What classification and policy say about a command. Zero denies. */
enum lane_verdict { LANE_DENY = 0, LANE_ALLOW, LANE_ASK };

/* What a command does, where the protocol says it; ACT_LINE leaves it to the pack. */
enum lane_act {
	ACT_LINE, ACT_READ_FILE, ACT_WRITE_FILE, ACT_LIST, ACT_REMOVE, ACT_RENAME, ACT_SET_ATTRIBUTES,
	ACT_LINK, ACT_MAKE_DIR,
	ACT_EXEC,  /* one program and its words */
	ACT_SHELL, /* text that a shell reads: what will run is not known */
	ACT_OPAQUE,/* bytes that nobody here can read, as rsync's */
	ACT_TYPED, /* a line that seems to have been typed: a guard rail (shell_lane.h) */
};

/* A command as it would be sent. */
struct lane_command {
	struct rd canonical;
	enum lane_act act;
	struct rd path, path2;  /* clean; both must be granted */
	struct rd mode;         /* the element's mode, or empty */
	bool is_switch;         /* it leads to another element: `target`, judged anew */
	struct rd target;
	bool has_range;         /* MML: it stands for many values. ACT_TYPED: for more than was seen */
};

/* What the inspector orders for output. Zero ends. */
enum lane_look {
	LOOK_END = 0,
	LOOK_PASS,    /* send it as it is */
	LOOK_REPLACE, /* send `out` in its place */
	LOOK_HOLD,    /* at the ceiling: nothing more is shown until the desk answers. Of a file: after its last bytes */
	LOOK_REFUSE,  /* of look_file: this file does not pass; the session goes on */
};

/* A file in quarantine. */
struct lane_file {
	struct rd path;
	bool is_upload, is_whole; /* not whole: parts of it, for a file that is there already */
	uint64_t size;            /* bytes that came */
	struct rd sha256;         /* of them, in order of their offsets; judge_file alone has it */
};

struct lane_hooks {
	void *arg;
	enum lane_verdict (*judge)(void *arg, const struct lane_command *c);
	/* `text` is what would be shown; `out` is empty and takes a replacement. */
	enum lane_look (*look)(void *arg, struct rd text, struct buf *out);
	/* One whole text of an answer, as a name: nothing of it is kept back for what comes next.
	 * LOOK_HOLD, and LOOK_END, show nothing of it. */
	enum lane_look (*look_item)(void *arg, struct rd text, struct buf *out);
	/* The next bytes of a file in quarantine. A download may be replaced: every call then gives LOOK_REPLACE (the
	 * last may give LOOK_HOLD), and `out` goes on where it stopped, as many bytes in all as came. */
	enum lane_look (*look_file)(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out);
	/* All of it was looked at: above the grant's limit, ask. */
	enum lane_verdict (*judge_file)(void *arg, const struct lane_file *f);
};

const char *lane_why_text(enum lane_why why);
/* The same with the judge's own words, where it gave some. */
void lane_put_why(struct wr *w, const struct lane_orders *o, enum lane_why why);
/* A lower-case word for records: "read-file". */
const char *lane_act_name(enum lane_act act);
