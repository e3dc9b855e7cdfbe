/*
 * Is:        what officers signed, out of the records of a pack: the text of each request, the
 *            signature of each approval, byte for byte.
 * Is not:    a judgement of a signature: whoever knows officers' keys makes it.
 * Called by: pack.c, slagboom prove.
 * Owns:      copies of texts and signatures.
 * Trust:     hostile records, counted against limits.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/vec.h"
#include "evidence/record.h"

enum { PACK_SIGNED_MAX = 4096 };

struct signed_request {
	uint8_t grant[RECORD_ID_LEN];
	struct buf text;
};

struct signed_approval {
	uint64_t index; /* of its record */
	uint8_t grant[RECORD_ID_LEN];
	char actor[EVENT_NAME_MAX + 1];
	struct buf signature;
};

struct pack_signed {
	struct vec requests, approvals; /* by ascending index */
};

void pack_signed_init(struct pack_signed *p);
/* For AUTO. */
void pack_signed_done(struct pack_signed *p);

/* Takes what a record says; those of other events are passed over. NULL, or what is wrong. */
const char *pack_signed_note(struct pack_signed *p, const struct record_view *v);

/* The text that the approval signs, or NULL when its request is not among the records. */
const struct buf *pack_signed_text(const struct pack_signed *p, const struct signed_approval *a);
/* The first approval from number `from` on whose text is there, or NULL; *out_at is its number. */
const struct signed_approval *pack_signed_next(const struct pack_signed *p, size_t from, size_t *out_at);
/* How many there are of them. */
uint64_t pack_signed_count(const struct pack_signed *p);
