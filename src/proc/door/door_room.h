/*
 * Is:        one room and everything in it, from before its client comes until all of it is
 *            gone: sshd, the gate, the edges.
 * Is not:    the port, the pool or the links (door.c).
 * Called by: door.c.
 * Owns:      the processes of the room, its listeners, its place in the limits.
 * Trust:     sshd, gate and edges may have been taken over. What sshd logs is read for the
 *            record and for penalties alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/list.h"
#include "base/rd.h"
#include "proc/door/source.h"
#include "proc/talk/door_proto.h"

struct ipc;
struct loop;
struct door_room;

/* Whom the door joins gates and edges with. */
enum door_peer { PEER_CORE, PEER_INTERCEPT, PEER_TOKEND, PEER_DESKD, PEER_KEYD, PEERS };
extern const char *const door_peer_names[PEERS];

enum { CODE_LOGINS_MAX = 256 };

/* What all rooms share; the door's. */
struct door_world {
	struct loop *loop;
	struct sources sources;
	struct list rooms;
	struct ipc *peer[PEERS];   /* NULL: not there now */
	struct buf host_keys;      /* public halves, one a line; empty: unknown yet */
	struct buf hosts;          /* of the directory below */
	int etc_fd;                /* deskd's directory; -1: none yet */
	char etc_path[4096], libexec[4096];
	int root_fd;               /* an empty root for the programs of a room */
	int elements_netns;        /* 0: edges stay in ours */
	unsigned uid, gid;
	const char *grammars; /* the operator's command grammars, for gates; or NULL */
	bool has_otp;
	struct code_login {        /* the latest logins with a one-time code, each person's newest among them */
		char user[DOOR_NAME_MAX + 1];
		uint64_t at_ns;
	} code[CODE_LOGINS_MAX];
	size_t n_codes_ever;
	uint64_t n_rooms_ever;
	unsigned n_failed_in_row;  /* rooms that could not be made */
	void (*changed)(void);     /* a room waits for a client, or one is gone */
};

/* Starts to make one. NULL: it could not be, and that was told. */
struct door_room *door_room_new(struct door_world *w);
/* One that waits for a client, or NULL. */
struct door_room *door_room_find_waiting(struct door_world *w);
/* Those that wait for a client, or are being made for none yet. */
size_t door_room_n_spare(const struct door_world *w);
size_t door_room_n(const struct door_world *w);

/* The client is in; takes `client`. It may still be in the making. */
void door_room_admit(struct door_room *r, int client, const uint8_t *address, struct source *from);
/* deskd's order for the gate of this name; takes `link`. */
void door_room_edge(struct door_world *w, const struct door_edge *e, int link);
/* Ends everything in the room of that gate. */
void door_room_cut(struct door_world *w, struct rd gate);
/* Ends it; its gate has some seconds to close the record. */
void door_room_end(struct door_room *r, const char *how);
/* Ends those that nobody is in: they were made from what is no longer so. */
void door_room_end_spare(struct door_world *w);
/* Ends all. */
void door_room_end_all(struct door_world *w, const char *how);
/* Kills and frees all. */
void door_room_free_all(struct door_world *w);
