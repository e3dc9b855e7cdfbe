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
 * for n, and where the machine is busy the kernel's workers, which do what overlaps, wait
 * for a processor. So each is measured against what a sync takes that nobody shares and
 * that we wait for: syncs that are short do not overlap at all; longer ones are tried,
 * given up when they take half as long again among others, and tried again, each time
 * later.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pace {
	unsigned most, depth;	       /* at once: ever, and now; at 1 we wait for each */
	uint64_t worth_ns;	       /* shorter ones do not overlap */
	unsigned n, n_long;	       /* syncs that ended since depth was set, and those of them worth it */
	uint64_t sum_ns;	       /* what they took */
	unsigned patience;	       /* so many are waited for before they overlap again */
	uint64_t alone_ns;	       /* what one takes that is waited for */
};

/* `most` is at least 1. With `worth_ns` 0 they overlap from the first. */
void pace_init(struct pace *p, unsigned most, uint64_t worth_ns);

/* The next sync is waited for: nothing is under way then, and nothing else is done. */
bool pace_waits(const struct pace *p);

/* A sync took so long; `together` were under way when it began, itself among them. */
void pace_took(struct pace *p, uint64_t took_ns, unsigned together);

/* From the beginning of one sync to that of the next, when that is among others. */
uint64_t pace_gap_ns(const struct pace *p);
