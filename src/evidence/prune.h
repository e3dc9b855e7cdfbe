/*
 * Is:        the erasure of old records: which bundles may go, and their removal once that is
 *            on the record. Their hashes stay.
 * Is not:    the clock, the setting, or the writing of the record (proc/evidenced/retention.h).
 * Called by: evidenced.
 * Owns:      nothing but what it looks at; the file "erased" (erasure.h).
 * Trust:     files may have been altered: only what the tree holds is erased, and a bundle that
 *            is gone already without a record stops everything.
 *
 * A bundle goes when each of its 256 records is older than the term and none is still needed:
 *   - of a session that is open or held, or whose recording is there still, or is gone and no record
 *     says that it was erased: that is for the verifier to tell;
 *   - recording.erased, as long as a record is there that names the recording, its opening or a segment;
 *   - what says how records are kept, by which policy, and what witnesses said (the table in
 *     prune.c): these stay for ever, and their bundle with them.
 * The look goes from the first bundle on and ends at the first record that is too young, so the
 * clock alone cannot make it jump over some. metadata.erased itself is said again before it goes.
 *
 * The order: prune_begin; prune_look until it is 0; a record for each range of the plan; when
 * all of them are under the checkpoint that everybody reads, prune_said; prune_remove until
 * it is 0. A crash leaves files that the next look finds again, and they are said again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/map.h"
#include "evidence/erasure.h"
#include "evidence/merkle.h"
#include "evidence/prover.h"
#include "evidence/record.h"

/* Outcomes. */
enum {
	PRUNE_MORE = 1, /* call again */
	PRUNE_HOLE = 2, /* entry p->hole is gone and no record says so, or is not the tree's */
};

/* 1, 0 or a negative errno. */
struct prune_calls {
	int (*keeps_session)(void *ctx, const uint8_t id[RECORD_ID_LEN]);  /* open or held */
	int (*has_recording)(void *ctx, const uint8_t id[RECORD_ID_LEN]);  /* it is there still */
};

/* Touching bundles that are gone, or will be. */
struct prune_range {
	uint64_t first, end; /* entries */
	uint64_t n_due;      /* bundles that are there */
	bool is_lapsing;     /* the record of an erasure in it goes */
	bool is_asked;
	uint64_t record;     /* that says so, once is_asked */
};

struct prune {
	struct disk *disk;
	const struct prune_calls *calls;
	void *ctx;
	struct prover prover;
	struct merkle_head head;
	uint64_t end;        /* entries below may go */
	uint64_t before_ns;  /* wall clock */
	struct erasure erasure;
	bool is_known;       /* erasure has all that the log says */
	uint64_t at;         /* bundle to look at next */
	bool is_scanning, is_scanned; /* for `unsaid`, from the first bundle that needs it on */
	uint64_t scan_at;
	struct map unsaid;   /* recordings that have segments and that no record says were erased */
	struct map pinned;   /* sessions */
	struct map named;    /* recordings that a record names which stays */
	struct vec plan;     /* of prune_range */
	uint64_t n_kept;     /* bundles that are old enough and stay */
	uint64_t hole;
	size_t removing;     /* range, and bundle of it */
	uint64_t removing_at;
};

/* `head` is the tree to read by; entries below `end`, which is in it, may go when they were
 * written before `before_ns`. `p` needs prune_done. `seed` is random. */
void prune_begin(struct prune *p, struct disk *d, const struct merkle_head *head, uint64_t end, uint64_t before_ns,
    const struct prune_calls *calls, void *ctx, const uint64_t seed[2]);
/* For AUTO. */
void prune_done(struct prune *p);

/* Looks at up to `n` bundles. MORE; 0: the plan is made; HOLE; or a negative errno. */
MUST_USE int prune_look(struct prune *p, unsigned n);

/* Every range's record is there for all to read. */
MUST_USE int prune_said(struct prune *p);
/* Removes up to `n` bundles. MORE, 0 or a negative errno. */
MUST_USE int prune_remove(struct prune *p, unsigned n);
