/*
 * Is:        a set of names (contract in the header).
 * Is not:    a general map.
 * Called by: policy.c, parse.
 * Owns:      its table.
 * Trust:     see the header.
 */
#include "policy/names.h"

#include "base/mem.h"

void names_done(struct names *n)
{
	mem_free(&n->slots);
	*n = (struct names){ 0 };
}

/* FNV-1a. */
static uint32_t hash_of(struct rd r)
{
	uint64_t h = 14695981039346656037u;
	uint8_t c;

	while (rd_u8(&r, &c))
		h = (h ^ c) * 1099511628211u;
	return (uint32_t)(h ^ h >> 32);
}

/* The slot that holds the name, or the free one where it would go. */
static struct names_slot *slot_of(const struct names *n, struct rd name)
{
	uint32_t mask = n->n_slots - 1, i = hash_of(name) & mask;

	while (n->slots[i].used && !rd_equal(&n->slots[i].name, &name))
		i = (i + 1) & mask;
	return &n->slots[i];
}

static void grow(struct names *n)
{
	struct names old = *n;

	n->n_slots = old.n_slots ? old.n_slots * 2 : 64;
	n->slots = mem_new(n->n_slots, sizeof(*n->slots));
	for (uint32_t i = 0; i < old.n_slots; i++)
		if (old.slots[i].used)
			*slot_of(n, old.slots[i].name) = old.slots[i];
	mem_free(&old.slots);
}

bool names_add(struct names *n, struct rd name, uint32_t value)
{
	struct names_slot *s;

	if (n->n_used * 2 >= n->n_slots)
		grow(n);
	s = slot_of(n, name);
	if (s->used)
		return false;
	*s = (struct names_slot){ .name = name, .value = value, .used = true };
	n->n_used++;
	return true;
}

bool names_find(const struct names *n, struct rd name, uint32_t *out_value)
{
	const struct names_slot *s;

	if (n->n_slots == 0)
		return false;
	s = slot_of(n, name);
	if (s->used)
		*out_value = s->value;
	return s->used;
}
