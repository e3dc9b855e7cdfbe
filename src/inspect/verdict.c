/*
 * Is:        from a finding and membership to a verdict.
 * Is not:    a count of exposures.
 * Called by: inspector_count.c.
 * Owns:      nothing.
 * Trust:     findings from hostile streams.
 */
#include "inspect/verdict.h"

#include <math.h>

#include "base/def.h"

/* So unlikely must the members among weak findings be before chance is ruled out: once
 * in a million sessions of only random numbers, and never on fewer than three. */
static const double chance_limit = 1e-6;
enum { MEMBERS_MIN = 3 };

double verdict_binomial_tail(uint64_t n, uint64_t k, double p)
{
	double term, sum;

	if (k == 0)
		return 1;
	if (k > n || p <= 0)
		return 0;
	if (p >= 1)
		return 1;
	/* The terms from k on, each from the one before; they fall once k > np. */
	term = lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
	       (double)k * log(p) + (double)(n - k) * log1p(-p);
	term = exp(term);
	sum = term;
	for (uint64_t i = k; i < n && i - k < 100000; i++) {
		term *= (double)(n - i) / (double)(i + 1) * p / (1 - p);
		sum += term;
		if ((double)i > (double)n * p && term < sum * 1e-12)
			break;
	}
	return sum < 1 ? sum : 1;
}

bool verdict_is_beyond_chance(uint64_t tried, uint64_t members, double share)
{
	return members >= MEMBERS_MIN && verdict_binomial_tail(tried, members, share) < chance_limit;
}

bool verdict_may_be_chance(enum scan_kind kind)
{
	return kind != SCAN_IMEI; /* of 10^14 */
}

bool verdict_is_pair(const struct sighting *a, const struct sighting *b)
{
	const uint64_t apart = a->offset > b->offset ? a->offset - b->offset : b->offset - a->offset;

	return a->person != 0 && a->person == b->person && a->kind != b->kind && a->stream == b->stream && apart <= VERDICT_NEAR;
}

enum exposure_verdict verdict_of(const struct sighting *s, bool reason)
{
	const enum exposure_verdict without = s->in_plan ? VERDICT_PLAN : VERDICT_SHAPE;

	if (!s->weak)
		return s->membership == MEMBERSHIP_MEMBER ? VERDICT_MEMBER : without;
	switch (s->membership) {
	case MEMBERSHIP_UNKNOWN:
		return s->in_plan ? VERDICT_PLAN : VERDICT_NONE;
	case MEMBERSHIP_MEMBER:
		return reason ? VERDICT_MEMBER : VERDICT_NONE;
	case MEMBERSHIP_NONE:
		break;
	}
	return VERDICT_NONE;
}

const char *verdict_name(enum exposure_verdict v)
{
	static const char *const names[] = { "none", "shape", "plan", "member" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "none";
}
