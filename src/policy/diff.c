/*
 * Is:        what a change of policy does (contract in the header).
 * Is not:    the comparison of statements (statements.h).
 * Called by: `slagboom check`, deskd.
 * Owns:      nothing.
 * Trust:     both policies have no errors.
 *
 * Newly permitted is searched as: permitted by the new side, refused by the old;
 * newly refused is the same with the sides exchanged. The permitting side's allow rules
 * are taken one by one at the corner of their limits: counters at the most that the
 * rule gives, approvals the fewest and each by one role. Where the other side permits the
 * corner it permits everything under it, because fewer persons shown and more
 * approvals never turn an allow into a deny.
 */
#include "policy/diff.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/wr.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/same.h"
#include "policy/scalar.h"
#include "policy/statements.h"

/* A person or asset of the permitting side, with its number on the other (or none). */
struct pair { uint32_t here, there; };

struct pairs { struct pair *at; uint32_t n; };

/* Every instant's offsets of a side's zones. */
struct offsets { int32_t *at; uint32_t n_zones; };

/* The rules that are about a person and an asset, and how surely. */
struct about { uint32_t rule[RULES_MAX]; uint32_t how[RULES_MAX]; uint32_t n; };

enum { KIND_BYTES_MAX = 16 + 2 * (4 + 8 * RULES_MAX) };

struct search {
	const struct diff_side *yes, *no;
	struct table yes_table, no_table; /* with everybody's papers in order */
	const struct diff_span *span;
	struct space space;
	struct pairs people, assets;
	struct offsets here, there;
	struct about about_here, about_there; /* of the pair at hand */
	uint32_t *same;    /* per rule of the permitting side: the same rule on the other, or SAME_NONE */
	bool has_same_world;
	uint32_t time;     /* the instant at hand */
	uint64_t reported; /* classes of the rule at hand */
	bool is_permitted;
	void (*found)(void *ctx, const struct diff_change *c);
	void *ctx;
};

/* What was tried before; the keys are copies. */
struct keys { struct names seen; uint8_t **own; uint32_t n; };

static void keys_done(struct keys *k)
{
	for (uint32_t i = 0; i < k->n; i++)
		mem_free(&k->own[i]);
	mem_free(&k->own);
	names_done(&k->seen);
}

static bool is_new(struct keys *k, struct rd key)
{
	struct rd left = key;
	uint32_t at;

	if (names_find(&k->seen, key, &at))
		return false;
	k->own = policy_room(k->own, k->n, sizeof(*k->own));
	k->own[k->n] = mem_new(key.len, 1);
	if (!rd_copy(&left, k->own[k->n], key.len))
		UNREACHABLE();
	return names_add(&k->seen, rd_of(k->own[k->n++], key.len), 0);
}

static void add_pair(struct pairs *p, struct names *seen, uint64_t *key, struct pair x)
{
	if (!names_add(seen, rd_of(key, sizeof(*key)), 0))
		return;
	p->at = policy_room(p->at, p->n, sizeof(x));
	p->at[p->n++] = x;
}

/* One of each kind that both sides treat alike. */
static void choose_people(struct search *s)
{
	const struct table *a = &s->yes_table, *b = &s->no_table;
	uint64_t *keys = mem_new(a->n_people, sizeof(*keys));
	struct names seen = { 0 };

	for (uint32_t i = 0; i < a->n_people; i++) {
		int k = policy_engineer(s->no->policy, s->yes->policy->engineers[i].name);
		struct pair x = { i, k < 0 ? UINT32_MAX : (uint32_t)k };
		keys[i] = (uint64_t)a->people[i].view * 4 + a->people[i].transfer;
		keys[i] = keys[i] << 32 | (k < 0 ? UINT32_MAX
		    : b->people[k].view * 4 + b->people[k].transfer);
		add_pair(&s->people, &seen, &keys[i], x);
	}
	names_done(&seen);
	mem_free(&keys);
}

static void choose_assets(struct search *s)
{
	const struct table *a = &s->yes_table, *b = &s->no_table;
	uint64_t *keys = mem_new(a->n_assets, sizeof(*keys));
	struct names seen = { 0 };

	for (uint32_t i = 0; i < a->n_assets; i++) {
		int k = policy_asset(s->no->policy, s->yes->policy->assets[i].name);
		struct pair x = { i, k < 0 ? UINT32_MAX : (uint32_t)k };
		keys[i] = ((uint64_t)a->assets[i].view << 1 | (a->assets[i].intercept != 0)) << 32 |
		    (k < 0 ? UINT32_MAX : b->assets[k].view << 1 | (b->assets[k].intercept != 0));
		add_pair(&s->assets, &seen, &keys[i], x);
	}
	names_done(&seen);
	mem_free(&keys);
}

/* ---- what cannot differ: most of a long policy, when a little of it changes ---- */

static void find_about(const struct table *t, uint32_t engineer, uint32_t asset, struct about *out)
{
	const struct table_view *who, *what, *v;

	out->n = 0;
	if (engineer == UINT32_MAX || asset == UINT32_MAX)
		return;
	who = &t->subjects[t->people[engineer].view];
	what = &t->objects[t->assets[asset].view];
	v = who->n_list <= what->n_list ? who : what;
	for (uint32_t k = 0; k < v->n_list; k++) {
		uint32_t i = v->list[k];
		if (who->match[i] == NO || what->match[i] == NO)
			continue;
		out->rule[out->n] = i;
		out->how[out->n++] = (uint32_t)who->match[i] << 2 | what->match[i];
	}
}

/* The same rules are about these two on both sides: nothing is decided otherwise. */
static bool is_same_for(const struct search *s, const struct pair *pair)
{
	const struct table *a = &s->yes_table, *b = &s->no_table;
	const struct about *x = &s->about_here, *y = &s->about_there;
	bool same = s->has_same_world && pair[0].there != UINT32_MAX && pair[1].there != UINT32_MAX && x->n == y->n &&
	    a->people[pair[0].here].transfer == b->people[pair[0].there].transfer &&
	    (a->assets[pair[1].here].intercept != 0) == (b->assets[pair[1].there].intercept != 0);

	for (uint32_t i = 0; i < x->n && same; i++)
		same = s->same[x->rule[i]] == y->rule[i] && x->how[i] == y->how[i];
	return same;
}

static void put_about(struct wr *w, const struct about *a)
{
	wr_u32(w, a->n);
	for (uint32_t i = 0; i < a->n; i++) {
		wr_u32(w, a->rule[i]);
		wr_u32(w, a->how[i]);
	}
}

/* All of a pair that its decisions depend on: of two that are alike in it one is enough. */
static void put_pair(struct search *s, const struct pair *pair, struct buf *out)
{
	const struct table *a = &s->yes_table, *b = &s->no_table;
	struct wr w = wr_to(out);

	wr_u32(&w, a->people[pair[0].here].transfer);
	wr_u32(&w, pair[0].there == UINT32_MAX ? UINT32_MAX : b->people[pair[0].there].transfer);
	wr_u32(&w, a->assets[pair[1].here].intercept != 0);
	wr_u32(&w, pair[1].there == UINT32_MAX ? UINT32_MAX : b->assets[pair[1].there].intercept != 0);
	put_about(&w, &s->about_here);
	put_about(&w, &s->about_there);
	ASSERT(wr_ok(&w));
}

/* ---- instants ---- */

static struct offsets offsets_of(const struct search *s, const struct policy *p)
{
	struct offsets o = { .n_zones = p->n_zones };
	struct crossing q = { .now = 0 };

	o.at = mem_new((size_t)s->space.n_times * p->n_zones, sizeof(*o.at));
	for (uint32_t i = 0; i < s->space.n_times; i++) {
		space_set_time(p, &s->span->zones, s->space.times[i], &q);
		for (uint32_t z = 0; z < p->n_zones; z++)
			o.at[(size_t)i * p->n_zones + z] = q.offset[z];
	}
	return o;
}

static void set_time(const struct search *s, const struct offsets *o, uint32_t time, struct crossing *q)
{
	q->now = s->space.times[time];
	for (uint32_t z = 0; z < o->n_zones; z++)
		q->offset[z] = o->at[(size_t)time * o->n_zones + z];
}

/* What the rules of the pair say of an instant. */
static void put_hours(const struct table *t, const struct about *a, const struct crossing *q, struct buf *out)
{
	struct wr w = wr_to(out);

	for (uint32_t i = 0; i < a->n; i++) {
		const struct table_rule *r = &t->rules[a->rule[i]];
		wr_u8(&w, (uint8_t)(decide_between(r, q) << 2 | decide_window(t, r, q)));
	}
	ASSERT(wr_ok(&w));
}

/* ---- the search ---- */

/* The other side's crossing for the same person, asset, class and place by name. */
static struct crossing there(const struct search *s, const struct crossing *q,
    const struct space_place *at, struct pair who, struct pair what)
{
	struct crossing x = *q;
	int cls = policy_class(s->no->policy, s->yes->policy->classes[q->cls].name);

	x.engineer = who.there;
	x.asset = what.there;
	x.cls = cls < 0 ? CLASS_UNKNOWN : (uint32_t)cls;
	set_time(s, &s->there, s->time, &x);
	if (q->site != SITE_UNKNOWN)
		space_set_place(s->no->policy, at, &x);
	return x;
}

/* The next way in which `n` approvals can each be by one of the roles: roles rise, as in 0 0, 0 1, 1 1. */
static bool next_roles(unsigned *role, uint32_t n, uint32_t of_rule)
{
	for (uint32_t i = n; i-- > 0;) {
		unsigned next = role[i] + 1;
		while (next < ROLE_N && !(of_rule >> next & 1))
			next++;
		for (uint32_t k = i; k < n && next < ROLE_N; k++)
			role[k] = next;
		if (next < ROLE_N)
			return true;
	}
	return false;
}

/* At these approvals: with the most shown in the clear, and with nothing, where other laws of transfer hold. */
static bool differs_with(struct search *s, uint32_t rule, struct crossing *q,
    const struct space_place *at, const struct pair *pair)
{
	const struct table_rule *r = &s->yes_table.rules[rule];
	struct crossing other;

	for (int masked = 0; masked < 2; masked++) {
		for (int k = 0; k < KIND_N; k++)
			q->clear[k] = masked ? 0 : r->clear_max[k];
		if (decide(&s->yes_table, q).verdict != ALLOW)
			continue;
		other = there(s, q, at, pair[0], pair[1]);
		if (decide(&s->no_table, &other).verdict != DENY)
			continue;
		struct diff_change c = { s->is_permitted, rule, *q };
		s->found(s->ctx, &c);
		return true;
	}
	return false;
}

/* Approvals in every mixture of the rule's roles. */
static bool differs_at(struct search *s, uint32_t rule, struct crossing *q,
    const struct space_place *at, const struct pair *pair)
{
	const struct table_rule *r = &s->yes_table.rules[rule];
	const uint32_t must = s->yes_table.assets[q->asset].intercept ? APPROVAL_OF_INTERCEPT : 0;
	unsigned role[APPROVALS_MAX];

	q->n_approvals = decide_approvals_needed(&s->yes_table, r, q);
	for (uint32_t i = 0; i < APPROVALS_MAX; i++)
		role[i] = (unsigned)__builtin_ctz(r->roles);
	do {
		for (uint32_t i = 0; i < APPROVALS_MAX; i++)
			q->approvals[i] = 1u << role[i] | must;
		if (differs_with(s, rule, q, at, pair))
			return true;
	} while (next_roles(role, q->n_approvals, r->roles));
	return false;
}

static void try_commands(struct search *s, uint32_t rule, struct crossing *q,
    const struct space_place *at, const struct pair *pair)
{
	const struct table_rule *r = &s->yes_table.rules[rule];

	for (q->cls = 1; q->cls < s->yes->policy->n_classes; q->cls++) {
		if (r->may[q->cls] != 1 || (s->reported >> q->cls & 1))
			continue;
		for (q->channel = 0; q->channel < CHANNEL_N; q->channel++) {
			if (r->over[q->channel] == 1 && differs_at(s, rule, q, at, pair)) {
				s->reported |= (uint64_t)1 << q->cls;
				break;
			}
		}
	}
}

static void try_places(struct search *s, uint32_t rule, struct crossing *q, const struct pair *pair)
{
	const struct table *t = &s->yes_table;
	static const struct space_place nowhere;

	for (uint32_t k = 0; k <= s->space.n_places; k++) {
		const struct space_place *at = k ? &s->space.places[k - 1] : &nowhere;
		space_set_place(s->yes->policy, at, q);
		if (k == 0)
			q->site = SITE_UNKNOWN;
		if (decide_place(t, &t->rules[rule], q) == YES)
			try_commands(s, rule, q, at, pair);
	}
}

/* The instants that differ for the pair: one of each kind, the first. */
static void try_points(struct search *s, uint32_t rule, struct crossing *q, const struct pair *pair)
{
	const struct table *t = &s->yes_table;
	const struct table_rule *r = &t->rules[rule];
	AUTO(keys_done) struct keys seen = { .n = 0 };
	AUTO(buf_done) struct buf hours = { 0 };
	struct crossing x = { .now = 0 };

	buf_init(&hours, 2 * RULES_MAX);
	for (s->time = 0; s->time < s->space.n_times; s->time++) {
		set_time(s, &s->here, s->time, q);
		set_time(s, &s->there, s->time, &x);
		if (decide_between(r, q) != YES || decide_window(t, r, q) != YES)
			continue;
		buf_reset(&hours);
		put_hours(t, &s->about_here, q, &hours);
		put_hours(&s->no_table, &s->about_there, &x, &hours);
		if (is_new(&seen, buf_rd(&hours)))
			try_places(s, rule, q, pair);
	}
}

/* Those of the rule, of each kind of pair that decide tells apart one. */
static void try_pair(struct search *s, uint32_t rule, struct crossing *q, const struct pair *pair, struct keys *seen)
{
	AUTO(buf_done) struct buf kind = { 0 };

	find_about(&s->yes_table, pair[0].here, pair[1].here, &s->about_here);
	find_about(&s->no_table, pair[0].there, pair[1].there, &s->about_there);
	if (is_same_for(s, pair))
		return;
	buf_init(&kind, KIND_BYTES_MAX);
	put_pair(s, pair, &kind);
	if (is_new(seen, buf_rd(&kind)))
		try_points(s, rule, q, pair);
}

static void try_rule(struct search *s, uint32_t rule)
{
	const struct table *t = &s->yes_table;
	const struct table_rule *r = &t->rules[rule];
	AUTO(keys_done) struct keys seen = { .n = 0 };
	struct crossing q = { .age = r->session_max, .opaque = r->opaque_max };

	s->reported = 0;
	for (uint32_t i = 0; i < s->people.n; i++) {
		struct pair pair[2] = { s->people.at[i] };
		q.engineer = pair[0].here;
		if (t->subjects[t->people[q.engineer].view].match[rule] != YES)
			continue;
		for (uint32_t k = 0; k < s->assets.n; k++) {
			pair[1] = s->assets.at[k];
			q.asset = pair[1].here;
			if (t->objects[t->assets[q.asset].view].match[rule] == YES)
				try_pair(s, rule, &q, pair, &seen);
		}
	}
}

/* The table with papers that never end; its people are to be freed. */
static struct table in_order(const struct table *t)
{
	struct table x = *t;

	x.people = mem_new(t->n_people, sizeof(*x.people));
	for (uint32_t i = 0; i < t->n_people; i++) {
		x.people[i] = t->people[i];
		x.people[i].fit_core = x.people[i].fit_intercept = INT64_MAX;
	}
	return x;
}

static void one_way(struct search *s)
{
	s->yes_table = in_order(s->yes->table);
	s->no_table = in_order(s->no->table);
	space_init(&s->space, s->yes->policy, s->no->policy, &s->span->zones, s->span->from,
	    s->span->days);
	choose_people(s);
	choose_assets(s);
	s->here = offsets_of(s, s->yes->policy);
	s->there = offsets_of(s, s->no->policy);
	s->same = same_rules(s->yes->policy, s->no->policy);
	s->has_same_world = same_world(s->yes->policy, s->no->policy);
	for (uint32_t i = 0; i < s->yes_table.n_rules; i++)
		if (s->yes_table.rules[i].effect == ALLOW)
			try_rule(s, i);
	space_done(&s->space);
	mem_free(&s->same);
	mem_free(&s->here.at);
	mem_free(&s->there.at);
	mem_free(&s->people.at);
	mem_free(&s->assets.at);
	s->people.n = s->assets.n = 0;
	mem_free(&s->yes_table.people);
	mem_free(&s->no_table.people);
}

void diff_policies(const struct diff_side *before, const struct diff_side *after,
    const struct diff_span *span, void (*found)(void *ctx, const struct diff_change *c), void *ctx)
{
	AUTO(mem_free) struct search *s = mem_new(1, sizeof(*s));

	s->span = span;
	s->found = found;
	s->ctx = ctx;
	s->yes = after;
	s->no = before;
	s->is_permitted = true;
	one_way(s);
	s->yes = before;
	s->no = after;
	s->is_permitted = false;
	one_way(s);
}

/* ---- as text ---- */

struct rendering { const struct diff_side *before, *after; struct wr w; uint32_t n; enum said said; };

/* "approver", or "approver and keeper" when it takes one of each. */
static void put_approvers(struct wr *w, const struct crossing *q, uint32_t of_intercept)
{
	bool is_told = false;

	for (uint32_t i = 0; i < q->n_approvals; i++) {
		uint32_t roles = q->approvals[i];
		if (i && roles == q->approvals[i - 1])
			continue;
		wr_str(w, i ? " and " : "");
		explain_roles(w, roles == of_intercept ? roles : roles & ~of_intercept);
		is_told |= of_intercept && roles != of_intercept;
	}
	wr_str(w, is_told ? ", each an intercept-officer" : "");
}

static void put_change(void *ctx, const struct diff_change *c)
{
	struct rendering *r = ctx;
	const struct policy *p = c->is_permitted ? r->after->policy : r->before->policy;

	r->n++;
	wr_str(&r->w, c->is_permitted ? "newly permitted by " : "newly refused, was permitted by ");
	explain_rule_name(&r->w, p, c->rule);
	wr_text(&r->w, " with %u approval%s by ", c->witness.n_approvals,
	    c->witness.n_approvals == 1 ? "" : "s");
	put_approvers(&r->w, &c->witness, p->assets[c->witness.asset].intercept ? APPROVAL_OF_INTERCEPT : 0);
	wr_str(&r->w, ":\n    ");
	explain_crossing(&r->w, p, &c->witness);
}

static void put_until(struct wr *w, int64_t at)
{
	if (at == INT64_MIN)
		wr_str(w, "never");
	else if (at == INT64_MAX)
		wr_str(w, "without end");
	else if (!w->failed)
		w->failed = !scalar_put_date(w->b, at - 86400);
}

static void put_papers(struct rendering *r, struct rd name, int64_t was, int64_t is, const char *where)
{
	if (was == is)
		return;
	r->n++;
	wr_str(&r->w, is > was ? "papers last longer: " : "papers end earlier: ");
	wr_bytes(&r->w, name);
	wr_text(&r->w, ", for %s: ", where);
	put_until(&r->w, was);
	wr_str(&r->w, " -> ");
	put_until(&r->w, is);
	wr_str(&r->w, "\n");
}

static void put_roster(struct rendering *r)
{
	const struct policy *p = r->after->policy;

	for (uint32_t i = 0; i < p->n_engineers; i++) {
		int k = policy_engineer(r->before->policy, p->engineers[i].name);
		if (k < 0)
			continue;
		const struct table_person *is = &r->after->table->people[i];
		const struct table_person *was = &r->before->table->people[k];
		put_papers(r, p->engineers[i].name, was->fit_core, is->fit_core, "the core");
		put_papers(r, p->engineers[i].name, was->fit_intercept, is->fit_intercept,
		    "the intercept compartment");
	}
}

static void put_said(void *ctx, enum said what, struct rd text)
{
	struct rendering *r = ctx;
	struct rd line;

	if (what != r->said)
		wr_text(&r->w, "%s:\n", said_texts[what]);
	r->said = what;
	for (bool more = true; more;) {
		more = rd_until(&text, '\n', &line);
		wr_str(&r->w, "    ");
		wr_bytes(&r->w, more ? line : text);
		wr_str(&r->w, "\n");
	}
}

bool diff_render(const struct diff_side *before, const struct diff_side *after,
    const struct diff_span *span, struct buf *out)
{
	struct rendering r = { .before = before, .after = after, .w = wr_to(out), .said = SAID_N };

	statements_differ(before->policy, after->policy, put_said, &r);
	diff_policies(before, after, span, put_change, &r);
	put_roster(&r);
	if (r.n == 0)
		wr_str(&r.w, "nothing is newly permitted or newly refused\n");
	return wr_ok(&r.w);
}
