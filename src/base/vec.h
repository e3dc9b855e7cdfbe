/*
 * Is:        a growable array of equal elements.
 * Is not:    generic magic: the type of its elements is given at each use.
 * Called by: every folder.
 * Owns:      its elements' memory (not what they point at).
 * Trust:     quotas are checked by the caller before pushing.
 */
#pragma once

#include "base/assert.h"
#include "base/def.h"
#include "base/mem.h"

struct vec {
	void *items;
	size_t n, n_room, size;
};

static inline void vec_init(struct vec *v, size_t item_size)
{
	*v = (struct vec){ .size = item_size };
}

static inline void vec_done(struct vec *v)
{
	mem_free(&v->items);
	v->n = v->n_room = 0;
}

/* Room for one more at the end, zeroed; its address is good until the next push. */
static inline void *vec_push(struct vec *v)
{
	if (v->n == v->n_room) {
		v->n_room = v->n_room ? v->n_room * 2 : 8;
		v->items = mem_resize(v->items, v->n_room, v->size);
	}
	char *at = (char *)v->items + v->n++ * v->size;
	__builtin_memset(at, 0, v->size);
	return at;
}

static inline void *vec_at(const struct vec *v, size_t i)
{
	ASSERT(i < v->n);
	return (char *)v->items + i * v->size;
}
