/*
 * Is:        a set of names, each with a number: open addressing over a keyed-free
 *            hash, at most half full.
 * Is not:    a general map.
 * Called by: policy.c, parse.
 * Owns:      its table; the names are borrowed.
 * Trust:     names come from the operator's own file; a collision costs time alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct names_slot { struct rd name; uint32_t value; bool used; };

/* Zeroed is empty. */
struct names { struct names_slot *slots; uint32_t n_slots; uint32_t n_used; };

void names_done(struct names *n);

/* Adds; false and nothing changed when the name is already there. */
MUST_USE bool names_add(struct names *n, struct rd name, uint32_t value);

MUST_USE bool names_find(const struct names *n, struct rd name, uint32_t *out_value);
