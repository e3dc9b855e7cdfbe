/*
 * Is:        the judgement of a log from its files alone, in one pass: every entry is
 *            hashed, every stored hash recomputed, up to the root that was signed.
 * Is not:    the judgement of signatures (tlog_policy.h), nor of what records say
 *            (a callback), nor processes: who wants all cores gives each its spans.
 * Called by: slagboom-verify, evidenced when it starts, packs.
 * Owns:      a buffer for one bundle.
 * Trust:     hostile files: missing, cut, longer, swapped, rewritten, special.
 *
 * The unit of work is a span: 65,536 leaves, one full tile of level 1. Spans are
 * independent; verify_tree puts their roots together, in order.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"
#include "evidence/tile.h"

struct disk;

enum { VERIFY_SPAN = TILE_WIDTH * TILE_WIDTH, VERIFY_BITS = TILE_WIDTH / 8 };

/* What is wrong, first. The kinds up to VERIFY_RECORD name a file; those of entries
 * and records an index too. */
enum verify_kind {
	VERIFY_SOUND = 0,
	VERIFY_MISSING,   /* the file is not there */
	VERIFY_MALFORMED, /* it is cut, too long, or no file */
	VERIFY_ENTRY,     /* entry `index` is not the one that the tree holds */
	VERIFY_HASH,      /* a stored hash is not the one of the leaves from `index` on */
	VERIFY_RECORD,    /* entry `index` is in the tree but is no sound record */
	VERIFY_ROOT,      /* files agree with one another and not with the checkpoint */
	VERIFY_ROLLBACK,  /* the checkpoint is smaller than one that was known before */
	VERIFY_FORK       /* the known checkpoint is not the beginning of this tree */
};

struct verify_fault {
	enum verify_kind kind;
	uint64_t index; /* the first leaf that is concerned */
	struct tile tile;
	const char *what; /* of VERIFY_RECORD: the callback's word, else NULL */
};

/* Looks at every entry, in the order of a span, wherever the span is verified.
 * Returns NULL, or what is wrong. */
struct verify_check {
	const char *(*entry)(struct verify_check *self, uint64_t index, struct rd entry);
	/* Entries [first, end) are gone, in the same order; or NULL. */
	void (*gone)(struct verify_check *self, uint64_t first, uint64_t end);
};

/* A log directory and the size at which it is judged. */
struct verify_log {
	struct disk *disk;
	uint64_t size;
	struct verify_check *check; /* or NULL */
	bool may_be_gone;           /* a full bundle that is not there is noted, and its stored
	                             * hashes are taken: whoever sets it asks who erased it */
	uint8_t *bytes;             /* the file being read */
};

void verify_log_init(struct verify_log *v, struct disk *d, uint64_t size,
    struct verify_check *check);
/* For AUTO. */
void verify_log_done(struct verify_log *v);

/* What a span comes to. */
struct verify_span {
	uint64_t n_leaves;
	struct hash root;          /* of a full one */
	struct hash edge[16];      /* of a shorter one: its full subtrees, by level */
	struct verify_fault fault; /* the first in it */
	/* Bits by bundle, with may_be_gone: those that are, and those that may say why. */
	uint8_t gone[VERIFY_BITS], marked[VERIFY_BITS];
};

/* Verifies span number `span` of the tree of v->size leaves. 0, with a fault or
 * without, or a negative errno when a file that is there could not be read. */
MUST_USE int verify_span(struct verify_log *v, uint64_t span, struct verify_span *out);

/* Hashes the first `n` entries of a span, fewer than all of it, without looking at
 * stored hashes or calling the check: what an older, smaller tree had there. */
MUST_USE int verify_leaves(struct verify_log *v, uint64_t span, uint64_t n,
    struct verify_span *out);

/* A span's outcome as bytes, for who verifies it in another process. `what` of a
 * fault must then be known to both: it goes as text and comes back borrowed. */
void wr_verify_span(struct wr *w, const struct verify_span *s);
MUST_USE bool verify_span_parse(struct rd *in, struct verify_span *out);

/* The path of tile `t` read in a tree of `size` leaves into `out`, `max` bytes; the
 * full tile when a partial one is not there. *out_n is its length, *out_held the
 * width of the tile that was found. 0, -ENOENT, -EFBIG, or another errno. */
MUST_USE int verify_read(struct verify_log *v, struct tile t, size_t max, struct rd *out,
    uint16_t *out_held);

/* A sentence for people, without a full stop. */
void wr_verify_fault(struct wr *w, const struct verify_fault *f);
/* One word for programs. */
const char *verify_kind_word(enum verify_kind k);
