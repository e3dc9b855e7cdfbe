/*
 * Is:        the link to the door: rooms as the policy wants them, edges, cuts.
 * Is not:    the rooms' own talk (rooms.h).
 * Called by: deskd, sessions, rooms, change.
 * Owns:      the link, and the directory that rooms see as /etc/slagboom.
 * Trust:     the door; what it hears from is a row in its table.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct asset;
struct loop;

#define DOOR_UID_BASE 1900100000u

void door_init(struct loop *l);
void door_done(void);
/* Takes `fd`. */
MUST_USE int door_linked(int fd);

/* Writes the directory anew from the policy in force and gives it to the door. */
void door_policy_changed(void);

/* The user id of an engineer in his rooms: given once, kept for ever. False: none yet. */
MUST_USE bool door_uid(struct rd engineer, uint32_t *out);

/* Has an edge to the asset started for the gate; takes `fd`, the edge's link. False: the
 * door is not there. */
MUST_USE bool door_edge(struct rd gate, const struct asset *a, struct rd host_keys, int fd);

/* Ends the whole room. */
void door_cut(struct rd gate);
