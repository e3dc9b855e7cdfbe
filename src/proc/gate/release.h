/*
 * Is:        the release rule (law 4): what goes to either side is queued in groups; a group is
 *            sealed into the recording, its record asked of evidenced, and only when both are
 *            durable do its bytes leave.
 * Is not:    a judge: what comes here was looked at.
 * Called by: gate/session.c, gate/orders.c.
 * Owns:      the groups and the bytes on their way.
 * Trust:     nothing here reads the bytes.
 *
 *     put -> open group -> seal: segment written, record asked -> flying
 *         -> durable: the record's answer came and the reel is synced -> outlets -> the
 *            engineer's descriptors, the edge
 *
 * While one group flies the next fills; at most RELEASE_FLYING_MAX fly at once. A group is sealed
 * as soon as nothing flies, but after a large one RELEASE_BULK bytes or RELEASE_BULK_NS are waited
 * for: each costs a key exchange, a record and two syncs, whatever its size. The outlets of
 * the two sides are apart, so that a side that does not read stops only its own direction.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/list.h"
#include "base/vec.h"
#include "os/loop.h"
#include "proc/evidenced/sealer.h"

struct ipc;
struct session;

#define GATE_DOWN_MAX ((size_t)4 << 20) /* to the engineer: above it the element is not read */
#define GATE_UP_MAX ((size_t)1 << 20)   /* to the element: above it the engineer is not read */
#define GATE_ASIDE_MAX ((size_t)4 << 20) /* to the recording alone: above it neither is read */
enum {
	RELEASE_GROUP_BYTES = 1 << 20, /* a group is sealed at this size even while others fly */
	RELEASE_FLYING_MAX = 3,
	RELEASE_BULK = 256 << 10,
	RELEASE_OUT_MAX = 16 << 20,    /* of one outlet, and of one group */
};

#define RELEASE_BULK_NS (3ull * 1000000)

/* Where a step goes once it is durable. */
enum step_to {
	STEP_NOWHERE, /* in the recording alone */
	STEP_OUT, STEP_ERR, /* the engineer */
	STEP_INPUT,   /* bytes for the element */
	STEP_EDGE,    /* a message to the edge, of `type` */
};

struct step {
	enum step_to to;
	uint16_t type;
	uint8_t frame; /* enum frame_kind; 0: not in the recording, as a credential */
	uint64_t time_us;
	size_t len;
};

struct group {
	struct list node;
	struct vec steps;
	struct buf bytes; /* of the steps, one after the other */
	uint64_t token, asked_ns, began_ns;
	uint64_t n_sealed; /* segments of the tape that must be synced before it goes */
};

struct release {
	struct session *session;
	struct loop_timer seal;
	struct group *open;
	struct buf spare;          /* memory of a large group that has left, for the next */
	bool is_bulk;              /* the last group was large */
	struct list flying;
	size_t n_flying;
	size_t down, up, aside;    /* bytes that have not left yet; those in the recording alone */
	struct buf out, err;       /* durable, for the engineer */
	struct buf edge;           /* durable, for the edge: {u16 type, u16 length, bytes} */
	bool want_out, want_err;   /* the descriptor was full */
	uint64_t began_ns;
	uint64_t from_bytes, to_bytes, stderr_bytes, n_segments; /* released or about to be */
};

void release_init(struct release *r, struct session *s);
void release_done(struct release *r);

/* Queues; false: too much is queued, and the session must end. `bytes` may be empty for
 * STEP_EDGE. */
MUST_USE bool release_put(struct release *r, enum step_to to, uint16_t type, uint8_t frame, struct rd bytes);

/* Requests up to `token` are durable. */
void release_durable(struct release *r, uint64_t token);
/* The engineer's descriptors, or the edge's link, take more. */
void release_flush(struct release *r);

/* Whether that side may be read now. */
bool release_has_room_down(const struct release *r);
bool release_has_room_up(const struct release *r);
/* Nothing is open, flying, or on its way to the engineer. */
bool release_is_empty(const struct release *r);
/* When the oldest group that flies was asked; 0: none. */
uint64_t release_oldest_ns(const struct release *r);
/* Drops everything that is not durable: the record failed. */
void release_drop(struct release *r);
/* Bytes of ours, without a record: before a recording begins, or when it failed. */
void release_tell(struct release *r, bool to_err, struct rd text);
