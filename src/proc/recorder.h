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
#include "proc/evidenced/marks.h"
#include "proc/talk/record_proto.h"

/* Bytes of requests that may wait for their answer. */
enum { RECORDER_QUEUE_MAX = 1 << 20, RECORDER_OTHER_MAX = 1 << 16 };

/* What a process with sessions is told. None may call recorder_done. */
struct recorder_calls {
	/* Requests up to `token` are on the disk. */
	void (*durable)(void *ctx, uint64_t token);
	/* The link is lost. What was not acknowledged was perhaps recorded and perhaps not,
	 * is not sent again, and must be released never: its sessions end. */
	void (*gone)(void *ctx);
	/* The answer to recorder_reel: takes `fd`; or -1, and why. */
	void (*reel)(void *ctx, const struct record_reel *a, int fd);
	/* The answer to recorder_share: stored if `why` is empty. */
	void (*share)(void *ctx, const struct record_share *a);
	/* The answer to recorder_spool: takes `fd`; -1: there is none. */
	void (*spool)(void *ctx, int fd);
};

struct recorder_link {
	struct loop *loop;
	struct ipc *link;
	uint64_t asked, durable; /* tokens, of this link */
	uint64_t durable_seq;    /* the number in the log of the record of token `durable` */
	struct marks closed;     /* the same of the last session.closed records */
	struct buf queue;        /* {u16 length, request} not yet acknowledged, oldest first */
	size_t n_queue, n_sent;  /* requests in the queue; the first n_sent went out */
	size_t sent_len;         /* bytes of those */
	struct buf other;        /* {u16 type, u16 length, body} not yet sent: reels, shares */
	const struct recorder_calls *calls; /* NULL: no sessions */
	void *ctx;
};

void recorder_init(struct recorder_link *r, struct loop *l);
void recorder_done(struct recorder_link *r);

/* From now on this process has sessions: `calls` are made, and a lost link is told
 * instead of mended. Before recorder_linked. */
void recorder_watch(struct recorder_link *r, const struct recorder_calls *calls, void *ctx);

/* Evidenced is there (again): takes `fd` and sends what waits; what was sent before
 * and not acknowledged is sent again, since nobody knows whether it was recorded. */
MUST_USE int recorder_linked(struct recorder_link *r, int fd);

/* Queues an event outside any session. False when the queue is full: the caller
 * must stop doing what it cannot record. */
MUST_USE bool recorder_event(struct recorder_link *r, const struct event *e);

/* Queues a record; its own `token` is not looked at. Gives the token to wait for:
 * it is durable when `durable` was called with that or a higher one. False when there is
 * no link, the queue is full, or a value cannot stand in a record. */
MUST_USE bool recorder_ask(struct recorder_link *r, const struct record_ask *a, uint64_t *out_token);

/* Ask for a new reel of a recording (evidence/reel.h), and for a keeper's share of its
 * key to be stored. False when there is no link or the queue is full. */
MUST_USE bool recorder_reel(struct recorder_link *r, const uint8_t *recording, uint32_t reel);
MUST_USE bool recorder_share(struct recorder_link *r, const uint8_t *recording, struct rd keeper, struct rd sealed);
/* Asks for a spool; once on each link. */
MUST_USE bool recorder_spool(struct recorder_link *r);
