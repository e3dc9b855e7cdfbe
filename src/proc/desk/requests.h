/*
 * Is:        requests, approvals and grants: from a wish to the text that officers sign, to
 *            the grant that stands on their signatures, to its end.
 * Is not:    sessions (sessions.h), or the judgement (policy/approval.h, policy/decide.h).
 * Called by: sessions, officers, change.
 * Owns:      the tables request and approval.
 * Trust:     wishes and signatures are hostile.
 *
 * A request is one row for ever; `state` goes from waiting to granted, denied or over, and
 * from granted to over or revoked. The row, the signatures and their records change in one
 * transaction.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "policy/approval.h"
#include "policy/place.h"
#include "proc/desk/book.h"

struct world;

enum { REQUEST_ID_LEN = 32, REQUEST_TEXT_MAX = 6000 };
#define REQUEST_ANSWER_S 1800 /* officers answer within this */

/* Somebody wants to cross. */
struct wish {
	uint32_t engineer, asset;
	enum channel channel;
	struct place at;
	struct rd place_text, purpose, ticket; /* the last two may be empty */
	struct rd rule; /* by which he wants to come, or empty; at most DESK_NAME_MAX */
	int64_t now;
};

enum wish_outcome {
	WISH_REFUSED = 0, /* the text says why, without telling what he may not know */
	WISH_GRANTED,     /* a grant stands: its id */
	WISH_WAITS,       /* for approvals of the request of this id */
	WISH_ASKS,        /* purpose or ticket is missing or cannot be taken: the text says */
};

/* Looks for a standing grant, then for a waiting request, and else makes one. */
enum wish_outcome requests_wish(const struct wish *w, char id[REQUEST_ID_LEN + 1], struct buf *text);

/* Who is asked, and what is missing yet. */
void requests_progress(struct rd id, struct buf *text);

/* A grant as it stands: gives its text (for grant_parse) and the roles behind it. False when
 * it does not stand: not granted, over, or too few of its officers are officers still. */
struct standing {
	struct buf text;
	struct grant grant; /* borrows `text` */
	uint32_t n_approvals, approvals[APPROVALS_MAX];
};
MUST_USE bool requests_standing(struct rd id, int64_t now, struct standing *out);
void standing_done(struct standing *s);

enum answer { ANSWER_TAKEN, ANSWER_GRANTED, ANSWER_REFUSED, ANSWER_LATER };

/* A signature over the request's text, brought by `officer`; `text` says what became of it, and
 * `*out_event` is the number of the record to wait for (book.h). ANSWER_LATER: nothing has been done
 * yet, keyd is asked about the signatures: again, when it has answered `*out_token` (checks.h). */
enum answer requests_approve(int officer, struct rd id, struct rd signature, struct buf *text, int64_t *out_event,
    uint64_t *out_token);

/* A glass was broken for a request that waits: it is granted without officers, whose place the
 * glass takes; `event` is the record of that. */
void requests_glass(struct rd id, struct rd glass, int64_t event, enum book_log log);

/* Waiting: denied. Granted: revoked. False when it is neither. */
MUST_USE bool requests_end(struct rd id, struct rd by, struct rd why, int64_t *out_event);
/* The same for all of a ticket, or of a person; returns how many. */
uint32_t requests_end_ticket(struct rd ticket, struct rd by);
uint32_t requests_end_person(struct rd name, struct rd by, struct rd why);

/* Ends what time has ended. */
void requests_expire(int64_t now);
/* After the policy or the roster changed: what waits has to be asked anew, what was granted
 * is judged again. */
void requests_rejudge(int64_t now);
