/*
 * Is:        how a session begins: who it is, which asset, may he, with which purpose; then the
 *            recording, the lane and the edge.
 * Is not:    what follows (gate/session.h).
 * Called by: gate.c, gate/session.c.
 * Owns:      nothing.
 * Trust:     the session program is hostile; deskd and evidenced are not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct gate;
struct ipc_in;
struct record_reel;
struct record_share;
struct session;

/* A session program has connected: takes `fd`. */
void gate_begin_accept(struct gate *g, int fd);
/* A forward has come to an asset's address: takes `fd`. */
void gate_begin_forward(struct gate *g, int fd, struct rd asset);
/* The door has said who is in the room. */
void gate_begin_who(struct session *s);
/* He typed a purpose, or left. */
void gate_begin_purpose(struct session *s);
void gate_begin_leave(struct session *s, uint8_t status);

/* Deskd knows who is in the room, or does not. */
void gate_begin_known(struct session *s);
void gate_begin_unknown(struct session *s, struct rd text);
/* What deskd says of session `s`; the body without its number. 0, or the error that ends
 * the link to deskd. */
MUST_USE int gate_begin_desk(struct session *s, unsigned type, struct ipc_in *in);

/* Evidenced's answers about the recording. */
void gate_begin_reel(struct session *s, const struct record_reel *a, int fd);
void gate_begin_share(struct session *s, const struct record_share *a);
/* There is a spool, or there will be none. */
void gate_begin_spool(struct session *s);
