/*
 * Is:        what the command line of an officer and deskd say to each other, over the socket
 *            desk.socket of the state directory.
 * Is not:    a password: who asks is the account of the peer, by the kernel's word, or who
 *            proves to hold an officer's key.
 * Called by: deskd, cli.
 * Owns:      nothing.
 * Trust:     any account of the machine may connect: hostile until it is an officer, and
 *            checked all the same after.
 *
 * One question a connection: a proof, where the account is not an officer's; parts (what is
 * too long for one message); then the question. The answer is parts of canonical JSON, then
 * its end with the status. The proof is a signature by `ssh-keygen -Y sign` in the namespace
 * OFFICER_NAMESPACE over the text that deskd made for this connection:
 *
 *     slagboom-officer/1
 *     origin <of the gate's record>
 *     nonce <64 hex digits>
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
	OFFICER_WHO = 3,  /* asks for a text to sign; once */
	OFFICER_PROOF = 4, /* the signature, armoured; once, after OFFICER_WHO */
};

/* deskd to officer */
enum {
	OFFICER_TEXT = 16,  /* bytes of the answer */
	OFFICER_END = 17,   /* u8 enum officer_status */
	OFFICER_SIGN = 19,  /* the text to sign */
	OFFICER_WATCH = 18, /* one descriptor: watch frames (desk_proto.h) come from it */
};

#define OFFICER_NAMESPACE "officer@slagboom"
#define OFFICER_TEXT_BEGIN "slagboom-officer/1\n"
enum { OFFICER_SIGN_MAX = 512, OFFICER_PROOF_MAX = 4096 };

enum officer_status { OFFICER_DONE = 0, OFFICER_REFUSED = 1, OFFICER_NOBODY = 2, OFFICER_NO_POLICY = 3 };

/* Numbers are for ever. What each needs is a row in proc/desk/officers.c. */
enum officer_verb {
	VERB_REQUESTS = 1, VERB_SHOW, VERB_APPROVE, VERB_DENY, VERB_GRANTS, VERB_REVOKE, VERB_ROSTER, VERB_ROSTER_REMOVE,
	VERB_SESSIONS, VERB_WATCH, VERB_HOLD, VERB_RESUME, VERB_END, VERB_ALLOW, VERB_REFUSE, VERB_POLICY_SHOW,
	VERB_POLICY_LOAD, VERB_POLICY_CONFIRM, VERB_POLICY_WITHDRAW, VERB_TICKET_CLOSED, VERB_HOST_KEY, VERB_REQUEST,
	VERB_GLASS_PREPARE, VERB_GLASS_LIST, VERB_GLASS_CLOSE, VERB_GLASS_BREAK, VERB_GLASS_REPORT, VERB_RECEIPT,
	VERB_HOST_KEYS, VERB_PLAY, VERB_OTP_ENROL, VERB_OTP_REMOVE, VERB_OTP_LIST, VERB_N
};

enum { OFFICER_ARGS_MAX = 8, OFFICER_ARG_MAX = 4096, OFFICER_PART_MAX = 16000, OFFICER_ATTACHMENT_MAX = 48 << 20 };

struct officer_ask {
	enum officer_verb verb;           /* u8 */
	uint32_t n;                       /* u8 */
	struct rd arg[OFFICER_ARGS_MAX];  /* u16 length and bytes; UTF-8 */
};

void officer_ask_write(struct wr *w, const struct officer_ask *a);
MUST_USE bool officer_ask_read(struct rd *r, struct officer_ask *out);
