/*
 * Is:        what a session does that comes to the end of what it may show: it asks the desk for more
 *            of the grant, and where that has no more, an officer; and what they answer.
 * Is not:    a judge of it.
 * Called by: the gate's other files.
 * Owns:      nothing.
 * Trust:     see ceiling.c.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"

struct ipc_in;
struct session;

/* Beyond its slice of the grant: deskd is asked for more, or where that cannot be an officer; a file is then refused. */
void gate_ceiling_reached(struct session *s, bool is_file);
/* Asks an officer whether a ceiling may be passed (asked_over), or a file, when she has been asked nothing
 * else. False: the desk is not there. */
MUST_USE bool gate_ceiling_ask_officer(struct session *s);

/* DESK_LIMITS and DESK_RAISED. 0 or a negative errno that ends the link. */
MUST_USE int gate_ceiling_limits(struct session *s, struct ipc_in *in);
MUST_USE int gate_ceiling_raised(struct session *s, struct ipc_in *in);
