/*
 * Is:        one log as shipd sees it: the checkpoint that is to be cosigned now, and who
 *            is asked.
 * Is not:    one conversation (ship/talk.h).
 * Called by: shipd.c, ship/talk.c.
 * Owns:      the link to that log's evidenced.
 * Trust:     evidenced.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/tlog_policy.h"
#include "proc/ship/talk.h"

enum { SHIP_TALKS_MAX = TLOG_WITNESSES_MAX + 1 };

struct ship_log {
	const char *name;         /* "evidenced-core": its row, and in events */
	struct loop *loop;
	struct ipc *link;
	struct ship_talk talk[SHIP_TALKS_MAX];
	size_t n_talks;
	struct buf checkpoint;    /* the round's */
	struct rd origin;         /* borrowed from it */
	uint64_t size;            /* 0: no round yet */
	bool is_halted;
	bool has_news;            /* since SHIP_SETTLED was last said */
	struct merkle_proof proof; /* the last that came: */
	uint64_t proof_from, proof_to;
	struct ship_talk *asking; /* who waits for evidenced's answer */
};

void ship_log_init(struct ship_log *g, const char *name, struct loop *l);
void ship_log_done(struct ship_log *g);

/* Its evidenced is there (again): takes `fd`. */
MUST_USE int ship_log_linked(struct ship_log *g, int fd);

/* For ship/talk.c: a question for evidenced is ready; a good signature came; a checkpoint
 * that contradicts the log; a conversation came to rest. */
void ship_log_question(struct ship_log *g);
/* The proof from one size to another, when it came already; else NULL. */
const struct merkle_proof *ship_log_proof(const struct ship_log *g, uint64_t from, uint64_t to);
void ship_log_cosigned(struct ship_log *g, uint64_t size, struct rd lines);
void ship_log_evidence(struct ship_log *g, const char *witness, struct rd note);
void ship_log_changed(struct ship_log *g);
