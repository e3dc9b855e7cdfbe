/*
 * Is:        the compiler of policies (contract in the header).
 * Is not:    the decision.
 * Called by: deskd, explain, can, diff.
 * Owns:      the table until it is given.
 * Trust:     a policy without errors.
 */
#include "policy/compile.h"

#include "base/assert.h"
#include "base/mem.h"
#include "policy/decide.h"
#include "policy/scalar.h"

enum { DAY = 86400 };

_Static_assert(APPROVAL_OF_INTERCEPT == 1 << ROLE_INTERCEPT, "decide.c proves with its number");

static enum tri country_tri(uint16_t have, uint32_t want)
{
	return have == want ? YES : have == 0 ? MAYBE : NO;
}

enum tri select_engineer(const struct policy *p, const struct selector *s, uint32_t engineer)
{
	const struct engineer *e = &p->engineers[engineer];
	enum tri a, b;

	switch (s->kind) {
	case SELECT_ANY:
		return YES;
	case SELECT_SUPPLIER:
		return (uint32_t)e->supplier == s->value ? YES : NO;
	case SELECT_ENGINEER:
		return engineer == s->value ? YES : NO;
	case SELECT_CONTROLLED:
		return country_tri(p->suppliers[e->supplier].control, s->value);
	case SELECT_EMPLOYED:
		a = country_tri(policy_employer_country(p, e), s->value);
		b = country_tri(p->suppliers[e->supplier].control, s->value);
		return a > b ? a : b;
	case SELECT_NAME: case SELECT_ASSET: case SELECT_COMPARTMENT: case SELECT_HOLDS:
	case SELECT_GROUP:
		break;
	}
	UNREACHABLE();
}

enum tri select_asset(const struct policy *p, const struct selector *s, uint32_t asset,
    enum verdict effect)
{
	const struct asset *a = &p->assets[asset];
	/* An allow rule reaches the intercept compartment only by its name. */
	bool open = effect == DENY || !a->intercept;
	uint32_t group;

	switch (s->kind) {
	case SELECT_ANY:
		return open ? YES : NO;
	case SELECT_ASSET:
		return asset == s->value ? YES : NO;
	case SELECT_COMPARTMENT:
		return a->intercept == (s->value == 1) ? YES : NO;
	case SELECT_HOLDS:
		return open && (a->holds >> s->value & 1) ? YES : NO;
	case SELECT_GROUP:
		return open && a->group.len && names_find(&p->groups, a->group, &group) &&
		    group == s->value ? YES : NO;
	case SELECT_NAME: case SELECT_SUPPLIER: case SELECT_ENGINEER: case SELECT_EMPLOYED:
	case SELECT_CONTROLLED:
		break;
	}
	UNREACHABLE();
}

/* All that makes two of a side alike to a rule that names neither. */
struct alike { uint32_t group, holds, intercept; uint32_t supplier, country; };

/* One side, engineers or assets, while its views are being made. */
struct side {
	const struct policy *p;
	uint32_t n;
	enum selector_kind by_name; /* names one of them alone */
	enum tri (*match)(const struct policy *p, const struct rule_decl *r, uint32_t which);
	struct alike (*alike)(const struct policy *p, uint32_t which);
	struct table_view *views;
	uint32_t n_views;
	struct names index; /* a view's matches to its number */
};

static enum tri match_engineer(const struct policy *p, const struct rule_decl *r, uint32_t who)
{
	enum tri best = NO;

	for (uint32_t i = 0; i < r->subjects.n && best != YES; i++) {
		enum tri one = select_engineer(p, &p->selectors[r->subjects.at + i], who);
		best = one > best ? one : best;
	}
	return best;
}

static enum tri match_asset(const struct policy *p, const struct rule_decl *r, uint32_t what)
{
	enum tri best = NO;

	for (uint32_t i = 0; i < r->objects.n && best != YES; i++) {
		enum tri one = select_asset(p, &p->selectors[r->objects.at + i], what, r->effect);
		best = one > best ? one : best;
	}
	return best;
}

/* The view of one of them; a new one when all others differ. */
static uint32_t view_of(struct side *s, uint32_t which)
{
	uint32_t n_rules = s->p->n_rules, view, n = 0;
	uint8_t *match = mem_new(n_rules, 1);
	uint32_t *list;

	for (uint32_t i = 0; i < n_rules; i++) {
		match[i] = (uint8_t)s->match(s->p, &s->p->rules[i], which);
		n += match[i] != NO;
	}
	if (names_find(&s->index, rd_of(match, n_rules), &view)) {
		mem_free(&match);
		return view;
	}
	list = mem_new(n, sizeof(*list));
	n = 0;
	for (uint32_t i = 0; i < n_rules; i++)
		if (match[i] != NO)
			list[n++] = i;
	s->views = policy_room(s->views, s->n_views, sizeof(*s->views));
	s->views[s->n_views] = (struct table_view){ .match = match, .list = list, .n_list = n };
	(void)!names_add(&s->index, rd_of(match, n_rules), s->n_views);
	return s->n_views++;
}

/* The view of each. Only whom a rule names alone is matched alone; all others that are
 * alike are matched once. */
static uint32_t *compile_side(struct side *s)
{
	AUTO(names_done) struct names kinds = { 0 };
	AUTO(mem_free) struct alike *keys = mem_new(s->n, sizeof(*keys));
	AUTO(mem_free) uint8_t *named = mem_new(s->n, 1);
	uint32_t *view = mem_new(s->n, sizeof(*view));

	for (uint32_t i = 0; i < s->p->n_selectors; i++)
		if (s->p->selectors[i].kind == s->by_name)
			named[s->p->selectors[i].value] = 1;
	for (uint32_t i = 0; i < s->n; i++) {
		keys[i] = s->alike(s->p, i);
		struct rd key = rd_of(&keys[i], sizeof(keys[i]));
		if (!named[i] && names_find(&kinds, key, &view[i]))
			continue;
		view[i] = view_of(s, i);
		if (!named[i])
			(void)!names_add(&kinds, key, view[i]);
	}
	names_done(&s->index);
	return view;
}

static int64_t until(const struct engineer *e, enum roster i, bool required)
{
	if (e->until[i] == SCALAR_NO_DATE)
		return required ? INT64_MIN : INT64_MAX;
	return e->until[i] + DAY;
}

static int64_t fit_until(const struct policy *p, const struct engineer *e, bool intercept)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < ROSTER_N; i++) {
		int64_t one = until(e, (enum roster)i, intercept || p->operator.required[i]);
		least = one < least ? one : least;
	}
	return least;
}

static bool in_adequate(const struct policy *p, uint16_t country)
{
	const struct span *s = &p->operator.adequate;

	for (uint32_t i = 0; i < s->n; i++)
		if (p->countries[s->at + i] == country)
			return true;
	return false;
}

static enum transfer transfer_of(const struct policy *p, const struct engineer *e)
{
	const struct supplier *s = &p->suppliers[e->supplier];

	if (p->operator.adequate.n == 0 || s->basis.len)
		return TRANSFER_FREE;
	return in_adequate(p, policy_employer_country(p, e)) && in_adequate(p, s->control)
	    ? TRANSFER_IF_PLACE : TRANSFER_NEVER;
}

static struct alike alike_engineer(const struct policy *p, uint32_t which)
{
	const struct engineer *e = &p->engineers[which];

	return (struct alike){ .supplier = (uint32_t)e->supplier, .country = policy_employer_country(p, e) };
}

static void compile_people(struct table *t, const struct policy *p)
{
	struct side s = { .p = p, .n = p->n_engineers, .by_name = SELECT_ENGINEER, .match = match_engineer,
		.alike = alike_engineer };
	AUTO(mem_free) uint32_t *view = compile_side(&s);

	t->subjects = s.views;
	t->n_subjects = s.n_views;
	t->n_people = s.n;
	t->people = mem_new(s.n, sizeof(*t->people));
	for (uint32_t i = 0; i < s.n; i++) {
		const struct engineer *e = &p->engineers[i];
		t->people[i] = (struct table_person){
			.view = view[i], .transfer = (uint32_t)transfer_of(p, e),
			.fit_core = fit_until(p, e, false), .fit_intercept = fit_until(p, e, true),
		};
	}
}

static struct alike alike_asset(const struct policy *p, uint32_t which)
{
	const struct asset *a = &p->assets[which];
	struct alike out = { .group = UINT32_MAX, .holds = a->holds, .intercept = a->intercept };

	if (a->group.len)
		(void)!names_find(&p->groups, a->group, &out.group);
	return out;
}

static void compile_assets(struct table *t, const struct policy *p)
{
	struct side s = { .p = p, .n = p->n_assets, .by_name = SELECT_ASSET, .match = match_asset,
		.alike = alike_asset };
	AUTO(mem_free) uint32_t *view = compile_side(&s);

	t->objects = s.views;
	t->n_objects = s.n_views;
	t->n_assets = s.n;
	t->assets = mem_new(s.n, sizeof(*t->assets));
	for (uint32_t i = 0; i < s.n; i++)
		t->assets[i] = (struct table_asset){ .view = view[i], .intercept = p->assets[i].intercept };
}

static void compile_pools(struct table *t, const struct policy *p)
{
	t->n_places = p->n_places;
	t->places = mem_new(p->n_places, sizeof(*t->places));
	for (uint32_t i = 0; i < p->n_places; i++)
		t->places[i] = (struct table_place){
			.site = p->places[i].site < 0 ? 0 : SITE_FIRST + (uint32_t)p->places[i].site,
			.country = p->places[i].country,
		};
	t->n_windows = p->n_windows;
	t->windows = mem_new(p->n_windows, sizeof(*t->windows));
	for (uint32_t i = 0; i < p->n_windows; i++) {
		const struct window_item *w = &p->windows[i];
		struct table_window *x = &t->windows[i];
		*x = (struct table_window){ .from = w->from, .to = w->to,
			.zone = (uint32_t)policy_zone(p, w->zone) };
		for (int k = 0; k < 7; k++)
			x->day[k] = w->days >> k & 1;
	}
	t->n_adequate = p->operator.adequate.n;
	t->adequate = mem_new(t->n_adequate, sizeof(*t->adequate));
	for (uint32_t i = 0; i < t->n_adequate; i++)
		t->adequate[i] = p->countries[p->operator.adequate.at + i];
	for (uint32_t i = 0; i < CLASS_MAX; i++)
		t->two_person[i] = i >= p->n_classes || p->classes[i].two_person;
}

static void compile_rule(struct table_rule *x, const struct rule_decl *r)
{
	*x = (struct table_rule){
		.effect = (uint8_t)r->effect,
		.place_at = r->places.at, .n_places = r->places.n,
		.window_at = r->windows.at, .n_windows = r->windows.n,
		.from = r->from, .to = r->to, .session_max = r->session_max,
		.opaque_max = r->opaque_max, .approvals = r->approvals, .roles = r->roles,
	};
	for (int i = 0; i < CLASS_MAX; i++)
		x->may[i] = r->classes >> i & 1;
	for (int i = 0; i < CHANNEL_N; i++)
		x->over[i] = r->channels >> i & 1;
	for (int i = 0; i < KIND_N; i++)
		x->clear_max[i] = r->clear_max[i];
}

struct table *table_new(const struct policy *p)
{
	struct table *t = mem_new(1, sizeof(*t));

	compile_pools(t, p);
	t->n_rules = p->n_rules;
	t->rules = mem_new(p->n_rules, sizeof(*t->rules));
	for (uint32_t i = 0; i < p->n_rules; i++)
		compile_rule(&t->rules[i], &p->rules[i]);
	compile_people(t, p);
	compile_assets(t, p);
	ASSERT(table_check(t));
	return t;
}

static void free_views(struct table_view *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		mem_free(&v[i].match);
		mem_free(&v[i].list);
	}
}

void table_free(struct table **tt)
{
	struct table *t = *tt;

	if (!t)
		return;
	free_views(t->subjects, t->n_subjects);
	free_views(t->objects, t->n_objects);
	mem_free(&t->subjects);
	mem_free(&t->objects);
	mem_free(&t->rules);
	mem_free(&t->places);
	mem_free(&t->windows);
	mem_free(&t->people);
	mem_free(&t->assets);
	mem_free(&t->adequate);
	mem_free(tt);
}
