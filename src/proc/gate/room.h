/*
 * Is:        the gate of one room: its links, its listeners, its sessions.
 * Is not:    a process (gate.c) or a session (gate/session.h).
 * Called by: gate.c; tests and fuzzing.
 * Owns:      struct gate.
 * Trust:     the door, deskd, evidenced and tokend are trusted; the room is hostile.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"

struct gate;
struct gate_calls;
struct gate_grammars;
struct loop;

/* Before the sandbox: plan and grammars (gate/grammar.h). */
MUST_USE int gate_room_prepare(struct gate *g, const char *own, const char *installed);
void gate_room_start(struct gate *g, struct loop *l, const struct gate_calls *calls);
void gate_room_done(struct gate *g);

/* A link to `peer`: "door", "deskd", "tokend", "evidenced-core", "evidenced-intercept". Takes `fd`; an
 * unknown peer is -EINVAL. */
MUST_USE int gate_room_link(struct gate *g, struct rd peer, int fd);
/* Ends all sessions. */
void gate_room_end(struct gate *g, const char *why, const char *by);
/* The same, and tells when the last one's record is closed. */
void gate_room_stop(struct gate *g);
