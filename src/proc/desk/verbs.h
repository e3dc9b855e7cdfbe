/*
 * Is:        what officers can ask for: the one table of which role may do what.
 * Is not:    the socket (officers.h).
 * Called by: officers.
 * Owns:      nothing.
 * Trust:     arguments are hostile text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proc/talk/desk_officer.h"

struct question;

#define VERB_ANYBODY 0u

struct verb {
	enum officer_verb verb;
	const char *name;  /* in records */
	uint32_t roles;    /* bit per enum role: any of them; VERB_ANYBODY: no officer needs to be */
	bool needs_room;   /* it adds what is kept for ever: not when the disk is nearly full (space.h) */
	void (*run)(struct question *q);
};

/* The row of a verb, or NULL. */
const struct verb *verb_of(enum officer_verb v);

/* Those of other files. */
void verb_policy_show(struct question *q);
void verb_policy_load(struct question *q);
void verb_policy_confirm(struct question *q);
void verb_policy_withdraw(struct question *q);
void verb_request(struct question *q);
void verb_glass_prepare(struct question *q);
void verb_glass_list(struct question *q);
void verb_glass_break(struct question *q);
void verb_glass_close(struct question *q);
void verb_glass_report(struct question *q);
