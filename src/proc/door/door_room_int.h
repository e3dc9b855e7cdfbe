/*
 * Is:        what the files of a room share: its state, and who tells what of it.
 * Is not:    for anybody else; door_room.h is.
 * Called by: door_room.c, door_room_gate.c, door_room_log.c.
 * Owns:      nothing.
 * Trust:     as door_room.h.
 */
#pragma once

#include "os/loop.h"
#include "proc/door/door_room.h"
#include "proc/door/people.h"
#include "proc/passing.h"
#include "proc/talk/spoken.h"

enum {
	ROOM_LISTENERS_MAX = 2 + ROOM_PORTS_MAX, ROOM_EDGES_MAX = 16, ROOM_PERSON_MAX = 32, ROOM_TOLD_MAX = 64,
	ROOM_USER_LEN = 128, ROOM_HOST_KEYS_LINKS_MAX = 4
};

enum room_state { ROOM_IN_MAKING, ROOM_WAITS, ROOM_IS_OPEN, ROOM_ENDS };

struct room_listener {
	struct door_room *room;
	uint8_t kind;
	uint16_t port;
	int fd;
	struct loop_watch *watch;
};

struct room_edge {
	struct door_room *room;
	struct passing process;
	char credential[DOOR_CREDENTIAL_MAX + 1];
};

struct door_room {
	struct list in; /* world's rooms */
	struct door_world *world;
	char name[PASSING_NAME_MAX]; /* its gate's: "gate-7" */
	enum room_state state;
	/* The first process of the room. */
	pid_t pid;
	int pidfd;
	struct loop_watch *pid_watch;
	struct ipc *control;
	struct spoken log; /* sshd's */
	struct room_listener listener[ROOM_LISTENERS_MAX];
	size_t n_listeners;
	/* The client. */
	int client; /* until the room is made */
	uint8_t address[EVENT_ADDRESS_LEN];
	uint32_t round_trip_us; /* the least; 0: unknown */
	struct source *from; /* NULL: none yet */
	bool logged_in, has_crashed, was_late;
	const char *turned_away; /* after his login: why, for the record. NULL: he was not */
	const char *turned_words; /* then: why, for him */
	struct ipc *turned_link; /* to whatever he started, until it is told */
	unsigned n_failed;
	char user[ROOM_USER_LEN], why[64]; /* as sshd named it last; why it is not in */
	char key[96]; /* the fingerprint that he came with, as sshd has it */
	uint64_t since_ns;
	unsigned n_host_keys;       /* links to keyd that it was given */
	unsigned n_told, n_dropped; /* lines of its log */
	char how[64]; /* it ends */
	struct loop_timer watchdog;
	/* Its processes outside. */
	struct passing gate;
	bool gate_was_up, gate_knows_who;
	struct ipc *gate_link;
	struct room_edge *edge[ROOM_EDGES_MAX];
	unsigned n_edges_ever;
};

/* door_room_gate.c: the gate, once somebody knocks inside. */
void room_gate_start(struct door_room *r);
/* Tells it who is in, as soon as that is known, and why the room is over. */
void room_gate_who(struct door_room *r);
void room_gate_end(struct door_room *r, const char *how, bool he_left);
/* An edge or the gate is gone; `crashed`: not of itself, nor by us. */
void room_process_ended(struct door_room *r, bool crashed);
/* He is in, and gets nothing: what he starts is told why in these words, then it ends. Both outlive the room. */
void room_turn_away(struct door_room *r, const char *why, const char *words);

/* door_room_log.c: what sshd says, and what is told of a room. */
void room_log_line(void *ctx, struct rd line);
void room_tell_connected(const struct door_room *r);
void room_tell_end(struct door_room *r);
void room_tell_failed(const struct door_room *r, const char *why);
