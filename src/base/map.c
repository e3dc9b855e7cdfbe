/*
 * Is:        a hash table with linear probing and backward-shift deletion.
 * Is not:    ordered.
 * Called by: tables of names.
 * Owns:      its slots.
 * Trust:     hostile keys.
 */
#include "base/map.h"

#include "base/assert.h"
#include "base/mem.h"
#include "base/siphash.h"

enum { SLOTS_MIN = 16 };

void map_init(struct map *m, const uint64_t seed[2])
{
	*m = (struct map){ .seed = { seed[0], seed[1] } };
}

void map_done(struct map *m)
{
	mem_free(&m->slots);
	m->n = m->n_slots = 0;
}

/* The slot that holds `key`, or the empty one where it belongs. */
static size_t find(const struct map *m, struct rd key)
{
	size_t i = (size_t)siphash(m->seed, key) & (m->n_slots - 1);

	while (m->slots[i].value && !rd_equal(&m->slots[i].key, &key))
		i = (i + 1) & (m->n_slots - 1);
	return i;
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t n_old = m->n_slots;

	m->n_slots = n_old ? n_old * 2 : SLOTS_MIN;
	m->slots = mem_new(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i].value)
			m->slots[find(m, old[i].key)] = old[i];
	mem_free(&old);
}

void *map_put(struct map *m, struct rd key, void *value)
{
	void *before;
	size_t i;

	ASSERT(value);
	if (m->n >= m->n_slots / 2)
		grow(m);
	i = find(m, key);
	before = m->slots[i].value;
	m->n += before == NULL;
	m->slots[i] = (struct map_slot){ key, value };
	return before;
}

void *map_get(const struct map *m, struct rd key)
{
	return m->n_slots ? m->slots[find(m, key)].value : NULL;
}

void *map_remove(struct map *m, struct rd key)
{
	size_t mask = m->n_slots - 1, hole, home, i;
	void *value;

	if (!m->n_slots)
		return NULL;
	hole = find(m, key);
	value = m->slots[hole].value;
	if (!value)
		return NULL;
	for (i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		home = (size_t)siphash(m->seed, m->slots[i].key) & mask;
		/* May this slot move back to the hole without passing its home? */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){ .value = NULL };
	m->n--;
	return value;
}
