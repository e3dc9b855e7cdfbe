/*
 * Is:        what the files of the inspector share: its layers and its counts.
 * Is not:    for anybody else.
 * Called by: inspector.c (orders), inspector_layer.c (bytes to findings),
 *            inspector_pending.c (findings until membership is known),
 *            inspector_count.c (findings to counts and masks).
 * Owns:      struct inspector.
 * Trust:     everything was made from hostile bytes; offsets are checked where used.
 */
#pragma once

#include "inspect/ceiling.h"
#include "inspect/inspector.h"
#include "inspect/opaque.h"
#include "inspect/rows.h"
#include "inspect/seen.h"
#include "inspect/strip.h"

enum {
	CHUNK_MAX = 1 << 14,	/* what is judged at once */
	PIECE_MAX = 2048,	/* what the layers take at once */
	BACK_MAX = 512,		/* sources kept of text already given: > SCAN_CARRY_MAX */
	FEW_MAX = 64,		/* bytes that a layer lets come together */
	CONTEXT_MAX = 256,	/* places of words that name a number, remembered: those of a chunk */
};

struct grid;
struct pending;
struct candidate;

enum stream { STREAM_RAW, STREAM_STRIPPED, STREAM_ASIDE, STREAM_VALUES, STREAM_FIRST_OTHER };

/* A word of the stripped text that names a number. On a terminal it speaks for its line, as far as
 * a row and the rows around it would show them together. */
struct naming {
	uint64_t first, at;	/* where it ended; the first and the last of several near one another */
	uint64_t from, to;	/* its line */
	bool open;		/* the line may go on from `to` */
};

/* A scanner over a stream of text, and where the text came from. */
struct layer {
	struct inspector *in;
	enum stream stream;
	struct scan scan;
	uint64_t base;			/* stream offset of the piece at hand */
	const struct traced *text;	/* the piece; NULL for raw bytes */
	uint32_t raw_at;		/* its offset in the chunk, for raw bytes */
	uint32_t back[BACK_MAX];	/* sources of the text before it */
	uint64_t settled;		/* those before it are of chunks that were released */
	uint8_t few[FEW_MAX];		/* bytes that wait for more */
	unsigned n_few;
	uint64_t peeked;		/* what is open was judged as it stands up to here */
	size_t weight;			/* of what is not judged (masks.h), where something is held */
};

/* A decoded stream. */
struct derived_layer {
	struct inspector *in;
	struct scan scan;
	struct opaque opaque;
	enum decode_kind kind;
	unsigned stream;
	const struct derived *whole;	/* of a line, which is all there is of it */
};

struct inspector {
	struct inspector_options o;
	struct layer raw, stripped, aside;
	bool same;			/* the raw layer would find what the stripped one does: it waits */
	uint64_t raw_ahead;		/* then, of a place in the raw layer before the same one in the other */
	bool apart;			/* for tests: it never does */
	bool every_row;			/* for tests: rows are scanned that the text says already */
	struct literals words;		/* in the stripped text */
	struct strip strip;
	struct tokens tokens;		/* of the piece at hand, where there is a screen */
	struct traced text, beside;	/* `beside`: what titles and the like say */
	bool ahead;			/* both, and `strip`, are of the chunk that comes */
	struct grid *grid;
	struct rows rows;		/* that nobody has scanned */
	struct decode *decode;
	struct derived_layer *derived[DECODE_STREAMS_MAX];
	unsigned n_derived;		/* of them, open */
	unsigned next_stream;		/* of rows and of decoded text */
	struct pending *pending;	/* made with the first finding, when there is whom to ask */
	struct naming context[CONTEXT_MAX];
	uint32_t n_context, n_merged;
	unsigned reach;			/* of a word in its line, on a screen */
	uint64_t line_at;		/* where the stripped text's last line began */
	bool line_named;		/* a line of `context` may be open */
	bool names_number;		/* the field's name does */
	uint64_t value_at;		/* where the next value begins among all of them */
	struct opaque opaque;
	struct ceiling ceiling;
	uint64_t opaque_derived;

	struct seen identifiers, persons; /* `persons`: whom we know; of the others each identifier is one */
	struct seen weak_tried, weak, weak_persons; /* weak findings; members among them; whose */
	struct seen decoded, in_clear;	/* identifiers first seen decoded; those of them that stood in the clear later */
	struct seen novel, values;
	uint32_t weak_twice;		/* of `weak_persons`, in `persons` as well */
	bool weak_sure;			/* the weak members are more than chance: as far as count_weigh knows */
	bool weak_changed;		/* since then */
	struct inspect_figures now, shown;
	bool counted;			/* since `shown` was made, something that it is made of but opaque bytes */

	struct buf held;
	size_t judged;			/* of `held`, bytes that the layers have had */
	uint64_t since_ns, last_ns;	/* of the oldest byte held, of the last byte */
	bool dirty;			/* bytes since the last pause */
	bool ending;
	bool words_wait;		/* as well as numbers: what came last is no key's echo */
	enum inspect_why why;		/* not INSPECT_WHY_NONE: on hold */
	uint8_t mask[CHUNK_MAX];	/* bytes of the chunk to replace */
	bool any_mask, cannot_mask;
	struct traced probe, probe_beside;	/* of a long chunk's end */
};

/* Where the finding's text came from: one source for each of its bytes. */
typedef uint32_t source_fn(const void *ctx, uint64_t offset);

/* inspector_count.c */
bool count_is_person(enum scan_kind k);
/* Whether the weak members that were counted are more than chance. */
void count_weigh(struct inspector *in);
/* Counts what was found. True when its bytes are to be masked. */
MUST_USE bool count_candidate(struct inspector *in, const struct candidate *c, bool reason);
/* Counts a value of a class, once among those of its kind. */
void count_value(struct inspector *in, enum data_class data, unsigned among, struct rd value);
/* What `other` counted, counts here. */
void count_add(struct inspector *in, const struct inspector *other);
/* Marks the bytes from these sources for masking. False when too many of them went out
 * before; `f` is what they carried. */
MUST_USE bool count_mark(struct inspector *in, enum scan_kind kind, enum scan_form form, const uint32_t *source, size_t n);
/* Copies the chunk with what is to be masked replaced. */
void mask_chunk(struct inspector *in, struct rd chunk, struct buf *out);
