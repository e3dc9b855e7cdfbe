/*
 * Is:        the order of rules: the strictest first, the same however the text has them.
 * Is not:    a meaning: a decision looks at every rule.
 * Called by: resolve.
 * Owns:      nothing.
 * Trust:     rules whose names are resolved.
 *
 * Where several rules would do, the first in this order is the one that a decision names and
 * that a request is made by; so neither may follow from where a rule stands in a file.
 */
#include <stdlib.h>

#include "policy/parser.h"
#include "policy/scalar.h"

static int less(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_power(const struct policy *p, const struct rule_decl *a, const struct rule_decl *b)
{
	int c = less(policy_rule_approvals(p, b), policy_rule_approvals(p, a));

	for (int k = 0; k < KIND_N && c == 0; k++)
		c = less(a->clear_max[k], b->clear_max[k]);
	if (c == 0)
		c = less(a->opaque_max, b->opaque_max);
	if (c == 0)
		c = less((uint64_t)__builtin_popcountll(a->classes), (uint64_t)__builtin_popcountll(b->classes));
	if (c == 0)
		c = less((uint64_t)__builtin_popcount(a->channels), (uint64_t)__builtin_popcount(b->channels));
	return c ? c : less(a->session_max, b->session_max);
}

static int by_selectors(const struct policy *p, struct span a, struct span b)
{
	int c = less(a.n, b.n);

	for (uint32_t i = 0; i < a.n && c == 0; i++) {
		const struct selector *x = &p->selectors[a.at + i], *y = &p->selectors[b.at + i];
		c = less(x->kind, y->kind);
		if (c == 0)
			c = scalar_compare(x->name, y->name);
		if (c == 0)
			c = less(x->value, y->value);
	}
	return c;
}

static int by_places(const struct policy *p, struct span a, struct span b)
{
	int c = less(a.n, b.n);

	for (uint32_t i = 0; i < a.n && c == 0; i++) {
		const struct place_item *x = &p->places[a.at + i], *y = &p->places[b.at + i];
		c = less(x->country, y->country);
		if (c == 0)
			c = scalar_compare(x->site_name, y->site_name);
	}
	return c;
}

static int by_windows(const struct policy *p, struct span a, struct span b)
{
	int c = less(a.n, b.n);

	for (uint32_t i = 0; i < a.n && c == 0; i++) {
		const struct window_item *x = &p->windows[a.at + i], *y = &p->windows[b.at + i];
		c = less((uint64_t)x->days << 32 | (uint64_t)x->from << 16 | x->to,
		    (uint64_t)y->days << 32 | (uint64_t)y->from << 16 | y->to);
		if (c == 0)
			c = scalar_compare(x->zone, y->zone);
	}
	return c;
}

/* A top-level deny has no name: what it says tells it apart. Two that say the same are told
 * apart by nothing but their lines. */
static int by_words(const struct policy *p, const struct rule_decl *a, const struct rule_decl *b)
{
	int c = by_selectors(p, a->subjects, b->subjects);

	if (c == 0)
		c = by_selectors(p, a->objects, b->objects);
	if (c == 0)
		c = less(a->classes, b->classes);
	if (c == 0)
		c = less(a->channels, b->channels);
	if (c == 0)
		c = by_places(p, a->places, b->places);
	if (c == 0)
		c = by_windows(p, a->windows, b->windows);
	if (c == 0)
		c = less((uint64_t)a->from ^ 1ull << 63, (uint64_t)b->from ^ 1ull << 63);
	return c ? c : less((uint64_t)a->to ^ 1ull << 63, (uint64_t)b->to ^ 1ull << 63);
}

static int by_strictness(const void *x, const void *y, void *p)
{
	const struct rule_decl *a = x, *b = y;
	int c = less(b->effect, a->effect);

	if (c == 0 && a->effect == ALLOW)
		c = by_power(p, a, b);
	if (c == 0)
		c = scalar_compare(a->name, b->name);
	if (c == 0)
		c = by_words(p, a, b);
	return c ? c : less((uint64_t)a->pos.file << 32 | a->pos.line, (uint64_t)b->pos.file << 32 | b->pos.line);
}

void order_rules(struct policy *p)
{
	if (p->n_rules)
		qsort_r(p->rules, p->n_rules, sizeof(*p->rules), by_strictness, p);
}
