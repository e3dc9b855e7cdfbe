/*
 * Is:        the links to the gates, one a room: who is in it, and what the gate asks.
 * Is not:    the sessions in it (sessions.h).
 * Called by: deskd, door, sessions.
 * Owns:      its links.
 * Trust:     a gate may have been taken over.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/list.h"
#include "base/rd.h"
#include "proc/table.h"
#include "proc/talk/desk_proto.h"

struct ipc;
struct loop;

enum { ROOMS_MAX = PROCESS_ROOMS_MAX, ROOM_SESSIONS_MAX = 32, ROOM_ADDRESS_MAX = 64, ROOM_NAME_MAX = 64 };

struct room {
	struct list node;
	struct ipc *link;
	char name[ROOM_NAME_MAX + 1];     /* "gate-7" */
	char engineer[DESK_NAME_MAX + 1]; /* "" until he is known */
	char address[ROOM_ADDRESS_MAX + 1]; /* by the door's word, where it has given it */
	uint32_t round_trip_us;             /* the least, by the door's word; 0: unknown */
	uint32_t n_sessions;
	int64_t cut_at;                     /* when it ends at the latest, 0: it does not */
	uint64_t serial;
};

void rooms_init(struct loop *l);
void rooms_done(void);
/* The door says who is in the room of the gate that it is about to bring. */
void rooms_came(struct rd gate, struct rd address, uint32_t round_trip_us);
/* A gate is there: takes `fd`. */
MUST_USE int rooms_linked(struct rd gate, int fd);

/* Sends; a gate that does not read its link loses it. `texts` is a letter for each argument:
 * 't' struct rd as text, 'b' uint32_t as u8, 'w' uint32_t as u32, 'q' uint64_t. */
void rooms_send(struct room *r, uint16_t type, uint32_t n, const char *types, ...);
/* Takes `fd` whatever comes of it. */
MUST_USE bool rooms_send_fd(struct room *r, uint16_t type, struct rd body, int fd);

/* Ends the rooms of somebody who left: at once those without a session, the others when the
 * sessions that were told to end have closed, or did not in time. */
void rooms_cut(struct rd engineer);
/* The clock's second. */
void rooms_second(int64_t now);
