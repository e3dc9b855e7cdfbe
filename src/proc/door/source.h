/*
 * Is:        who comes from where how often, and who has to wait: limits by source address.
 * Is not:    a judge of persons.
 * Called by: door.
 * Owns:      a table of at most SOURCES_MAX sources.
 * Trust:     addresses are the kernel's; everybody can have many, so the table is bounded
 *            and a full one lets nobody past it unseen.
 *
 * A source is an IPv4 address or an IPv6 /64. A penalty is a time during which it is
 * turned away; penalties add up, and count from SOURCE_PENALTY_MIN_NS on, so that one
 * mistyped name costs nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/map.h"
#include "evidence/event.h"

enum { SOURCES_MAX = 4096, SOURCE_KEY_LEN = EVENT_ADDRESS_LEN };

#define SOURCE_PENALTY_MIN_NS (15ull * 1000000000)
#define SOURCE_PENALTY_MAX_NS (600ull * 1000000000)

struct source_limits {
	unsigned waiting_each, open_each; /* before login, and in all; of one source */
	unsigned waiting, open;           /* of all */
};

enum source_answer {
	SOURCE_REFUSED_TABLE = 0, SOURCE_REFUSED_PENALTY, SOURCE_REFUSED_WAITING_EACH, SOURCE_REFUSED_OPEN_EACH,
	SOURCE_REFUSED_WAITING, SOURCE_REFUSED_OPEN, SOURCE_ADMITTED
};

struct source {
	uint8_t key[SOURCE_KEY_LEN];
	unsigned waiting, open;
	uint64_t until_ns; /* end of its penalty */
	bool is_used;
};

struct sources {
	struct source_limits limits;
	unsigned waiting, open;
	struct map map;
	struct source *slot; /* SOURCES_MAX */
	size_t n_used, hand; /* where the search for a free one goes on */
};

void sources_init(struct sources *s, const struct source_limits *limits, const uint64_t seed[2]);
void sources_done(struct sources *s);

/* One connection from `address` (16 bytes) wants in. When admitted it is counted as waiting
 * and open; `*out` is its source until source_left. */
MUST_USE enum source_answer source_enter(struct sources *s, const uint8_t *address, uint64_t now_ns, struct source **out);
/* It has logged in. */
void source_logged_in(struct sources *s, struct source *from);
/* It is over; `waiting`: it never logged in. */
void source_left(struct sources *s, struct source *from, bool waiting);

/* Adds a penalty; returns the seconds that the source now has to wait, 0 when it need not yet. */
uint32_t source_penalty(struct source *from, uint64_t penalty_ns, uint64_t now_ns);
const char *source_answer_text(enum source_answer a);
