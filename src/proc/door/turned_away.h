/*
 * Is:        the end of connections that are turned away before they have a room: words for the
 *            client (proto/sshbye.h), and an event now and then.
 * Is not:    the decision (source.h).
 * Called by: door.
 * Owns:      nothing; farewell.h does their sockets.
 * Trust:     nothing that they send is read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "evidence/event.h"
#include "os/loop.h"
#include "proc/door/source.h"
#include "proc/farewell.h"

struct turned_away {
	struct loop *loop;
	struct loop_timer tell;
	struct farewell *farewell;
	/* A flood of them must not become a flood of records: what is not told yet. */
	unsigned n;
	uint64_t told_ns;
	uint8_t address[EVENT_ADDRESS_LEN];
	const char *why;
};

void turned_away_init(struct turned_away *t, struct loop *loop, struct farewell *f);

/* Takes the socket. */
void turned_away_add(struct turned_away *t, int fd, const uint8_t *address, enum source_answer why);
