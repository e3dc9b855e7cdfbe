/*
 * Is:        a hash table from byte strings to pointers.
 * Is not:    ordered, and not an owner of keys or values.
 * Called by: tables of names: policy, sessions, assets.
 * Owns:      its slots.
 * Trust:     hostile keys: hashed with SipHash-2-4 under a random key, so that
 *            nobody can choose keys that collide.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct map_slot {
	struct rd key;
	void *value;
};

struct map {
	uint64_t seed[2];
	size_t n, n_slots;
	struct map_slot *slots;
};

/* An empty map; `seed` is 16 random bytes as two integers. */
void map_init(struct map *m, const uint64_t seed[2]);
/* Frees the slots. For AUTO. */
void map_done(struct map *m);
/* Sets `key` (borrowed as long as it is in the map) to `value`, not NULL; returns
 * the previous value or NULL. */
void *map_put(struct map *m, struct rd key, void *value);
/* The value of `key`, or NULL. */
void *map_get(const struct map *m, struct rd key);
/* Takes `key` out; returns its value or NULL. */
void *map_remove(struct map *m, struct rd key);
