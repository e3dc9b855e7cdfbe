/*
 * Is:        the inspector of one direction of one session: bytes in, bytes out and
 *            an order, and what was seen: exposures, opaque bytes, ceiling.
 * Is not:    a policy: who may see how much comes in as options. Does no I/O and has
 *            no clock: time comes in with the bytes.
 * Called by: the lanes.
 * Owns:      its layers, the bytes that it holds back, and keyed tokens of what it saw.
 * Trust:     hostile bytes. Memory is bounded: a screen, decoders, INSPECTOR_HELD_MAX
 *            bytes, SEEN_MAX tokens a set; an overflow says "at least", never less.
 *
 * A terminal has three layers: raw, stripped, rendered; text without a screen has two.
 * Each person counts once, in whichever layer and however often it came.
 *
 * However the stream is cut, at one time, the figures are the same. Where something is masked or held
 * back, what is released was judged as it stood at the end of a write: there a cut may show in a token
 * or a sequence of more than INSPECTOR_RUN_MAX bytes, in what a screen showed between two writes, in
 * the last byte of a sequence that a number follows, in what stands before the @ of an address where
 * somebody types, and in a weak form whose reason to count came after it had been released. It counts
 * all the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "inspect/decode.h"
#include "inspect/literal.h"
#include "inspect/scan.h"
#include "inspect/verdict.h"

enum {
	INSPECTOR_HELD_MAX = 1 << 20,
	INSPECTOR_FIELD_MAX = 1 << 20,
	INSPECTOR_PAUSE_NS = 50000000,	/* an open token is held back no longer; */
	INSPECTOR_ECHO_NS = 1000000000,	/* so soon after a key, so few bytes may be its echo: */
	INSPECTOR_ECHO_MAX = 256,	/* of them a word, which may yet become an address, does not wait */
	INSPECTOR_NUMBER_NS = 1000000000, /* without a screen one of so many digits is, since nobody waits to */
	INSPECTOR_NUMBER_DIGITS = 6,	/* see it, and a busy element may break off in the middle of it */
	INSPECTOR_RUN_MAX = 96,		/* nor at more bytes of text than this */
	VERDICTS = VERDICT_MEMBER + 1,
};

/* Whether identifiers are subscribers of ours: asked many at once. */
struct inspect_ask {
	enum scan_kind kind;
	struct rd value;		/* canonical */
	enum membership membership;	/* the answer */
	uint32_t person;		/* of a member, as in verdict.h */
};

/* Answers all of `asks`. While membership is unknown an identifier gets the strictest
 * verdict that it can have without: a number of the plan counts as one, in weak and
 * decoded forms as well. */
typedef void inspect_member_fn(void *ctx, struct inspect_ask *asks, size_t n);

struct inspector_options {
	const struct plan *plan;
	uint64_t key[2];	/* random, of the session: what was seen is kept under it */
	inspect_member_fn *member;	/* may be NULL: no verdict `member` then */
	void *member_ctx;
	double member_share;	/* chance that a random number of the plan is a member */
	bool screen;		/* a terminal of rows x cols */
	unsigned rows, cols;
	bool mask;		/* replace identifiers */
	uint64_t most_persons;	/* hold what would show one more; 0: no limit. With `mask`
				 * nothing is shown, and only what cannot be masked holds */
	uint64_t most_opaque;	/* hold what goes above; UINT64_MAX: no limit */
	bool waits;		/* nothing of it leaves before its end: what is packed may be opaque until it
				 * has been unpacked */
	bool numbers;		/* count novel numbers too */
	/* The other direction, with the same key, or NULL: what the engineer typed may be
	 * echoed to him although an echo, coming key by key, is masked in part only. */
	const struct inspector *typed;
	/* What this one has counted, with the same key, does not count again; or NULL. It outlives us. */
	const struct inspector *before;
};

/* What to do. A held chunk stays in the inspector until resume or the end. */
enum inspect_order { INSPECT_RELEASE, INSPECT_HOLD };

enum inspect_why {
	INSPECT_WHY_NONE,
	INSPECT_WHY_PERSONS,		/* it would show more persons than granted */
	INSPECT_WHY_OPAQUE,		/* it would pass more opaque bytes than granted */
	INSPECT_WHY_CANNOT_MASK,	/* an identifier cannot be masked in place: it was shown
				 * in parts, drawn from parts already released, or encoded */
	INSPECT_WHY_FULL,		/* more was held than INSPECTOR_HELD_MAX */
};

struct inspect_figures {
	uint64_t persons;	/* distinct: identifiers of one member count once */
	uint64_t kind[SCAN_KINDS], verdict[VERDICTS]; /* distinct identifiers */
	uint64_t data[DATA_CLASSES];	/* distinct values of fields, and words in text, of a class */
	uint64_t decoded;	/* of them, seen in decoded text alone */
	uint64_t weak;		/* members in weak forms, not among `persons`: maybe chance */
	uint64_t novel;		/* numbers that are none of ours; with `numbers` */
	uint64_t masked;	/* bytes replaced */
	uint64_t opaque, ceiling;
	uint64_t unknown;	/* findings judged without membership because it was unknown */
	bool at_least;		/* a set overflowed: the counts are lower bounds */
};

struct inspector;

MUST_USE struct inspector *inspector_new(const struct inspector_options *o);
void inspector_free(struct inspector **in);

/* Takes bytes that came at `now_ns`. Appends to `out`, which needs room for all that is
 * held and given, what may be released, masked if asked. Returns the order for the rest; `*why` says why when it is to hold. */
MUST_USE enum inspect_order inspector_put(struct inspector *in, struct rd bytes, uint64_t now_ns, struct buf *out, enum inspect_why *why);

/* Time has passed: releases what is open, INSPECTOR_PAUSE_NS or INSPECTOR_NUMBER_NS after its first byte. */
MUST_USE enum inspect_order inspector_tick(struct inspector *in, uint64_t now_ns, struct buf *out, enum inspect_why *why);
/* When inspector_tick is due, or UINT64_MAX. */
uint64_t inspector_due(const struct inspector *in);

/* The stream has ended: judges and releases what was open. */
MUST_USE enum inspect_order inspector_end(struct inspector *in, struct buf *out, enum inspect_why *why);

/* An approver let the held bytes go and raised the limits; what can be masked still is,
 * if asked. The next put, tick or end goes on with what came after them. */
void inspector_resume(struct inspector *in, uint64_t most_persons, uint64_t most_opaque, struct buf *out);

/* One value of a structured protocol, under the name of its column, attribute or key: no
 * screen, no holding back. Appends the value, masked if asked; RELEASE or HOLD for the whole row is the lane's to combine. */
MUST_USE enum inspect_order inspector_field(struct inspector *in, struct rd name, struct rd value, struct buf *out, enum inspect_why *why);

void inspector_resize(struct inspector *in, unsigned rows, unsigned cols);

/* What `other`, whose `before` is `in`, has judged was let go, elsewhere: it counts here from now on. `other` has
 * ended, and counts no more. */
void inspector_add(struct inspector *in, struct inspector *other);

/* What was released so far; held bytes are not in it. */
void inspector_figures(struct inspector *in, struct inspect_figures *out);
/* The same with what is held. */
void inspector_pending(struct inspector *in, struct inspect_figures *out);

/* Text with each identifier replaced by its kind in braces, for records and screens:
 * "show subscriber imsi {imsi}". At most `out`'s room; false when it does not fit. */
MUST_USE bool inspect_redact(const struct plan *plan, struct rd text, struct buf *out);
