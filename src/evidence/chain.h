/*
 * Is:        the checks of what entries say, for a verification: each is a sound record
 *            of its own index; and, in order, each session's records form one chain.
 * Is not:    the check of the tree (verify.h).
 * Called by: slagboom-verify, packs.
 * Owns:      the last record of each session.
 * Trust:     hostile entries; sessions are counted against a limit.
 */
#pragma once

#include <stdint.h>

#include "base/map.h"
#include "evidence/erasure.h"
#include "evidence/verify.h"

enum { CHAIN_SESSIONS_MAX = 1 << 22 };

/* Each entry by itself: canonical, numbered by its index, pointing backward. Entries
 * may come in any order, in any process. */
struct verify_check *chain_records(void);

/* The same, and every record of a session points to that session's record before it;
 * the first points to itself. So a record that was left out of a session shows even
 * where the tree was rebuilt and signed again. A session begins with session.opened and
 * nothing else does; nothing follows session.closed or session.lost. Entries must come
 * from index 0 on, in order.
 *
 * Where entries are gone a chain may run through them: a session's record may point to one that
 * is gone, in place of the one before it that is there. No two records point to the same one. */
struct chain {
	struct verify_check check;
	struct verify_check *then; /* looks at each entry that is right; or NULL */
	struct map sessions;
	struct erasure_gone gone;
	struct map claims;         /* what is gone and was pointed to */
	uint64_t next;
	uint64_t n_closed, n_lost; /* sessions that ended so */
	uint64_t n_headless;       /* whose first record is gone */
	uint64_t n_gaps;           /* of an excerpt: records that do not point to the one before them here */
};

/* Of the sessions that are not over: open at the end, or their last record may be one of
 * those that are gone. */
struct chain_rest {
	uint64_t n_open, n_endless;
};
struct chain_rest chain_rest(const struct chain *c);

/* The session's first record is gone. */
bool chain_is_headless(const struct chain *c, struct rd session);

/* `seed` is random. */
void chain_init(struct chain *c, const uint64_t seed[2]);
/* For an excerpt of a log, each of whose records is in the log: nothing is wrong with records that
 * are left out, but they are counted; n_headless are sessions whose first record is not here, and
 * n_open those whose last is not. */
void chain_excerpt_init(struct chain *c, const uint64_t seed[2]);
/* For AUTO. */
void chain_done(struct chain *c);
