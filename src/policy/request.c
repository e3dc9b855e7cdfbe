/*
 * Is:        from a request to a grant (contract in the header).
 * Is not:    storage.
 * Called by: deskd.
 * Owns:      nothing.
 * Trust:     a policy without errors.
 */
#include "policy/request.h"

#include "base/assert.h"
#include "policy/scalar.h"

bool request_add(struct grant_names *names, struct rd name)
{
	uint32_t at = 0;

	while (at < names->n && scalar_compare(names->at[at], name) < 0)
		at++;
	if (at < names->n && rd_equal(&names->at[at], &name))
		return true;
	if (names->n == GRANT_ASSETS_MAX)
		return false;
	for (uint32_t i = names->n; i > at; i--)
		names->at[i] = names->at[i - 1];
	names->at[at] = name;
	names->n++;
	return true;
}

static bool has_two_person(const struct policy *p, const struct grant_names *classes)
{
	for (uint32_t i = 0; i < classes->n; i++) {
		int c = policy_class(p, classes->at[i]);
		if (c < 0 || p->classes[c].two_person)
			return true;
	}
	return false;
}

void request_fill(const struct policy *p, uint32_t rule, uint32_t engineer, struct grant *g)
{
	ASSERT(rule < p->n_rules && engineer < p->n_engineers);
	const struct rule_decl *r = &p->rules[rule];
	const struct engineer *e = &p->engineers[engineer];
	const struct supplier *s = &p->suppliers[e->supplier];

	g->operator = p->operator.title;
	g->rule = r->name;
	g->engineer = e->name;
	g->supplier = s->name;
	g->employer = e->employer.len ? e->employer : s->title.len ? s->title : s->name;
	g->controlled_from = s->control;
	g->session_max = r->session_max;
	g->opaque = r->opaque_max;
	for (int k = 0; k < KIND_N; k++)
		g->clear[k] = r->clear_max[k];
	g->approvals = r->approvals < 2 && has_two_person(p, &g->classes) ? 2 : r->approvals;
	g->roles.n = 0;
	for (int i = 0; i < ROLE_N; i++)
		if (r->roles >> i & 1)
			ASSERT(request_add(&g->roles, rd_str(policy_roles[i])));
}

bool request_is_unusual(const struct engineer *e, uint32_t n_sessions)
{
	return e->expected > 0 && n_sessions > (uint64_t)e->expected * 4;
}
