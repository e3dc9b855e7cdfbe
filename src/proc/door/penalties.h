/*
 * Is:        who is turned away by the front door now, for `slagboom status`.
 * Is not:    the turning away (source.h), or its record.
 * Called by: supervisor, which passes on every event of the door.
 * Owns:      the table.
 * Trust:     the door's events; their fields were checked on the way.
 */
#pragma once

#include <stdint.h>

#include "evidence/event.h"

struct json;

enum { PENALTIES_MAX = 32, PENALTY_WHY_MAX = 96 };

struct penalties {
	struct penalty {
		uint8_t address[EVENT_ADDRESS_LEN];
		uint64_t until_ns; /* of the clock that does not jump; 0: free */
		char why[PENALTY_WHY_MAX];
	} one[PENALTIES_MAX];
	struct {
		uint8_t address[EVENT_ADDRESS_LEN]; /* of the last */
		uint64_t n, last_ns;                /* none for REFUSED_KEPT_NS: counted anew */
		char why[PENALTY_WHY_MAX];
	} refused;
};

#define REFUSED_KEPT_NS (600ull * 1000000000)

/* Notes a door.penalty or a door.refused; any other event is none. Of too many penalties the one that
 * ends first goes. */
void penalties_note(struct penalties *p, const struct event *e, uint64_t now_ns);

/* An array of {"address","wait_s","why"}, the longest wait first. */
void penalties_put(const struct penalties *p, struct json *j, uint64_t now_ns);

/* {"address","ago_s","n","why"} of connections that were turned away lately, or null. */
void penalties_put_refused(const struct penalties *p, struct json *j, uint64_t now_ns);
