/*
 * Is:        the plain decision (see the header). It shares no code and no shape
 *            with decide.c: it reads the declarations, rule by rule, clause by clause.
 * Is not:    fast, indexed or proved.
 * Called by: tests.
 * Owns:      nothing.
 * Trust:     a policy without errors.
 */
#include "policy/naive.h"

#include "policy/scalar.h"

/* "yes", "no" or '?' for a fact that is missing. */
typedef char answer;

static answer either(answer a, answer b)
{
	if (a == 'y' || b == 'y')
		return 'y';
	return a == '?' || b == '?' ? '?' : 'n';
}

static answer same_country(uint32_t have, uint32_t want)
{
	if (have == 0)
		return '?';
	return have == want ? 'y' : 'n';
}

static answer is_subject(const struct policy *p, const struct selector *s, uint32_t who)
{
	const struct engineer *e = &p->engineers[who];
	const struct supplier *firm = &p->suppliers[e->supplier];
	uint32_t employer = e->employer.len ? e->employer_country : firm->country;

	if (s->kind == SELECT_ANY)
		return 'y';
	if (s->kind == SELECT_SUPPLIER)
		return s->value == (uint32_t)e->supplier ? 'y' : 'n';
	if (s->kind == SELECT_ENGINEER)
		return s->value == who ? 'y' : 'n';
	if (s->kind == SELECT_CONTROLLED)
		return same_country(firm->control, s->value);
	return either(same_country(employer, s->value), same_country(firm->control, s->value));
}

static answer is_object(const struct policy *p, const struct selector *s, uint32_t what, bool allow)
{
	const struct asset *a = &p->assets[what];

	if (s->kind == SELECT_ASSET)
		return s->value == what ? 'y' : 'n';
	if (s->kind == SELECT_COMPARTMENT)
		return (s->value == 1) == a->intercept ? 'y' : 'n';
	if (allow && a->intercept)
		return 'n';
	if (s->kind == SELECT_ANY)
		return 'y';
	if (s->kind == SELECT_HOLDS)
		return a->holds & (1u << s->value) ? 'y' : 'n';
	return a->group.len && rd_equal(&a->group, &s->name) ? 'y' : 'n';
}

static answer about(const struct policy *p, const struct rule_decl *r, const struct crossing *q)
{
	answer who = 'n', what = 'n';

	for (uint32_t i = 0; i < r->subjects.n; i++)
		who = either(who, is_subject(p, &p->selectors[r->subjects.at + i], q->engineer));
	for (uint32_t i = 0; i < r->objects.n; i++)
		what = either(what, is_object(p, &p->selectors[r->objects.at + i], q->asset,
		    r->effect == ALLOW));
	if (who == 'n' || what == 'n')
		return 'n';
	return who == 'y' && what == 'y' ? 'y' : '?';
}

static answer from(const struct policy *p, const struct rule_decl *r, const struct crossing *q)
{
	answer a = r->places.n ? 'n' : 'y';

	for (uint32_t i = 0; i < r->places.n; i++) {
		const struct place_item *x = &p->places[r->places.at + i];
		if (x->site_name.len == 0)
			a = either(a, same_country(q->country, x->country));
		else if (q->site == SITE_UNKNOWN)
			a = either(a, '?');
		else
			a = either(a, q->site == SITE_FIRST + (uint32_t)x->site ? 'y' : 'n');
	}
	return a;
}

/* Minute by minute of the week, Monday 00:00 first. */
static bool covers(const struct window_item *w, int minute_of_week)
{
	for (int day = 0; day < 7; day++) {
		if (!(w->days & 1 << day))
			continue;
		int first = day * 1440 + w->from;
		int length = w->to >= w->from ? w->to - w->from : 1440 - w->from + w->to;
		int after = (minute_of_week - first + 7 * 1440) % (7 * 1440);
		if (after < length)
			return true;
	}
	return false;
}

static answer during(const struct policy *p, const struct rule_decl *r, const struct crossing *q)
{
	answer a = r->windows.n ? 'n' : 'y';

	for (uint32_t i = 0; i < r->windows.n; i++) {
		const struct window_item *w = &p->windows[r->windows.at + i];
		int32_t offset = OFFSET_UNKNOWN;
		for (uint32_t z = 0; z < p->n_zones; z++)
			if (rd_equal(&p->zones[z], &w->zone))
				offset = q->offset[z];
		if (offset < -86400 || offset > 86400 || q->now < 86400 || q->now > (int64_t)1 << 40) {
			a = either(a, '?');
			continue;
		}
		/* 1969-12-29 was a Monday. */
		int64_t since = (q->now + offset + 3 * 86400) / 60;
		a = either(a, covers(w, (int)(since % (7 * 1440))) ? 'y' : 'n');
	}
	return a;
}

static answer concerns(const struct policy *p, const struct rule_decl *r, const struct crossing *q)
{
	answer parts[5] = {
		about(p, r, q), from(p, r, q), during(p, r, q),
		(r->classes >> q->cls & 1) && (r->channels >> q->channel & 1) ? 'y' : 'n',
		r->from <= q->now && q->now < r->to ? 'y' : 'n',
	};
	answer all = 'y';

	for (int i = 0; i < 5; i++) {
		if (parts[i] == 'n')
			return 'n';
		if (parts[i] == '?')
			all = '?';
	}
	return all;
}

static bool within(const struct policy *p, const struct rule_decl *r, const struct crossing *q)
{
	uint32_t need = r->approvals, held = 0;

	if (need < 2 && (q->cls >= p->n_classes || p->classes[q->cls].two_person))
		need = 2;
	if (q->n_approvals <= APPROVALS_MAX)
		for (uint32_t i = 0; i < q->n_approvals; i++)
			held += (q->approvals[i] & r->roles) && (!p->assets[q->asset].intercept ||
			    q->approvals[i] >> ROLE_INTERCEPT & 1);
	if (held < need || q->age > r->session_max || q->opaque > r->opaque_max)
		return false;
	for (int k = 0; k < KIND_N; k++)
		if (q->clear[k] > r->clear_max[k])
			return false;
	return true;
}

static bool on_roster(const struct policy *p, const struct crossing *q)
{
	const struct engineer *e = &p->engineers[q->engineer];

	for (int i = 0; i < ROSTER_N; i++) {
		bool asked = p->operator.required[i] || p->assets[q->asset].intercept;
		if (e->until[i] == SCALAR_NO_DATE ? asked : q->now >= e->until[i] + 86400)
			return false;
	}
	return true;
}

static bool listed(const struct policy *p, uint32_t country)
{
	for (uint32_t i = 0; country && i < p->operator.adequate.n; i++)
		if (p->countries[p->operator.adequate.at + i] == country)
			return true;
	return false;
}

static bool may_transfer(const struct policy *p, const struct crossing *q)
{
	const struct engineer *e = &p->engineers[q->engineer];
	const struct supplier *firm = &p->suppliers[e->supplier];
	uint32_t employer = e->employer.len ? e->employer_country : firm->country;

	if (p->operator.adequate.n == 0 || firm->basis.len || q->clear[0] + (uint64_t)q->clear[1] == 0)
		return true;
	return listed(p, employer) && listed(p, firm->control) && listed(p, q->country);
}

enum verdict naive_decide(const struct policy *p, const struct crossing *q)
{
	bool allowed = false;

	if (q->engineer >= p->n_engineers || q->asset >= p->n_assets)
		return DENY;
	if (q->cls == 0 || q->cls >= CLASS_MAX || q->channel >= CHANNEL_N)
		return DENY;
	if (!on_roster(p, q) || !may_transfer(p, q))
		return DENY;
	for (uint32_t i = 0; i < p->n_rules; i++) {
		const struct rule_decl *r = &p->rules[i];
		answer a = concerns(p, r, q);
		if (r->effect == DENY && a != 'n')
			return DENY;
		if (r->effect == ALLOW && a == 'y' && within(p, r, q))
			allowed = true;
	}
	return allowed ? ALLOW : DENY;
}
