/*
 * Is:        from a finding and membership to a verdict: what may be said of it.
 * Is not:    a count of exposures (session.h) or a look-up (members.h answers it).
 * Called by: the union of the layers, the structured lanes.
 * Owns:      a session's tallies of weak findings.
 * Trust:     findings from hostile streams.
 *
 * A strong form of a member is a fact. A weak form of a member may be chance: a random
 * number of the plan is a member as often as members fill the plan (7 % for a large
 * operator's mobile numbers). It counts only with a reason: a word of context beside
 * it, another identifier of the same person near it, or more members among the weak
 * findings of the session than chance explains.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "inspect/members.h"
#include "inspect/scan.h"

enum exposure_verdict {
	VERDICT_NONE = 0, /* a weak form with no reason to believe it */
	VERDICT_SHAPE,    /* looks like one: length, prefix, check digits */
	VERDICT_PLAN,     /* a number of the operator's plan */
	VERDICT_MEMBER,   /* one of ours */
};

enum { VERDICT_NEAR = 256 /* bytes between two identifiers of one person */ };

/* One session's tallies. All zero is the start. */
struct verdicts {
	struct {
		uint64_t tried, members;
		double expected; /* members by chance among the tried */
	} form[SCAN_FORMS];
	struct {
		uint64_t offset;
		uint32_t person;
		enum scan_kind kind;
	} last; /* the member seen last, in whatever form */
};

/* The verdict on `f`; `*out_person` is the member's number or MEMBERS_NOBODY. `m` may be
 * NULL: no set is loaded. `context`: a word nearby says what the number is (literal.h). */
MUST_USE enum exposure_verdict verdict_of(struct verdicts *v, const struct members *m, const struct plan *plan,
				 const struct scan_finding *f, bool context, uint32_t *out_person);

/* Chance of `k` or more successes in `n` trials of chance `p`. */
double verdict_binomial_tail(uint64_t n, uint64_t k, double p);

const char *verdict_name(enum exposure_verdict v);
