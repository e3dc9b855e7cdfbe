/*
 * Is:        a policy as the desk uses it: parsed from its bundle, compiled, with the classes
 *            of commands; and the one that is in force.
 * Is not:    how it came to be in force (change.h).
 * Called by: every file of the desk.
 * Owns:      the policy in force.
 * Trust:     a bundle is hostile until it has parsed.
 *
 * A bundle is the files of a policy in the order in which they are read: for each a u32
 * length and bytes of the name as it is written in the include, the same of its path below
 * the first file's directory, the same of its text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "policy/classes.h"
#include "policy/place.h"
#include "policy/policy.h"

enum { WORLD_BUNDLE_MAX = 48 << 20, WORLD_HASH_LEN = 64, WORLD_NAME_MAX = 4096 };

struct world {
	struct policy *policy;
	struct table *table;
	struct classes *classes;
	char hash[WORLD_HASH_LEN + 1]; /* that grants name it by */
};

/* Gives the world of a bundle; NULL, and what is wrong as text in `why`. */
MUST_USE struct world *world_new(struct rd bundle, struct buf *why);
void world_free(struct world **w);

/* The one in force; NULL before the first. world_set takes. */
const struct world *world_now(void);
void world_set(struct world *w);

/* Seconds since 1970. */
int64_t world_clock(void);

/* Claims from an address as text, and the least round trip to it (0: unknown), judged; the claims' text and the judgement go into `text`
 * unless it is NULL. */
struct place world_place(const struct world *w, struct rd address, uint32_t round_trip_us, struct buf *text);

/* Everything of a crossing but class, counters, age and approvals. */
void world_crossing(const struct world *w, uint32_t engineer, uint32_t asset, enum channel channel,
    const struct place *at, int64_t now, struct crossing *q);

/* Whether any rule lets the engineer get to the asset at all, some time, with all papers. */
bool world_may_reach(const struct world *w, uint32_t engineer, uint32_t asset);

/* Whether what has this name is of the intercept compartment; what is not in the policy (any
 * more) counts as being of it. */
bool world_is_intercept(const struct world *w, struct rd asset);

/* The officer who acts from this account now, or MODEL_NONE. Root is none, whatever the
 * policy says; nor is anybody whose term is over, who is a supplier's, or who was removed. */
int world_officer(const struct world *w, uint32_t uid, int64_t now);
bool world_officer_is_current(const struct world *w, int officer, int64_t now);

/* Whether somebody was taken off the roster by hand. */
bool world_is_removed(struct rd name);
/* The engineer of this name, or MODEL_NONE; who was removed is none. */
int world_engineer(const struct world *w, struct rd name);
