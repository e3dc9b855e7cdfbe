/*
 * Is:        those who ask tokend: their links, their quotas, the answers.
 * Is not:    the set; it is borrowed from tokend for each question.
 * Called by: tokend.c.
 * Owns:      the links.
 * Trust:     an asker may have been taken over. It learns whether a value that it
 *            already has is a member, ASKER_BURST values at once and then
 *            ASKER_PER_S a second: one that tries all 97 million mobile numbers of the
 *            Dutch plan takes more than an hour and raises an alarm after the first ones.
 *            The next link begins with a burst of its own: see docs/THREATS.md.
 *
 * Most askers live as long as one session. Whoever makes them (a peer whose name is
 * ASKERS_BRINGER) has a link on which it may only bring their links.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/list.h"
#include "base/rd.h"
#include "inspect/members.h"
#include "proc/broker_link.h"
#include "proc/table.h"

struct ipc;
struct loop;

enum { ASKERS_MAX = PROCESS_ROOMS_MAX, ASKER_BURST = 2000000, ASKER_PER_S = 20000 };

#define ASKERS_BRINGER "door"

struct askers {
	struct loop *loop;
	const struct plan *plan;
	const struct members_slot *members;
	struct list all;
	uint64_t share_version; /* the set that `share` was reckoned from */
	uint32_t share;
	size_t n;
	struct broker bringer;
};

/* Borrows plan and slot. */
void askers_init(struct askers *a, struct loop *l, const struct plan *plan, const struct members_slot *members);
void askers_done(struct askers *a);

/* A peer is there: takes `fd`. */
MUST_USE int askers_linked(struct askers *a, struct rd peer, int fd);

/* The quota of one asker: what it may still ask at `now_ns`. All zero is not one. */
struct quota {
	uint64_t left, since_ns;
};
void quota_init(struct quota *q, uint64_t now_ns);
/* Takes `n` off, or nothing and false. */
MUST_USE bool quota_take(struct quota *q, uint64_t n, uint64_t now_ns);
