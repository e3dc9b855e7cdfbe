/*
 * Is:        the judging of approvals: signatures over a grant's canonical text, by
 *            enough distinct officers who may.
 * Is not:    storage, or the cryptographic check (passed in).
 * Called by: deskd; the verifier of evidence, with the policy of that moment.
 * Owns:      nothing.
 * Trust:     texts and signatures are hostile.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "policy/grant.h"
#include "policy/policy.h"
#include "policy/sshsig.h"

#define APPROVAL_NAMESPACE "grant@slagboom"

enum { APPROVAL_MANY = 16 }; /* most approvals of one grant */

/* What a card's answer brings: the text that was signed, and the signature. */
struct approval {
	struct rd text;
	struct rd signature; /* armoured */
	int64_t at;          /* when it came */
};

/* Why one approval does not count. Any but the first is a finding's reason. */
enum approval_why {
	APPROVAL_GOOD, APPROVAL_MALFORMED, APPROVAL_NAMESPACE_WRONG, APPROVAL_RETARGETED,
	APPROVAL_ALTERED, APPROVAL_UNKNOWN_KEY, APPROVAL_FORGED, APPROVAL_NOT_TOUCHED,
	APPROVAL_BY_REQUESTER, APPROVAL_BY_SUPPLIER, APPROVAL_NOT_CURRENT, APPROVAL_NO_ROLE,
	APPROVAL_LATE, APPROVAL_TWICE, APPROVAL_WHY_N
};
extern const char *const approval_why_texts[APPROVAL_WHY_N];

/* Why the grant itself cannot stand, whoever signs it. */
enum approval_grant_why {
	APPROVAL_GRANT_GOOD, APPROVAL_GRANT_MALFORMED, APPROVAL_GRANT_USED, APPROVAL_GRANT_STALE,
	APPROVAL_GRANT_NOBODY, APPROVAL_GRANT_NO_RULE, APPROVAL_GRANT_BEYOND_RULE,
	APPROVAL_GRANT_OVER, APPROVAL_GRANT_TOO_FEW, APPROVAL_GRANT_WHY_N
};
extern const char *const approval_grant_why_texts[APPROVAL_GRANT_WHY_N];

/* What the judge cannot know by itself. */
struct approval_world {
	const struct policy *policy;  /* in force now */
	struct rd policy_hash;        /* of it, 64 hex digits */
	int64_t now;
	/* True when `s` is a valid signature over `message`. */
	bool (*verify)(void *ctx, const struct sshsig *s, struct rd message);
	/* True when a grant of this id was settled before. */
	bool (*is_used)(void *ctx, struct rd grant_id);
	void *ctx;
};

struct approval_result {
	enum verdict verdict;
	enum approval_grant_why grant_why;
	enum approval_why why[APPROVAL_MANY];
	int officer[APPROVAL_MANY]; /* index, or MODEL_NONE */
	uint32_t n_good;
	uint32_t n_needed;
	uint32_t roles[APPROVALS_MAX]; /* of the good ones, for a crossing */
};

/* Who signed `text` in `name_space`: the officer whose key it is, touched where it is a hardware
 * key; or MODEL_NONE, also when an engineer has the same key. Whether he is one now is not
 * looked at. Of `w` only policy, verify and ctx. */
int approval_officer(const struct approval_world *w, const char *name_space, struct rd text, struct rd armored);

/* Judges `n` approvals (those beyond APPROVAL_MANY do not count). Zeroed is a denial. */
struct approval_result approval_judge(const struct approval_world *w, struct rd grant_text,
    const struct approval *approvals, uint32_t n);
