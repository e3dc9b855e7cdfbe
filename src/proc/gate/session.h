/*
 * Is:        one session of a room: its states from hello to exit.
 * Is not:    the release rule (gate/release.h), orders (gate/orders.h) or inspection (gate/look.h).
 * Called by: gate.c, and the gate's other files.
 * Owns:      struct session.
 * Trust:     the session program and the edge are hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct gate;
struct session;

/* A new one, in the room's list; it frees itself when it is over. */
struct session *session_new(struct gate *g);
/* Frees; the engineer's program learns it by its closed link. */
void session_free(struct session **s);

/* Takes s->edge_fd for its link. */
MUST_USE int session_join_edge(struct session *s);

/* Deskd's receipt, once the session is closed. */
void session_receipt(struct session *s, struct rd text);

/* Evidenced's answers. */
void session_durable(struct session *s, uint64_t token);
/* The record cannot be written: nothing more is released, both sides end. */
void session_record_failed(struct session *s, const char *why);

/* Ends it: what was released arrives, the closing record is written, the program exits. */
void session_end(struct session *s, const char *why, const char *by);
/* The engineer's descriptors are closed on his side. */
void session_engineer_gone(struct session *s);
/* Which descriptors are watched follows from the state. */
void session_rewatch(struct session *s);
/* Sets the clock to the next moment at which something is due. */
void session_plan(struct session *s);
/* The lane gave orders, or time has passed: carry them out and go on. */
void session_go_on(struct session *s);
