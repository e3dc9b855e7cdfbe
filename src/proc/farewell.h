/*
 * Is:        the last words to whoever is connected and gets nothing: said, and the socket kept for a
 *            moment. Closed at once, what the other had sent unread would reset the connection under them.
 * Is not:    a choice of words, or a reader.
 * Called by: the door (turned_away.c), the gate (ssh_inside.c).
 * Owns:      their sockets for a moment, at most FAREWELL_MAX: the one that was held longest leaves when
 *            there is no room.
 * Trust:     nothing that they send is read.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "os/loop.h"

enum { FAREWELL_MAX = 64 };

struct farewell {
	struct loop *loop;
	struct loop_timer timer;
	struct {
		int fd; /* -1: none */
		uint64_t until_ns;
	} held[FAREWELL_MAX];
	size_t hand;
};

void farewell_init(struct farewell *f, struct loop *l);
void farewell_done(struct farewell *f);

/* Takes the socket, which has just come: nothing was written to it. */
void farewell_say(struct farewell *f, int fd, struct rd words);
