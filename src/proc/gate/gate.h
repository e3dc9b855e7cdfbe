/*
 * Is:        the gate of one room, as its files share it.
 * Is not:    a session in it (gate/state.h).
 * Called by: gate*.c and their tests.
 * Owns:      nothing; gate/room.c does.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "proc/farewell.h"
#include "proc/gate/spool.h"
#include "proc/recorder.h"
#include "proc/talk/desk_proto.h"

struct gate;
struct gate_grammars;
struct members_link;
struct plan;

#define GATE_PATIENCE_NS 5000000000ull /* for an answer of evidenced, and of deskd to a command */
enum {
	GATE_SESSIONS_MAX = 64, /* sshd's MaxSessions is below it */
	GATE_TEXT_MAX = 4096,
	HOSTS_MAX = 1 << 20,
};

/* What the gate's process is told. */
struct gate_calls {
	/* A peer broke its protocol. */
	void (*refused)(const char *peer, const char *why);
	/* After gate_room_stop: the last session is over. */
	void (*stopped)(void);
	/* SSH inside SSH was asked for, to `asset`. */
	void (*forward_refused)(const struct gate *g, struct rd asset);
};

/* One of the two logs. */
struct gate_log {
	struct gate *gate;
	struct recorder_link link;
	struct spool spool; /* of what its sessions have in quarantine */
	bool is_spool_asked, is_spool_settled;
};

struct gate {
	struct loop *loop;
	const struct gate_calls *calls;
	struct ipc *door, *desk;
	struct gate_log core, intercept;
	struct plan *plan;
	struct members_link *members; /* asks tokend */
	struct gate_grammars *grammars;
	struct list sessions, listeners, inside /* gate/ssh_inside.c */;
	struct farewell farewell;
	size_t n_sessions, n_inside;
	uint32_t last_n;
	/* who is in the room: all sessions are his */
	bool is_asked, is_known, is_stopping;
	uint32_t uid;
	struct gate_who { bool is_told; uint32_t uid; struct buf login, address, auth; } who; /* GATE_WHO */
	char login[DESK_NAME_MAX + 1], engineer[DESK_NAME_MAX + 1], supplier[DESK_NAME_MAX + 1];
	struct buf address; /* text of SSH_CONNECTION's first word */
	struct buf hosts;   /* GATE_HOSTS */
};
