/*
 * Is:        who is one of ours: a keyed filter and an exact table of keyed tokens of
 *            the operator's subscribers, each with the number of its person.
 * Is not:    a list of subscribers: neither identifiers nor names can be read from it,
 *            and it is never written anywhere.
 * Called by: tokend, which alone holds the key; verdict.h through its answers.
 * Owns:      tokens, filter and key, wiped when freed.
 * Trust:     values are canonical (canon.h, scan.h) and may be hostile. Whoever holds
 *            the key can still try all numbers, so the structure never gives it out.
 *
 * Building: members_load_new, then for each person members_load_person and for each of
 * its identifiers members_load_add, then members_load_finish. A set is not changed
 * afterwards; a slot replaces one set by the next between two look-ups.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/siphash.h"
#include "inspect/plan.h"
#include "inspect/scan.h"

struct members;
struct members_load;

enum {
	MEMBERS_IDS_MAX = 200 * 1000 * 1000,
	MEMBERS_NOBODY = 0, /* persons count from 1 */
};

/* A load of at most `ids_max` identifiers (<= MEMBERS_IDS_MAX); gives. Copies the key,
 * which should be fresh for each load. */
MUST_USE struct members_load *members_load_new(const uint8_t key[SIPHASH_KEY_LEN], size_t ids_max);

/* Begins the next person; returns its number. */
uint32_t members_load_person(struct members_load *l);

/* An identifier of the current person. False: ids_max is reached. */
MUST_USE bool members_load_add(struct members_load *l, enum scan_kind kind, struct rd value);

size_t members_load_ids(const struct members_load *l);

/* Building takes seconds for a large set: one step of it, of some milliseconds, for who
 * must not be held up. True when members_load_finish has nothing left to do. Nothing may
 * be added after the first step. */
MUST_USE bool members_load_step(struct members_load *l);

/* Takes the load and gives the finished set. */
MUST_USE struct members *members_load_finish(struct members_load **l);
void members_load_free(struct members_load **l);

void members_free(struct members **m);
/* Frees a part; true when all is freed, and `*m` nulled. */
MUST_USE bool members_free_step(struct members **m);

/* The person that the identifier belongs to, or MEMBERS_NOBODY. An identifier of two
 * persons belongs to the first. */
uint32_t members_find(const struct members *m, enum scan_kind kind, struct rd value);

/* The chance that a random number of the plan with `n` digits is a member; 0 when the
 * kind has no plan or the set none of it. */
double members_share(const struct members *m, const struct plan *plan, enum scan_kind kind, size_t n);

struct members_size {
	uint32_t persons;
	uint64_t ids, doubles; /* different ones; ones that came again */
	uint64_t bytes;        /* of memory */
};
struct members_size members_size(const struct members *m);

/* The set in force; all zero is none. `version` counts replacements. */
struct members_slot {
	struct members *now;
	uint64_t version;
};

/* Puts `*next` in the place of the set in force, which `*next` then is: NULL if none was. */
void members_swap(struct members_slot *slot, struct members **next);
/* The same, and wipes what was in force. */
void members_replace(struct members_slot *slot, struct members **next);
