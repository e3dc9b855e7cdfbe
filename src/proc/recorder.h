/*
 * Is:        the asker's side of record_proto: events go to evidenced in order, and
 *            whoever waits learns that they are durable.
 * Is not:    a guarantee without an answer: what was not acknowledged is not recorded.
 * Called by: the supervisor, and every process that records.
 * Owns:      its link and the queue of what has not been acknowledged.
 * Trust:     evidenced.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "os/ipc.h"
#include "proc/record_proto.h"

/* Bytes of requests that may wait for their answer. */
enum { RECORDER_QUEUE_MAX = 1 << 20 };

struct recorder_link {
	struct loop *loop;
	struct ipc *link;
	uint64_t asked, durable; /* tokens, of this link */
	struct buf queue;        /* {u16 length, request} not yet acknowledged, oldest first */
	size_t n_queue, n_sent;  /* requests in the queue; the first n_sent went out */
	size_t sent_len;         /* bytes of those */
};

void recorder_init(struct recorder_link *r, struct loop *l);
void recorder_done(struct recorder_link *r);

/* Evidenced is there (again): takes `fd` and sends what waits; what was sent before
 * and not acknowledged is sent again, since nobody knows whether it was recorded. */
MUST_USE int recorder_linked(struct recorder_link *r, int fd);

/* Queues an event outside any session. False when the queue is full: the caller
 * must stop doing what it cannot record. */
MUST_USE bool recorder_event(struct recorder_link *r, const struct event *e);
