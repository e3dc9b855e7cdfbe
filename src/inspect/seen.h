/*
 * Is:        a set of keyed tokens: how many different things were seen.
 * Is not:    a list of them: a token says nothing without the key.
 * Called by: inspector.c.
 * Owns:      its table: at most SEEN_MAX tokens, 16 MiB.
 * Trust:     hostile values: SipHash under a key of the session.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

enum { SEEN_MAX = 1 << 20 };

struct seen {
	uint64_t key[2];
	uint64_t *slot;
	uint32_t n, n_slots;
	bool full;	/* SEEN_MAX was reached: `n` is "at least" */
};

void seen_init(struct seen *s, const uint64_t key[2]);
void seen_done(struct seen *s);

/* The value of that kind as a token: sets with one key have the same. */
uint64_t seen_token(const struct seen *s, unsigned kind, struct rd value);
bool seen_add_token(struct seen *s, uint64_t token);
bool seen_has_token(const struct seen *s, uint64_t token);
/* It will be asked about soon: a large table is not in the cache. */
static inline void seen_expect(const struct seen *s, uint64_t token)
{
	if (s->n_slots)
		__builtin_prefetch(&s->slot[(uint32_t)token & (s->n_slots - 1)]);
}
/* Adds all of `other`, which has the same key. */
void seen_add_all(struct seen *s, const struct seen *other);

/* Adds the value of that kind. True when it was not there. */
bool seen_add(struct seen *s, unsigned kind, struct rd value);
