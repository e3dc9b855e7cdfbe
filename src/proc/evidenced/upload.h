/*
 * Is:        entries on their way to the mirror: the packages that shipd asked for, with their
 *            proofs, as fast as the link takes them.
 * Is not:    the network (shipd), nor when they are asked for (publish.c).
 * Called by: publish.
 * Owns:      what was made and not sent yet.
 * Trust:     shipd may have been taken over: it asks for what it likes, of what it may read anyway.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "os/ipc.h"

struct tiler;

struct upload {
	struct buf parts;
	uint64_t from, until;
	bool is_open, said_erased;
};

void upload_init(struct upload *u);
void upload_done(struct upload *u);
/* Whoever asked is gone. */
void upload_forget(struct upload *u);

/* Packages of the entries from `from` on, towards the tree `to`. 0, or a negative errno when they
 * cannot be had now. Nothing else is open. */
MUST_USE int upload_make(struct upload *u, struct tiler *t, uint64_t from, uint64_t to);

/* As much as the link takes; the rest when it has drained. */
void upload_send(struct upload *u, struct ipc *link);
