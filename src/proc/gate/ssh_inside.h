/*
 * Is:        words for who wants to speak SSH through the gate (`ssh -J`, `ssh -W`): what passed so
 *            could not be read, so it does not pass; an SSH client shows them (proto/sshbye.h).
 * Is not:    a lane, or an SSH server.
 * Called by: gate/room.c, for connections in the room to port 22, and to addresses of elements of SSH.
 * Owns:      their sockets until they are told, at most SSH_INSIDE_MAX.
 * Trust:     nothing that they send is read.
 */
#pragma once

#include "base/rd.h"

struct gate;

enum { SSH_INSIDE_MAX = 16 };

/* Takes the connection to `asset`. Answered once the door has said who is there: it is recorded. */
void ssh_inside_accept(struct gate *g, int fd, struct rd asset);
/* The door has. */
void ssh_inside_who(struct gate *g);
void ssh_inside_done(struct gate *g);
