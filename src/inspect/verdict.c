/*
 * Is:        from a finding and membership to a verdict.
 * Is not:    a count of exposures.
 * Called by: the union of the layers, the structured lanes.
 * Owns:      nothing; the tallies are the caller's.
 * Trust:     findings from hostile streams.
 */
#include "inspect/verdict.h"

#include <math.h>

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

static bool beyond_chance(const struct verdicts *v, enum scan_form form)
{
	const uint64_t n = v->form[form].tried, k = v->form[form].members;

	return k >= MEMBERS_MIN && verdict_binomial_tail(n, k, v->form[form].expected / (double)n) < chance_limit;
}

/* Another kind of identifier of the same person, near. */
static bool is_pair(const struct verdicts *v, const struct scan_finding *f, uint32_t person)
{
	const uint64_t apart = f->offset > v->last.offset ? f->offset - v->last.offset : v->last.offset - f->offset;

	return v->last.person == person && v->last.kind != f->kind && apart <= VERDICT_NEAR;
}

enum exposure_verdict verdict_of(struct verdicts *v, const struct members *m, const struct plan *plan,
			const struct scan_finding *f, bool context, uint32_t *out_person)
{
	const bool weak = scan_form_is_weak(f->form);
	const uint32_t person = m ? members_find(m, f->kind, f->value) : MEMBERS_NOBODY;
	enum exposure_verdict out = weak ? VERDICT_NONE : f->in_plan ? VERDICT_PLAN : VERDICT_SHAPE;

	if (weak && m) {
		v->form[f->form].tried++;
		v->form[f->form].expected += members_share(m, plan, f->kind, f->value.len);
		v->form[f->form].members += person != MEMBERS_NOBODY;
	}
	if (person != MEMBERS_NOBODY) {
		if (!weak || context || is_pair(v, f, person) || beyond_chance(v, f->form))
			out = VERDICT_MEMBER;
		v->last.offset = f->offset;
		v->last.person = person;
		v->last.kind = f->kind;
	}
	*out_person = out == VERDICT_MEMBER ? person : MEMBERS_NOBODY;
	return out;
}

const char *verdict_name(enum exposure_verdict v)
{
	static const char *const names[] = { "none", "shape", "plan", "member" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "none";
}
