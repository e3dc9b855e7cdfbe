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
#include "evidence/verify.h"

enum { CHAIN_SESSIONS_MAX = 1 << 22 };

/* Each entry by itself: canonical, numbered by its index, pointing backward. Entries
 * may come in any order, in any process. */
struct verify_check *chain_records(void);

/* The same, and every record of a session points to that session's record before it;
 * the first points to itself. So a record that was left out of a session shows even
 * where the tree was rebuilt and signed again. Entries must come from index 0 on, in
 * order. */
struct chain {
	struct verify_check check;
	struct map sessions;
	uint64_t next;
};

/* `seed` is random. */
void chain_init(struct chain *c, const uint64_t seed[2]);
/* For AUTO. */
void chain_done(struct chain *c);
