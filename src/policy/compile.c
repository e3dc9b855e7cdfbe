/*
 * Is:        the compiler of policies (contract in the header).
 * Is not:    the decision.
 * Called by: deskd, explain, can, diff.
 * Owns:      the table until it is given.
 * Trust:     a policy without errors.
 */
#include "policy/compile.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "policy/decide.h"
#include "policy/scalar.h"

enum { DAY = 86400 };

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

/* The views of one side while they are being made. */
struct views {
	const struct policy *p;
	enum tri (*match)(const struct policy *p, const struct rule_decl *r, uint32_t who);
	struct table_view *list;
	uint32_t n;
	struct names index; /* a row's bytes to its view */
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

/* The view for this row; a new one when no other is the same. */
static uint32_t view_of(struct views *v, const uint8_t *row)
{
	uint32_t n_rules = v->p->n_rules, at, n = 0;
	uint8_t *match;
	uint32_t *list;

	if (names_find(&v->index, rd_of(row, n_rules), &at))
		return at;
	match = mem_new(n_rules, 1);
	memcpy(match, row, n_rules);
	for (uint32_t i = 0; i < n_rules; i++)
		n += match[i] != NO;
	list = mem_new(n, sizeof(*list));
	n = 0;
	for (uint32_t i = 0; i < n_rules; i++)
		if (match[i] != NO)
			list[n++] = i;
	v->list = policy_room(v->list, v->n, sizeof(*v->list));
	v->list[v->n] = (struct table_view){ .match = match, .list = list, .n_list = n };
	(void)!names_add(&v->index, rd_of(match, n_rules), v->n);
	return v->n++;
}

static uint32_t view_for(struct views *v, uint8_t *row, uint32_t who)
{
	for (uint32_t i = 0; i < v->p->n_rules; i++)
		row[i] = (uint8_t)v->match(v->p, &v->p->rules[i], who);
	return view_of(v, row);
}

/* Marks whom rules name one by one; all others of a supplier and an employer's
 * country are treated alike, so that their rows are made once. */
static uint8_t *named_ones(const struct policy *p, enum selector_kind kind, uint32_t n)
{
	uint8_t *named = mem_new(n, 1);

	for (uint32_t i = 0; i < p->n_selectors; i++)
		if (p->selectors[i].kind == kind)
			named[p->selectors[i].value] = 1;
	return named;
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

/* Engineers whom no rule names alone share the view of their kind. */
struct kinds { uint32_t supplier; uint16_t country; };

static void compile_people(struct table *t, const struct policy *p)
{
	struct views v = { .p = p, .match = match_engineer };
	struct names kinds = { 0 };
	struct kinds *keys = mem_new(p->n_engineers, sizeof(*keys));
	AUTO(mem_free) uint8_t *row = mem_new(p->n_rules, 1);
	AUTO(mem_free) uint8_t *named = named_ones(p, SELECT_ENGINEER, p->n_engineers);

	t->n_people = p->n_engineers;
	t->people = mem_new(p->n_engineers, sizeof(*t->people));
	for (uint32_t i = 0; i < p->n_engineers; i++) {
		const struct engineer *e = &p->engineers[i];
		uint32_t view = 0;
		memset(&keys[i], 0, sizeof(keys[i]));
		keys[i].supplier = (uint32_t)e->supplier;
		keys[i].country = policy_employer_country(p, e);
		struct rd key = rd_of(&keys[i], sizeof(keys[i]));
		if (named[i]) {
			view = view_for(&v, row, i);
		} else if (!names_find(&kinds, key, &view)) {
			view = view_for(&v, row, i);
			(void)!names_add(&kinds, key, view);
		}
		t->people[i] = (struct table_person){
			.view = view, .transfer = (uint32_t)transfer_of(p, e),
			.fit_core = fit_until(p, e, false), .fit_intercept = fit_until(p, e, true),
		};
	}
	t->subjects = v.list;
	t->n_subjects = v.n;
	names_done(&v.index);
	names_done(&kinds);
	mem_free(&keys);
}

/* What a rule may ask of an asset that it does not name. */
struct thing_kinds { uint32_t group, holds, intercept; };

static void compile_assets(struct table *t, const struct policy *p)
{
	struct views v = { .p = p, .match = match_asset };
	struct names kinds = { 0 };
	struct thing_kinds *keys = mem_new(p->n_assets, sizeof(*keys));
	AUTO(mem_free) uint8_t *row = mem_new(p->n_rules, 1);
	AUTO(mem_free) uint8_t *named = named_ones(p, SELECT_ASSET, p->n_assets);

	t->n_assets = p->n_assets;
	t->assets = mem_new(p->n_assets, sizeof(*t->assets));
	for (uint32_t i = 0; i < p->n_assets; i++) {
		const struct asset *a = &p->assets[i];
		uint32_t view = 0, group = UINT32_MAX;
		if (a->group.len)
			(void)!names_find(&p->groups, a->group, &group);
		keys[i] = (struct thing_kinds){ group, a->holds, a->intercept };
		struct rd key = rd_of(&keys[i], sizeof(keys[i]));
		if (named[i]) {
			view = view_for(&v, row, i);
		} else if (!names_find(&kinds, key, &view)) {
			view = view_for(&v, row, i);
			(void)!names_add(&kinds, key, view);
		}
		t->assets[i] = (struct table_asset){ .view = view, .intercept = a->intercept };
	}
	t->objects = v.list;
	t->n_objects = v.n;
	names_done(&v.index);
	names_done(&kinds);
	mem_free(&keys);
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
