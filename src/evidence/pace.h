/*
 * Is:        how many syncs of a log may be under way at once, and how far apart they
 *            begin: from how long they take alone and among others.
 * Is not:    a matter of safety: whatever it says, entries are durable in order.
 * Called by: log.c.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * A disk with a queue ends each sync as soon beside others as alone; then a record need
 * not wait for the rest of a sync that began before it came. A disk that does one sync
 * after the other (some file systems do, holding the file meanwhile) makes each of n wait
 * for n: there fewer at once are quicker, at last one. Half as many is what follows when
 * syncs among others take half as long again as alone; twice as many is tried again
 * after some hundred.
 */
#pragma once

#include <stdint.h>

struct pace {
	unsigned most, depth;	       /* at once: ever, and now */
	unsigned n_together, n_seen;   /* syncs that ended since depth was set: among others, all */
	uint64_t alone_ns, together_ns; /* what a sync takes: running means */
};

/* `most` is at least 1. */
void pace_init(struct pace *p, unsigned most);

/* A sync took so long; `together` were under way when it began, itself among them. */
void pace_took(struct pace *p, uint64_t took_ns, unsigned together);

/* From the beginning of one sync to that of the next, when that is among others. */
uint64_t pace_gap_ns(const struct pace *p);
