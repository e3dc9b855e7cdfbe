/*
 * Is:        the set of keyed tokens (contract in the header): open addressing.
 * Is not:    more.
 * Called by: inspector.c.
 * Owns:      the table.
 * Trust:     hostile values.
 */
#include "inspect/seen.h"

#include "base/mem.h"
#include "base/siphash.h"

void seen_init(struct seen *s, const uint64_t key[2])
{
	*s = (struct seen){ .key = { key[0], key[1] } };
}

void seen_done(struct seen *s)
{
	mem_free(&s->slot);
	s->n = s->n_slots = 0;
}

uint64_t seen_token(const struct seen *s, unsigned kind, struct rd value)
{
	const uint64_t key[2] = { s->key[0] ^ kind, s->key[1] };
	uint64_t t = siphash(key, value);

	return t ? t : 1;
}

static uint32_t find(const struct seen *s, uint64_t t)
{
	uint32_t i = (uint32_t)t & (s->n_slots - 1);

	while (s->slot[i] && s->slot[i] != t)
		i = (i + 1) & (s->n_slots - 1);
	return i;
}

static void grow(struct seen *s)
{
	struct seen bigger = *s;

	bigger.n_slots = s->n_slots ? s->n_slots * 2 : 64;
	bigger.slot = mem_new(bigger.n_slots, sizeof(*bigger.slot));
	for (uint32_t i = 0; i < s->n_slots; i++)
		if (s->slot[i])
			bigger.slot[find(&bigger, s->slot[i])] = s->slot[i];
	mem_free(&s->slot);
	*s = bigger;
}

bool seen_has_token(const struct seen *s, uint64_t t)
{
	return s->n && s->slot[find(s, t)] != 0;
}

bool seen_add(struct seen *s, unsigned kind, struct rd value)
{
	return seen_add_token(s, seen_token(s, kind, value));
}

bool seen_add_token(struct seen *s, uint64_t t)
{
	uint32_t i;

	if (s->n * 2 >= s->n_slots && s->n < SEEN_MAX)
		grow(s);
	i = find(s, t);
	if (s->slot[i])
		return false;
	if (s->n >= SEEN_MAX) {
		s->full = true;
		return false;
	}
	s->slot[i] = t;
	s->n++;
	return true;
}

void seen_add_all(struct seen *s, const struct seen *other)
{
	for (uint32_t i = 0; i < other->n_slots; i++)
		if (other->slot[i])
			(void)seen_add_token(s, other->slot[i]);
	s->full |= other->full;
}
