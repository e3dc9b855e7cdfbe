/*
 * Is:        what two policies have in common (contracts in the header).
 * Is not:    a decision.
 * Called by: diff.
 * Owns:      nothing.
 * Trust:     both policies have no errors.
 */
#include "policy/same.h"

#include "base/mem.h"

static bool same_selectors(const struct policy *a, struct span x, const struct policy *b, struct span y)
{
	bool same = x.n == y.n;

	for (uint32_t i = 0; i < x.n && same; i++) {
		const struct selector *s = &a->selectors[x.at + i], *t = &b->selectors[y.at + i];
		same = s->kind == t->kind && rd_equal(&s->name, &t->name) && (s->name.len || s->value == t->value);
	}
	return same;
}

static bool same_places(const struct policy *a, struct span x, const struct policy *b, struct span y)
{
	bool same = x.n == y.n;

	for (uint32_t i = 0; i < x.n && same; i++) {
		const struct place_item *s = &a->places[x.at + i], *t = &b->places[y.at + i];
		same = s->country == t->country && rd_equal(&s->site_name, &t->site_name);
	}
	return same;
}

static bool same_windows(const struct policy *a, struct span x, const struct policy *b, struct span y)
{
	bool same = x.n == y.n;

	for (uint32_t i = 0; i < x.n && same; i++) {
		const struct window_item *s = &a->windows[x.at + i], *t = &b->windows[y.at + i];
		same = s->days == t->days && s->from == t->from && s->to == t->to && rd_equal(&s->zone, &t->zone);
	}
	return same;
}

static bool same_rule(const struct policy *a, const struct rule_decl *x, const struct policy *b, const struct rule_decl *y)
{
	bool same = rd_equal(&x->name, &y->name) && x->effect == y->effect && x->classes == y->classes &&
	    x->channels == y->channels && x->from == y->from && x->to == y->to && x->session_max == y->session_max &&
	    x->approvals == y->approvals && x->roles == y->roles && x->opaque_max == y->opaque_max;

	for (int k = 0; k < KIND_N; k++)
		same &= x->clear_max[k] == y->clear_max[k];
	return same && same_selectors(a, x->subjects, b, y->subjects) && same_selectors(a, x->objects, b, y->objects) &&
	    same_places(a, x->places, b, y->places) && same_windows(a, x->windows, b, y->windows);
}

/* Rules of both stand in one order (order.c). */
uint32_t *same_rules(const struct policy *a, const struct policy *b)
{
	uint32_t *same = mem_new(a->n_rules, sizeof(*same)), next = 0;

	for (uint32_t i = 0; i < a->n_rules; i++) {
		uint32_t j = next;
		while (j < b->n_rules && !same_rule(a, &a->rules[i], b, &b->rules[j]))
			j++;
		same[i] = j < b->n_rules ? j : SAME_NONE;
		next = j < b->n_rules ? j + 1 : next;
	}
	return same;
}

bool same_world(const struct policy *a, const struct policy *b)
{
	const struct span *x = &a->operator.adequate, *y = &b->operator.adequate;
	bool same = a->n_classes == b->n_classes && a->n_sites == b->n_sites && x->n == y->n;

	for (uint32_t i = 0; i < x->n && same; i++)
		same = a->countries[x->at + i] == b->countries[y->at + i];
	for (uint32_t i = 0; i < a->n_classes && same; i++)
		same = rd_equal(&a->classes[i].name, &b->classes[i].name) && a->classes[i].two_person == b->classes[i].two_person;
	for (uint32_t i = 0; i < a->n_sites && same; i++) {
		int k = policy_site(b, a->sites[i].name);
		same = k >= 0 && b->sites[k].country == a->sites[i].country;
	}
	return same;
}
