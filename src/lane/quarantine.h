/*
 * Is:        one file that waits between the two sides: which parts of it came, their
 *            hash, and the passage from "all came" to "may go on".
 * Is not:    the bytes: the process keeps them (ORDER_KEEP) and gives them back
 *            (ORDER_FETCH).
 * Called by: the lanes of files.
 * Owns:      its table of parts, bounded.
 * Trust:     offsets and sizes are hostile; what the process gives back is checked by hash.
 *
 *     put or come ..., vet -> LOOKING <-> HELD -> (ASKING) -> PASSED | REFUSED | ENDED
 *     then, to send it on: rewind, next/take ..., is_same
 * What comes in order is looked at while it comes, and fetched again only to go on; what comes out
 * of order, or may be written again, is looked at when all of it is there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/vec.h"
#include "crypto/sha256.h"
#include "lane/lane.h"

enum {
	QUARANTINE_PARTS_MAX = 1024,     /* stretches with holes between them */
	QUARANTINE_CHUNK = 32 * 1024,    /* bytes of one ORDER_FETCH */
};

/* Outcomes of quarantine_put. */
enum { QUARANTINE_FULL = 1 };

enum vet {
	VET_NONE,    /* still being filled */
	VET_LOOKING, /* waits for quarantine_fetched */
	VET_HELD,    /* ORDER_HOLD was given */
	VET_ASKING,  /* ORDER_ASK was given */
	VET_PASSED, VET_REFUSED, VET_ENDED,
};

struct quarantine_part { uint64_t at, len; };

struct quarantine {
	uint32_t id, ask_id;
	uint64_t max, n_out;
	bool is_upload, is_replaced;
	enum vet vet;
	struct vec parts;             /* struct quarantine_part: sorted, apart */
	size_t part;                  /* reading: where, and how much of it was asked for */
	uint64_t pos, asked;
	struct sha256 sha, sha_out;
	uint8_t hash[SHA256_LEN];     /* of what came */
	uint8_t released[SHA256_LEN]; /* of what goes on */
};

void quarantine_init(struct quarantine *q, uint32_t id, uint64_t max, bool is_upload);
/* For AUTO. Orders nothing: ORDER_DROP is the lane's. */
void quarantine_done(struct quarantine *q);

/* Keeps `bytes` at `at`. QUARANTINE_FULL: it would end beyond the maximum or make too many
 * parts; nothing was kept. */
MUST_USE int quarantine_put(struct quarantine *q, uint64_t at, struct rd bytes, struct lane_orders *o);
/* The same, of bytes that nobody will write again, and looks at them if the look has got to there. After VET_REFUSED
 * and VET_ENDED, which `vet` then says, nothing is kept. */
MUST_USE int quarantine_come(struct quarantine *q, const struct lane_hooks *hooks, struct rd path, uint64_t at,
    struct rd bytes, struct lane_orders *o);
/* Bytes in all parts, and where the last part ends. */
uint64_t quarantine_size(const struct quarantine *q);
uint64_t quarantine_end(const struct quarantine *q);
/* One part from 0, or nothing at all. */
bool quarantine_is_whole(const struct quarantine *q);

/* Looks at what was not looked at yet, and judges. `path` names it; `next_id` counts the ids of asks. */
enum vet quarantine_vet(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    uint32_t *next_id, struct lane_orders *o);
/* Bytes for the fetch that the look waits for. Other bytes than those asked for: ENDED. */
enum vet quarantine_fetched(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    struct rd bytes, uint32_t *next_id, struct lane_orders *o);
/* The answer to its ORDER_HOLD or ORDER_ASK. */
enum vet quarantine_answer(struct quarantine *q, const struct lane_hooks *hooks, struct rd path,
    bool allow, uint32_t *next_id, struct lane_orders *o);

/* Reading it to send it on: rewind, then one fetch at a time. */
void quarantine_rewind(struct quarantine *q);
/* Orders the next fetch; false when all was read. */
bool quarantine_next(struct quarantine *q, struct lane_orders *o);
/* Takes what was fetched; `*out_at` is its offset. False when it is not what was asked for. */
MUST_USE bool quarantine_take(struct quarantine *q, struct rd bytes, uint64_t *out_at);
/* After the last: the bytes were those that passed. */
MUST_USE bool quarantine_is_same(struct quarantine *q);
