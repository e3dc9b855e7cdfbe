/*
 * Is:        which entries of a log are gone, and which records say that they were erased.
 * Is not:    the removal (prune.h), nor the tree: the hashes of what is gone stay.
 * Called by: the verifier, evidenced, slagboom prove.
 * Owns:      its lists; the file "erased" in a log's directory.
 * Trust:     hostile entries. The file is a shortcut whose every line is looked up in the log.
 *
 * Whole bundles of 256 entries go, never less. A record metadata.erased, later in the same log,
 * names a range of them; a bundle that is gone and that no such record covers is missing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/vec.h"

struct disk;
struct verify_log;

enum { ERASURE_LINES_MAX = 1 << 14 }; /* ranges in the file */

struct erasure_range {
	uint64_t first, end; /* entries, whole bundles */
	uint64_t record;     /* that says so, or 0 */
};

/* Ranges in rising order, those that touch put together. */
struct erasure_gone {
	struct vec ranges;
};

void erasure_gone_init(struct erasure_gone *g);
void erasure_gone_done(struct erasure_gone *g);
/* `first` is not below anything that was added before. */
void erasure_gone_add(struct erasure_gone *g, uint64_t first, uint64_t end);
bool erasure_gone_has(const struct erasure_gone *g, uint64_t index);
/* Whether anything in [first, end) is gone. */
bool erasure_gone_between(const struct erasure_gone *g, uint64_t first, uint64_t end);

struct erasure {
	struct erasure_gone gone;
	struct vec said;   /* of erasure_range */
	struct vec marked; /* of uint64_t: numbers of bundles that may hold such a record */
	struct vec told;   /* of erasure_range: what is gone and who says so, after erasure_judge */
};

void erasure_init(struct erasure *e);
/* For AUTO. */
void erasure_done(struct erasure *e);

/* Cheap: false when the entry is no metadata.erased for certain. */
bool erasure_may_say(struct rd entry);
/* True when it is one of sound form; with its range. */
MUST_USE bool erasure_parse(struct rd entry, struct erasure_range *out);

/* Takes what a record says; older ones that it covers are forgotten. */
void erasure_say(struct erasure *e, const struct erasure_range *r);
/* The newest record that covers [first, end), or NULL. */
const struct erasure_range *erasure_covers(const struct erasure *e, uint64_t first, uint64_t end);

/* Takes what the marked bundles say. 0 or a negative errno; bundles are read through `v`. */
MUST_USE int erasure_read(struct erasure *e, struct verify_log *v);

/* Every bundle that is gone against what records say; fills `told`. False: *out_index is the
 * first entry that is gone and that no record covers. */
MUST_USE bool erasure_judge(struct erasure *e, uint64_t *out_index);

/* The file: what was erased so far, of a log of v->size entries. False when there is none, or
 * it says what the log does not: the log is to be read instead. */
MUST_USE bool erasure_load(struct erasure *e, struct verify_log *v);
/* The same, and where the file does not serve, from the whole log. */
MUST_USE int erasure_learn(struct erasure *e, struct verify_log *v);
/* With more ranges than the file can have it is one that does not serve. */
MUST_USE int erasure_save(const struct erasure *e, struct disk *d);
