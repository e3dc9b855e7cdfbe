/*
 * Is:        the conversation with one witness, or the mirror, about one log: which size it
 *            is at, what it is asked, what its answers lead to, when it is asked again.
 * Is not:    the meaning of an answer (ship/answer.h) or HTTP (http.h).
 * Called by: ship/log.c.
 * Owns:      its request.
 * Trust:     the other side is hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/event.h"
#include "evidence/mirror.h"
#include "os/loop.h"
#include "proc/ship/answer.h"

struct http;
struct http_call;
struct http_place;
struct ship_log;

enum talk_state {
	TALK_RESTS,
	TALK_WANTS_PROOF,   /* of evidenced: [known, size) */
	TALK_WANTS_ENTRIES, /* of evidenced: [next, size) */
	TALK_ASKS,          /* add-checkpoint */
	TALK_UPLOADS,       /* add-entries */
	TALK_LOOKS,         /* for the checkpoint with which it contradicts us */
};

struct ship_talk {
	struct ship_log *log;
	struct http *http;
	const struct http_place *place;
	const struct note_key *key;
	char name[EVENT_NAME_MAX + 1];
	bool is_mirror;
	enum talk_state state;
	struct buf note;      /* the checkpoint that is asked about */
	uint64_t size;
	uint64_t known;       /* the size that it is at, as far as we know; 0: unknown */
	uint64_t done;        /* the size that it has signed */
	uint64_t next;        /* of a mirror: the first entry that it has not, if knows_next */
	bool knows_next;
	struct mirror_info info;
	unsigned tries;       /* about this checkpoint */
	unsigned fails;       /* in a row */
	enum event_id said;   /* how it failed, when that was told */
	enum ship_meaning failing;
	struct http_call *call;
	struct buf body;
	char path[96];
	struct loop_timer retry;
};

/* `t` stays where it is until talk_done. */
void talk_init(struct ship_talk *t, struct ship_log *log, struct http *h, const struct http_place *place,
    const struct note_key *key);
void talk_done(struct ship_talk *t);

/* Asks about the log's checkpoint, unless it is busy, has signed it, or must wait. */
void talk_begin(struct ship_talk *t);
/* Forgets what it was about: evidenced has begun anew. */
void talk_reset(struct ship_talk *t);

/* It has signed the checkpoint of `size`, or is known not to answer now. */
bool talk_is_settled(const struct ship_talk *t, uint64_t size);

/* Evidenced's answers to TALK_WANTS_*. */
void talk_proof(struct ship_talk *t, const struct merkle_proof *proof);
MUST_USE bool talk_entries(struct ship_talk *t, struct rd part);
void talk_entries_end(struct ship_talk *t);
void talk_not_now(struct ship_talk *t);
