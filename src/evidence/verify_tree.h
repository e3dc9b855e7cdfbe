/*
 * Is:        the tree above the spans of a log: the tiles of level 2 and up, the root,
 *            and what was known of the log before.
 * Is not:    the spans themselves (verify.h).
 * Called by: slagboom-verify, evidenced when it starts, packs.
 * Owns:      nothing.
 * Trust:     hostile files; a saved state is the verifier's own, and checked in form.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"
#include "evidence/verify.h"

enum {
	VERIFY_LEVELS = TILE_LEVELS - 2,
	VERIFY_STATE_MAX = 64 + VERIFY_LEVELS * TILE_WIDTH * 48
};

/* The roots of the full spans so far. hash[k] holds those of level k + 2 that are not
 * in a full tile yet; how many follows from the number of spans. */
struct verify_tree {
	uint64_t n_spans;
	struct hash hash[VERIFY_LEVELS][TILE_WIDTH];
};

void verify_tree_init(struct verify_tree *t);

/* Adds the next full span, and compares each tile that it completes. 0 or errno;
 * *f is set when a tile is wrong. */
MUST_USE int verify_tree_add(struct verify_tree *t, struct verify_log *v,
    const struct verify_span *s, struct verify_fault *f);

/* Compares the partial tiles that end levels 2 and up. */
MUST_USE int verify_tree_end(const struct verify_tree *t, struct verify_log *v,
    struct verify_fault *f);

/* The root of the spans so far and, unless NULL, the shorter span after them. */
void verify_tree_root(const struct verify_tree *t, const struct verify_span *rest,
    struct merkle_head *out);

/* The state between spans as text, to go on later from there without reading again
 * what was read. `text` must be of the same log: the caller keeps them apart. */
void wr_verify_tree(struct wr *w, const struct verify_tree *t);
MUST_USE bool verify_tree_parse(struct rd text, struct verify_tree *out);

struct erasure;

/* How a whole verification goes on. */
struct verify_progress {
	/* Called after each span; anything but 0 stops with that value. */
	int (*span)(struct verify_progress *self, const struct verify_tree *t, uint64_t size);
};

/* Where outcomes of full spans come from, in order: verify_span itself, or other
 * processes. */
struct verify_source {
	int (*next)(struct verify_source *self, struct verify_log *v, uint64_t span,
	    struct verify_span *out);
};

struct verify_job {
	struct verify_log log;
	struct merkle_head head;         /* what was signed */
	const struct merkle_head *known; /* an earlier checkpoint, or NULL */
	struct verify_source *source;    /* or NULL: this process alone */
	struct verify_progress *progress; /* or NULL */
	struct erasure *erasure;         /* with log.may_be_gone, else NULL: what is gone is missing */
	struct verify_tree tree;         /* initialised, or resumed */
};

/* Verifies from the tree's next span to the end. 0: judged, and *f says what is wrong
 * first (VERIFY_SOUND: nothing). Negative errno: not judged. A known checkpoint that
 * lies before the place of resuming cannot be compared any more: -EINVAL. With an
 * erasure, bundles may be gone that a record under the same checkpoint says were erased;
 * which ones is then in its `told`. */
MUST_USE int verify_all(struct verify_job *j, struct verify_fault *f);
