/*
 * Is:        what the desk has recorded, and what waits for that: events go into the outbox
 *            in the same transaction as the change that they tell of, from there to
 *            evidenced, and whoever waits goes on when they are durable.
 * Is not:    the record.
 * Called by: every file of the desk.
 * Owns:      the links to both logs.
 * Trust:     evidenced.
 *
 * So no change is without its record and no record without its change, whenever the process
 * is killed: what was not acknowledged is sent again after the next start (a record may
 * then stand twice, never not at all). And nothing is promised before it is recorded:
 * every answer, grant and descriptor waits with book_then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/event.h"

struct loop;

enum book_log { BOOK_CORE, BOOK_INTERCEPT, BOOK_LOGS };

/* Who and what an event is about; empty where there is none. */
struct book_about {
	struct rd actor, employer, asset;
	enum book_log log;
};

void book_init(struct loop *l);
void book_done(void);
/* Takes `fd`. */
MUST_USE int book_linked(enum book_log log, int fd);

/* Adds an event to this turn's transaction. Returns its number. */
int64_t book_event(const struct book_about *about, const struct event *e);

/* Calls `fn` when the event is durable: not before the loop's next turn, and never if the
 * process ends before. With number 0: when this turn's transaction is on the disk. */
void book_then(enum book_log log, int64_t number, void (*fn)(uint64_t a, uint64_t b), uint64_t a, uint64_t b);

