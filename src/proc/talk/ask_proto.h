/*
 * Is:        how a process asks tokend whether identifiers are subscribers of ours.
 * Is not:    a way to read the set: an answer holds no identifier, and names a person
 *            by a number that means nothing to any other asker.
 * Called by: members_link.c asks, askers.c answers.
 * Owns:      nothing.
 * Trust:     both sides check: the asker may have been taken over, and an answer that
 *            does not fit its question is none.
 *
 * ask:    u64 token, u16 n, n times { u8 kind (scan.h), u8 length, canonical value }
 * answer: u64 token, u8 status, u64 version, u32 share, u16 n, n times u32 person
 *
 * Tokens count up from 1 on each link; an answer bears its question's. `version` is
 * the set's, 0 when there is none. `share` is the chance, in parts of 2^32, that a
 * random number of the plan is a member. `person` is ASK_NOBODY, or the same number
 * for identifiers of the same person; n is 0 unless the status is ASK_ANSWERED.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/wr.h"
#include "inspect/scan.h"

enum {
	TOKEND_ASK = 1,       /* an asker's only message */
	TOKEND_ANSWER = 2,
};

enum ask_status {
	ASK_NO_SET = 0,  /* nothing was loaded since tokend started */
	ASK_ANSWERED,
	ASK_LIMITED,     /* this asker has asked more than its quota */
};

enum { ASK_IDS_MAX = 512, ASK_NOBODY = 0 };

struct ask_id {
	enum scan_kind kind;
	struct rd value; /* 1 to SCAN_VALUE_MAX bytes */
};

struct ask {
	uint64_t token;
	size_t n; /* 1 to ASK_IDS_MAX */
	struct ask_id id[ASK_IDS_MAX];
};

struct ask_answer {
	uint64_t token, version;
	enum ask_status status;
	uint32_t share;
	size_t n;
	uint32_t person[ASK_IDS_MAX];
};

void ask_write(struct wr *w, const struct ask *a);
/* All of `r`; values borrow its bytes. */
MUST_USE bool ask_read(struct rd *r, struct ask *out);

void ask_answer_write(struct wr *w, const struct ask_answer *a);
MUST_USE bool ask_answer_read(struct rd *r, struct ask_answer *out);
