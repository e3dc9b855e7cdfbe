/*
 * Is:        what the command line of an officer and deskd say to each other, over the socket
 *            desk.socket of the state directory.
 * Is not:    a proof of who asks: that is the account of the peer, by the kernel's word.
 * Called by: deskd, cli.
 * Owns:      nothing.
 * Trust:     any account of the machine may connect: hostile until it is an officer, and
 *            checked all the same after.
 *
 * One question a connection: parts (what is too long for one message), then the question;
 * the answer is parts of canonical JSON, then its end with the status.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* officer to deskd */
enum {
	OFFICER_PART = 1, /* bytes, appended to the question's attachment */
	OFFICER_ASK = 2,  /* struct officer_ask; once */
};

/* deskd to officer */
enum {
	OFFICER_TEXT = 16,  /* bytes of the answer */
	OFFICER_END = 17,   /* u8 enum officer_status */
	OFFICER_WATCH = 18, /* one descriptor: watch frames (desk_proto.h) come from it */
};

enum officer_status { OFFICER_DONE = 0, OFFICER_REFUSED = 1, OFFICER_NOBODY = 2, OFFICER_NO_POLICY = 3 };

/* Numbers are for ever. What each needs is a row in proc/desk/officers.c. */
enum officer_verb {
	VERB_REQUESTS = 1, VERB_SHOW, VERB_APPROVE, VERB_DENY, VERB_GRANTS, VERB_REVOKE, VERB_ROSTER, VERB_ROSTER_REMOVE,
	VERB_SESSIONS, VERB_WATCH, VERB_HOLD, VERB_RESUME, VERB_END, VERB_ALLOW, VERB_REFUSE, VERB_POLICY_SHOW,
	VERB_POLICY_LOAD, VERB_POLICY_CONFIRM, VERB_POLICY_WITHDRAW, VERB_TICKET_CLOSED, VERB_HOST_KEY, VERB_REQUEST,
	VERB_GLASS_PREPARE, VERB_GLASS_LIST, VERB_GLASS_CLOSE, VERB_GLASS_BREAK, VERB_RECEIPT, VERB_N
};

enum { OFFICER_ARGS_MAX = 8, OFFICER_ARG_MAX = 4096, OFFICER_PART_MAX = 16000, OFFICER_ATTACHMENT_MAX = 48 << 20 };

struct officer_ask {
	enum officer_verb verb;           /* u8 */
	uint32_t n;                       /* u8 */
	struct rd arg[OFFICER_ARGS_MAX];  /* u16 length and bytes; UTF-8 */
};

void officer_ask_write(struct wr *w, const struct officer_ask *a);
MUST_USE bool officer_ask_read(struct rd *r, struct officer_ask *out);
