/*
 * Is:        the writer's side of the link to the process of its log's tree.
 * Is not:    the tree, or that process (treed.h).
 * Called by: evidenced.
 * Owns:      the link, and what is known of the tree.
 * Trust:     treed reads only our own files; what it says is checked for order all the same.
 *
 * One word at a time: a new durable index is told when the last one was answered, so that
 * however many commits there are, no more than that waits in between.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/tree_state.h"
#include "os/loop.h"

/* Records that may be durable and not in the tree; beyond it nobody may record more. A
 * second's worth and more of what the disk takes, and what a start reads again at most. */
enum { TREE_LAG_MAX = 1 << 20 };

struct tree_calls {
	void (*taken)(void *ctx);     /* t->taken has grown */
	void (*settled)(void *ctx);   /* t->settled is to be signed */
	void (*published)(void *ctx); /* t->published has grown */
	void (*full)(void *ctx);      /* t->is_full changed */
	void (*gone)(void *ctx);      /* it ended, which it never should */
};

struct tree_link {
	struct ipc *link;
	const struct tree_calls *calls;
	void *ctx;
	struct tree_state settled;     /* size and root; of the last SETTLED */
	uint64_t durable, told, taken, published;
	bool is_open, is_full;
	bool is_telling;               /* TAKEN is owed */
	bool is_busy;                  /* SETTLED or PUBLISHED is owed */
};

/* Takes `fd`, from treed_fork, and has the tree opened; `taken` is what the state says. */
MUST_USE int tree_link_open(struct tree_link *t, struct loop *l, int fd, bool has_quorum, uint64_t taken,
    const struct tree_calls *calls, void *ctx);
void tree_link_done(struct tree_link *t);

/* Entries below are durable: they go into the tree. Negative: the end. */
MUST_USE int tree_link_durable(struct tree_link *t, uint64_t durable);
/* Have it settled, or the signed checkpoint published. Nothing may be owed (is_busy). */
MUST_USE int tree_link_settle(struct tree_link *t);
MUST_USE int tree_link_publish(struct tree_link *t, struct rd note);

/* The tree is so far behind `durable` that whoever records must wait. A full disk is no
 * reason: the log ends by itself when there is no room. */
bool tree_link_lags(const struct tree_link *t, uint64_t durable);
