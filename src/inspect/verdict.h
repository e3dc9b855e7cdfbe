/*
 * Is:        from a finding and membership to a verdict: what may be said of it.
 * Is not:    a count of exposures (inspector.h) or a look-up (members.h answers it).
 * Called by: inspector_count.c.
 * Owns:      nothing.
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
#include "inspect/scan.h"

enum exposure_verdict {
	VERDICT_NONE = 0, /* a weak one with no reason to believe it */
	VERDICT_SHAPE,    /* looks like one: length, prefix, check digits */
	VERDICT_PLAN,     /* a number of the operator's plan */
	VERDICT_MEMBER,   /* one of ours */
};

/* Whether an identifier is a subscriber of ours. */
enum membership {
	MEMBERSHIP_UNKNOWN = 0, /* no answer could be had */
	MEMBERSHIP_NONE,
	MEMBERSHIP_MEMBER,
};

enum { VERDICT_NEAR = 256 /* bytes between two identifiers of one person */ };

/* A finding and what is known of it. */
struct sighting {
	enum scan_kind kind;
	bool weak; /* its form, or what it was decoded from, says little by itself */
	bool in_plan;
	enum membership membership;
	uint32_t person; /* of a member: the same for identifiers of one person; 0: not known */
	unsigned stream; /* offsets compare within one stream */
	uint64_t offset;
};

/* `reason`: something beside the form says that it is meant. While membership is unknown
 * a weak form counts as the number of the plan that it is: never less than with it. */
enum exposure_verdict verdict_of(const struct sighting *s, bool reason);

/* Whether numbers of the kind are so few that one at random is a member's now and then. */
bool verdict_may_be_chance(enum scan_kind kind);

/* Two identifiers of different kinds and of the same person, near one another. */
bool verdict_is_pair(const struct sighting *a, const struct sighting *b);

/* So many members among the different weak findings are no chance, when a random one is a
 * member with chance `share`. */
bool verdict_is_beyond_chance(uint64_t tried, uint64_t members, double share);

/* Chance of `k` or more successes in `n` trials of chance `p`. */
double verdict_binomial_tail(uint64_t n, uint64_t k, double p);

const char *verdict_name(enum exposure_verdict v);
