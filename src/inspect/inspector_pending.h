/*
 * Is:        findings between the layers, which make them, and the counts: they wait here
 *            until it is known whether they are of ours.
 * Is not:    for anybody but the files of the inspector.
 * Called by: inspector_layer.c, inspector_count.c.
 * Owns:      struct pending.
 * Trust:     hostile values.
 */
#pragma once

#include "inspect/inspector_priv.h"

enum {
	PENDING_MAX = 256,	/* findings that are asked about at once */
	FOUND_MAX = 256,	/* bytes that a finding takes in its text, at most */
	RECENT_MAX = 1024,	/* members that may yet be one of a pair: more than stand near one another */
	KNOWN_MAX = 4096,	/* strong ones that were answered, remembered */
	PEOPLE = 256,		/* lists of members by person */
	DRESS_NEAR = 256,	/* the same, when decoded from lines */
	CONTEXT_NEAR = 64,	/* bytes between a word of context and its number */
	LATE_MAX = 1024,	/* bytes by which a finding may come after what follows it */
	NOT_WAITING = UINT16_MAX,
};

/* A finding that waits for the answer whether it is one of ours. */
struct candidate {
	struct sighting s;
	enum scan_form form;
	uint64_t token;
	enum decode_kind decoded;	/* DECODE_KINDS: as it stood */
	bool context, dress_context;	/* words beside it say that it is meant */
	bool also_raw;			/* found for the raw layer as well, so far ahead there */
	uint64_t raw_ahead;
	bool masked;			/* its bytes are taken care of */
	bool is_again;			/* of one that was asked about, as no more than its neighbour */
	uint16_t like;			/* then, of struct pending's that waits for the answer; NOT_WAITING: has it */
	uint8_t n_value;
	uint16_t n_source;		/* of its bytes, when they may have to be masked; 0: not known */
	uint32_t value_at, source_at;	/* in the buffers of struct pending */
};

struct pending {
	size_t n;
	struct candidate c[PENDING_MAX];
	struct inspect_ask ask[PENDING_MAX];
	size_t asked[PENDING_MAX];
	uint64_t queued[PENDING_MAX];	/* tokens of strong findings that wait */
	uint16_t queued_at[PENDING_MAX];
	struct buf values;
	uint32_t source[PENDING_MAX * 32];
	uint32_t n_source;
	/* The members before those that wait, as far back as they may be near what comes. A weak one that
	 * had no reason gets it when what makes it one comes later: whether it counts does not depend on
	 * how the stream was cut. */
	struct candidate recent[RECENT_MAX];
	bool counted[RECENT_MAX];
	size_t n_recent;
	struct { uint64_t token; uint32_t person; } known[KNOWN_MAX];
	/* Members by person, of both: those that wait come after the recent ones. 0: none. */
	uint16_t person[PEOPLE], next[1 + RECENT_MAX + PENDING_MAX];
	uint32_t n_words;		/* of context that were looked at */
};

/* The text in which something was found. */
struct origin {
	unsigned stream;
	enum decode_kind kind;	/* DECODE_KINDS: not decoded */
	source_fn *source;	/* NULL: its bytes cannot be masked */
	const void *ctx;
	struct rd line;		/* whole lines: where words of context may stand */
	const struct derived *derived; /* what a decoder made of a line, or NULL */
};

/* inspector_pending.c */
/* A finding: it counts at once, or as soon as membership is known. */
void pending_add(struct inspector *in, const struct scan_finding *f, const struct origin *o);
/* Asks about what waits, and counts it. */
void pending_settle(struct inspector *in);
void pending_free(struct pending **p);
