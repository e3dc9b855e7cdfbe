/*
 * Is:        what the desk has recorded about who watches: which assets of the policy, with what
 *            sensor, since when; a beat as long as everybody is there, a gap when not.
 * Is not:    the judgement of it (evidence/coverage.h), nor the pings (proc/pulse.h).
 * Called by: deskd, change.
 * Owns:      the number of the last beat.
 * Trust:     the supervisor, and what its command line asserts.
 *
 * Both logs get the same numbers, each the assets of its own compartment. A beat is asked for
 * only when the round before was well; a gap at the first that was not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct loop;

enum { WATCHING_BEAT_S = 60 };

/* Takes "beat=SECONDS" (2 to 600) and "only-way=TEXT" off deskd's command line; false for
 * anything else. */
MUST_USE bool watching_word(const char *word);
void watching_init(struct loop *l);
/* A round of pings, by enum control_round. */
void watching_round(unsigned verdict, struct rd why);
/* Another policy is in force: it is declared anew. */
void watching_policy_changed(void);
