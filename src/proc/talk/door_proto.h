/*
 * Is:        what deskd and a room say to the door, and the door to a room.
 * Is not:    anything from outside: the door reads no byte of a client.
 * Called by: door, deskd, room.
 * Owns:      nothing.
 * Trust:     deskd is trusted; a room is, until it has become sshd, and then it is silent.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* deskd to door */
enum {
	DOOR_ROOM = 1, /* one descriptor: the directory that every new room sees as /etc/slagboom:
	                *   people        one line an engineer, sorted by name: NAME UID
	                *   home/NAME/keys   his authorized_keys, with every restriction
	                *   hosts         127.1.x.y ASSET, one line an asset that has a lane for forwards
	                *   ports         the ports on which those lanes listen, one a line
	                * and beside it, with `up --otp`:
	                *   ../otp/NAME/code the secret of his one-time codes and which of them were used, as
	                *                    the PAM module of google-authenticator writes it. All rooms write
	                *                    the same: only root in them reaches it
	                * The door takes it whole: rooms that stand keep the one they began with. */
	DOOR_EDGE = 2, /* struct door_edge, and one descriptor: the edge's link to its gate */
	DOOR_CUT = 3,  /* u8-length gate name: end the whole room now (leaver, revoked) */
};

/* door to deskd */
enum {
	/* u8-length gate name, u16-length address text, u32 microseconds: who is in the room of a gate,
	 * before that gate is brought: the address of the socket, and the least round trip that the
	 * kernel has seen on it (0: unknown). */
	DOOR_CAME = 17,
};

/* room to door, before it becomes sshd */
enum {
	ROOM_LISTENS = 1, /* u8 n; n times u8 kind (0 gate socket, 1 host-key agent, 2 TCP) and u16 port;
	                   * as many descriptors, at most IPC_FDS_MAX a message */
	ROOM_READY = 2,
	ROOM_FAILED = 3,  /* text */
};

/* door to room, when somebody has come */
enum {
	ROOM_GO = 16, /* the host keys' public halves, a line each; one descriptor: the client's */
};

enum { ROOM_GATE_SOCKET, ROOM_HOST_KEYS, ROOM_TCP, ROOM_KINDS };

enum {
	DOOR_NAME_MAX = 64, DOOR_CREDENTIAL_MAX = 64, DOOR_ADDRESS_MAX = 255, DOOR_HOST_KEYS_MAX = 8192,
	ROOM_HOST_KEYS_MAX = 4096, ROOM_PORTS_MAX = 32, ROOM_HOSTS_MAX = 8192, ROOM_ASSETS_MAX = 256
};

struct door_edge {
	struct rd gate;       /* for which: its name, "gate-7" */
	struct rd asset;
	struct rd protocol;   /* "ssh", "telnet", ...: chooses the program */
	struct rd address;    /* HOST:PORT as in the policy */
	struct rd credential; /* the name of keyd's, or empty */
	struct rd host_keys;  /* ssh: pinned public keys, one a line; empty: unknown yet */
};

void door_edge_write(struct wr *w, const struct door_edge *e);
MUST_USE bool door_edge_read(struct rd *r, struct door_edge *out);
