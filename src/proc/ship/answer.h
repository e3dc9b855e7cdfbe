/*
 * Is:        what the answer of a witness or a mirror means (c2sp.org/tlog-witness,
 *            tlog-mirror): the one place that reads what they send.
 * Is not:    HTTP (http.h), nor what is done about it (ship/talk.h).
 * Called by: ship/talk.c.
 * Owns:      nothing: lines borrow the answer's body.
 * Trust:     hostile: whoever answers may send anything.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/mirror.h"
#include "evidence/note.h"

enum ship_meaning {
	SHIP_USELESS = 0,  /* an answer, but nothing that helps: `why` */
	SHIP_SIGNED,       /* `lines` hold a good signature by the key */
	SHIP_TAKEN,        /* of a mirror: it has the checkpoint, or part of the entries */
	SHIP_OTHER_SIZE,   /* it is at another size than was asked about: ask again from there */
	SHIP_CONTRADICTS,  /* it says that there is another history */
	SHIP_LATER,        /* it is busy or failing: try again */
};

struct ship_answer {
	enum ship_meaning meaning;
	const char *why;         /* for people */
	struct rd lines;         /* with SHIP_SIGNED */
	uint64_t size;           /* with SHIP_OTHER_SIZE of a witness, or add-checkpoint of a mirror */
	struct mirror_info info; /* with SHIP_TAKEN and SHIP_OTHER_SIZE of add-entries */
};

/* What was asked, as far as the answer is judged by it. */
struct ship_asked {
	struct rd note;             /* the checkpoint */
	const struct note_key *key; /* whose signature is expected */
	uint64_t old, size;         /* of add-checkpoint; of the checkpoint */
};

struct ship_reply {
	unsigned status;
	const char *type;
	struct rd body;
};

/* Judges the answer to add-checkpoint of a witness. */
void ship_answer_witness(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out);
/* To add-checkpoint of a mirror: it does not sign here. */
void ship_answer_pending(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out);
/* To add-entries of a mirror. */
void ship_answer_entries(const struct ship_asked *q, const struct ship_reply *r, struct ship_answer *out);
