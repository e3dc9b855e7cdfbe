/*
 * Is:        what the files of the inspector share: its layers and its counts.
 * Is not:    for anybody else.
 * Called by: inspector.c (orders), inspector_layer.c (bytes to findings),
 *            inspector_count.c (findings to counts and masks).
 * Owns:      struct inspector.
 * Trust:     everything was made from hostile bytes; offsets are checked where used.
 */
#pragma once

#include "inspect/ceiling.h"
#include "inspect/grid.h"
#include "inspect/inspector.h"
#include "inspect/opaque.h"
#include "inspect/seen.h"
#include "inspect/strip.h"

enum {
	CHUNK_MAX = 1 << 14,	/* what is judged at once */
	PIECE_MAX = 2048,	/* what the layers take at once */
	BACK_MAX = 512,		/* sources kept of text already given: > SCAN_CARRY_MAX */
};

/* A scanner over a stream of text, and where the text came from. */
struct layer {
	struct inspector *in;
	struct scan scan;
	uint64_t base;			/* stream offset of the piece at hand */
	const struct traced *text;	/* the piece; NULL in the raw layer */
	uint32_t raw_at;		/* its offset in the chunk, for the raw layer */
	uint32_t back[BACK_MAX];	/* sources of the text before it */
};

/* A decoded stream. */
struct derived_layer {
	struct inspector *in;
	struct scan scan;
	struct opaque opaque;
	enum decode_kind kind;
};

struct inspector {
	struct inspector_options o;
	struct layer raw, stripped, aside;
	struct literals words;		/* in the stripped text */
	struct strip strip;
	struct traced text, beside;	/* `beside`: what titles and the like say */
	struct grid *grid;
	struct decode *decode;
	struct derived_layer *derived[DECODE_STREAMS_MAX];
	struct opaque opaque;
	struct ceiling ceiling;
	uint64_t opaque_derived;

	struct seen persons, weak, weak_tried, novel, values;
	uint32_t weak_twice;		/* of `weak`, in `persons` as well */
	bool weak_sure;			/* the weak members are more than chance */
	struct inspect_figures now, shown;

	struct buf held;
	size_t judged;			/* of `held`, bytes that the layers have had */
	uint64_t since_ns, last_ns;	/* of the oldest byte held, of the last byte */
	bool dirty;			/* bytes since the last pause */
	enum inspect_why why;		/* not INSPECT_WHY_NONE: on hold */
	uint8_t mask[CHUNK_MAX];	/* bytes of the chunk to replace */
	bool any_mask, cannot_mask;
	struct traced probe, probe_beside;	/* of layers_open_tail */
};

/* Where the finding's text came from: one source for each of its bytes. */
typedef uint32_t source_fn(const void *ctx, uint64_t offset);

/* inspector_count.c */
/* `source` is NULL for decoded text, whose kind is then `kind`. */
void count_finding(struct inspector *in, const struct scan_finding *f, source_fn *source, const void *ctx, enum decode_kind kind);
/* Copies the chunk with what is to be masked replaced. */
void mask_chunk(struct inspector *in, struct rd chunk, struct buf *out);

/* inspector_layer.c */
void layers_init(struct inspector *in);
void layers_done(struct inspector *in);
/* Gives a chunk to every layer; mask[] and the counts then say what was in it. */
void layers_put(struct inspector *in, struct rd chunk);
/* Judges what is open, as if the stream ended here. */
void layers_pause(struct inspector *in);
/* Ends every decoded stream. */
void layers_end(struct inspector *in);
/* A separator that is in no layer's bytes: between values. */
void layers_separate(struct inspector *in);
void layers_settle(struct inspector *in, size_t n);
/* Bytes at the chunk's end that may be the beginning of an identifier. */
MUST_USE size_t layers_open_tail(struct inspector *in, struct rd chunk);
/* Opaque bytes of all layers. */
uint64_t layers_opaque(const struct inspector *in);
