/*
 * Is:        an intrusive doubly linked list.
 * Is not:    an owner; whoever embeds the node owns it.
 * Called by: every folder.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/def.h"

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline void list_append(struct list *l, struct list *node)
{
	node->prev = l->prev;
	node->next = l;
	l->prev->next = node;
	l->prev = node;
}

/* Takes `node` out of its list; it may be taken out twice. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Each node of `l`; `it` itself may be removed on the way. */
#define LIST_EACH(it, l)                                                                  \
	for (struct list *it = (l)->next, *it##_next = it->next; it != (l);               \
	     it = it##_next, it##_next = it->next)
