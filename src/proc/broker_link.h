/*
 * Is:        both ends of broker.h: the door offers a newcomer, the other takes it.
 * Is not:    a check of what the newcomer may do.
 * Called by: door; evidenced, tokend, keyd and deskd for their link from "door".
 * Owns:      the receiving end's link.
 * Trust:     the door.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"
#include "os/ipc.h"
#include "os/loop.h"

/* Offers `fd` (takes it) as a link from `name`, which may hold a space. 0, or a negative
 * errno; a full queue is -EAGAIN. */
MUST_USE int broker_offer(struct ipc *to, const char *name, int fd);

/* As child.h `linked`: takes `fd`. A negative errno refuses the newcomer alone. */
typedef int broker_linked_fn(void *ctx, struct rd peer, int fd);

/* The receiving end of one link; lives in the caller's storage, zeroed. */
struct broker {
	struct ipc *door;
	broker_linked_fn *linked;
	void *ctx;
};

/* Over `fd` (takes it); a link that was there before is closed: its door is gone. */
MUST_USE int broker_serve(struct broker *b, struct loop *l, int fd, broker_linked_fn *linked, void *ctx);
void broker_done(struct broker *b);
