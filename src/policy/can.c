/*
 * Is:        questions over a whole policy (contract in the header).
 * Is not:    a sample.
 * Called by: `slagboom can`, deskd.
 * Owns:      nothing.
 * Trust:     the question is hostile text.
 */
#include "policy/can.h"

#include <string.h>

#include "base/mem.h"
#include "base/wr.h"
#include "policy/compile.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/parser.h"
#include "policy/scalar.h"

/* ---- the question ---- */

static bool take_object(struct parser *ps, const struct policy *p, struct selector *out)
{
	struct span s;

	if (!parse_objects(ps, &s))
		return false;
	*out = ps->p->selectors[s.at];
	if (s.n != 1)
		return parser_expected(ps, "one asset, group or compartment", "ask about one at a time");
	return resolve_selector(p, out, false, ps->d);
}

/* ">20 clear subscribers", also "> 20" and "more than 20" */
static bool take_see(struct parser *ps, struct can_question *q)
{
	struct rd word = ps->tok.text;
	uint64_t n;
	int kind;

	if (parser_try(ps, ">")) {
		if (!parser_take_number(ps, "how many", UINT32_MAX - 1, &n))
			return false;
	} else {
		if (ps->tok.kind != LEX_WORD || !rd_word(&word, ">") ||
		    !scalar_number(word, UINT32_MAX - 1, &n))
			return parser_expected(ps, "more than how many", "as in >20 clear subscribers");
		parser_next(ps);
	}
	if (!parser_take(ps, "clear") ||
	    !parser_take_choice(ps, "what is seen", policy_kinds, KIND_N, &kind))
		return false;
	q->more_than = (uint32_t)n;
	q->kind = (enum kind)kind;
	return true;
}

static bool take_do(struct parser *ps, const struct policy *p, struct can_question *q)
{
	struct pos at = parser_pos(ps);
	struct rd name;
	int c;

	if (!parser_take_name(ps, "a command class", &name))
		return false;
	c = policy_class(p, name);
	if (c < 0) {
		diag_error(ps->d, at, "no command class is called %s", diag_quote(name));
		return false;
	}
	q->cls = (uint32_t)c;
	return true;
}

static bool take_question(struct parser *ps, const struct policy *p, struct can_question *q)
{
	static const char *const verbs[] = { "see", "reach", "do" };
	struct span s;
	int verb;

	if (!parse_subjects(ps, &s))
		return false;
	q->who = ps->p->selectors[s.at];
	q->what = (struct selector){ .kind = SELECT_ANY };
	if (s.n != 1)
		return parser_expected(ps, "one supplier, engineer or country", "ask about one at a time");
	if (!resolve_selector(p, &q->who, true, ps->d) ||
	    !parser_take_choice(ps, "see, reach or do", verbs, ARRAY_LEN(verbs), &verb))
		return false;
	q->verb = (enum can_verb)verb;
	if (q->verb == CAN_SEE && !take_see(ps, q))
		return false;
	if (q->verb == CAN_DO && !take_do(ps, p, q))
		return false;
	if ((q->verb == CAN_REACH || parser_try(ps, "on")) && !take_object(ps, p, &q->what))
		return false;
	return parser_at_end(ps) || parser_expected(ps, "the end of the question", NULL);
}

int can_parse(const struct policy *p, struct rd text, struct diags *d, struct can_question *out)
{
	/* Selectors of the question go to a policy of its own. */
	AUTO(policy_free) struct policy *own = policy_new();
	struct parser ps = { .p = own, .d = d };
	struct can_question q = { 0 };

	lex_init(&ps.lex, text);
	parser_next(&ps);
	if (!take_question(&ps, p, &q))
		return PARSE_BAD;
	*out = q;
	return 0;
}

/* ---- the search ---- */

/* Of people or assets that decide treats alike, those that stand for the rest. */
struct stand_ins { uint32_t *at; uint32_t n; };

struct search {
	const struct can_world *w;
	const struct can_question *q;
	struct space space;
	struct stand_ins people, assets;
	struct can_answer answer;
};

static void stand_in(struct stand_ins *s, uint32_t who)
{
	s->at = policy_room(s->at, s->n, sizeof(who));
	s->at[s->n++] = who;
}

/* The roster only takes away, so of one view the one whose papers last longest stands
 * for all: one for the core and one for the intercept compartment. */
static void choose_people(struct search *s)
{
	const struct table *t = s->w->table;
	uint32_t n = t->n_subjects * 3;
	AUTO(mem_free) uint32_t *best_core = mem_new(n, sizeof(uint32_t));
	AUTO(mem_free) uint32_t *best_intercept = mem_new(n, sizeof(uint32_t));

	for (uint32_t i = 0; i < t->n_people; i++) {
		const struct table_person *x = &t->people[i];
		uint32_t key = x->view * 3 + x->transfer;
		if (select_engineer(s->w->policy, &s->q->who, i) == NO)
			continue;
		if (!best_core[key] || t->people[best_core[key] - 1].fit_core < x->fit_core)
			best_core[key] = i + 1;
		if (!best_intercept[key] ||
		    t->people[best_intercept[key] - 1].fit_intercept < x->fit_intercept)
			best_intercept[key] = i + 1;
	}
	for (uint32_t k = 0; k < n; k++) {
		if (best_core[k])
			stand_in(&s->people, best_core[k] - 1);
		if (best_intercept[k] && best_intercept[k] != best_core[k])
			stand_in(&s->people, best_intercept[k] - 1);
	}
}

static void choose_assets(struct search *s)
{
	const struct table *t = s->w->table;
	AUTO(mem_free) uint8_t *seen = mem_new((size_t)t->n_objects * 2, 1);

	for (uint32_t i = 0; i < t->n_assets; i++) {
		uint32_t key = t->assets[i].view * 2 + (t->assets[i].intercept != 0);
		/* As a deny rule means it: `any` is everything. */
		if (seen[key] || select_asset(s->w->policy, &s->q->what, i, DENY) == NO)
			continue;
		seen[key] = 1;
		stand_in(&s->assets, i);
	}
}

static bool try_commands(struct search *s, uint32_t rule, struct crossing *q)
{
	const struct table *t = s->w->table;
	const struct table_rule *r = &t->rules[rule];

	for (q->cls = 1; q->cls < s->w->policy->n_classes; q->cls++) {
		if (r->may[q->cls] != 1 || (s->q->verb == CAN_DO && q->cls != s->q->cls))
			continue;
		for (q->channel = 0; q->channel < CHANNEL_N; q->channel++) {
			struct decision d;
			if (r->over[q->channel] != 1)
				continue;
			d = decide(t, q);
			if (d.verdict != ALLOW)
				continue;
			s->answer = (struct can_answer){ .yes = true, .witness = *q, .rule = d.rule,
				.approvals = decide_approvals_needed(t, &t->rules[d.rule], q) };
			return true;
		}
	}
	return false;
}

static bool try_points(struct search *s, uint32_t rule, struct crossing *q)
{
	const struct can_world *w = s->w;
	const struct table_rule *r = &w->table->rules[rule];

	for (uint32_t i = 0; i < s->space.n_times; i++) {
		space_set_time(w->policy, &w->zones, s->space.times[i], q);
		if (decide_between(r, q) != YES || decide_window(w->table, r, q) != YES)
			continue;
		for (uint32_t k = 0; k < s->space.n_places; k++) {
			space_set_place(w->policy, &s->space.places[k], q);
			if (decide_place(w->table, r, q) == YES && try_commands(s, rule, q))
				return true;
		}
	}
	return false;
}

static bool try_rule(struct search *s, uint32_t rule)
{
	const struct table *t = s->w->table;
	struct crossing q = { .n_approvals = APPROVALS_MAX };

	for (int i = 0; i < APPROVALS_MAX; i++)
		q.approvals[i] = UINT32_MAX;
	if (s->q->verb == CAN_SEE)
		q.clear[s->q->kind] = s->q->more_than + 1;
	if (t->rules[rule].effect != ALLOW || !decide_limits(&t->rules[rule], &q))
		return false;
	for (uint32_t i = 0; i < s->people.n; i++) {
		q.engineer = s->people.at[i];
		if (t->subjects[t->people[q.engineer].view].match[rule] != YES)
			continue;
		for (uint32_t k = 0; k < s->assets.n; k++) {
			q.asset = s->assets.at[k];
			if (t->objects[t->assets[q.asset].view].match[rule] == YES &&
			    try_points(s, rule, &q))
				return true;
		}
	}
	return false;
}

struct can_answer can_ask(const struct can_world *w, const struct can_question *q)
{
	struct search s = { .w = w, .q = q };

	space_init(&s.space, w->policy, NULL, &w->zones, w->from, w->days);
	choose_people(&s);
	choose_assets(&s);
	for (uint32_t i = 0; i < w->table->n_rules && !s.answer.yes; i++)
		(void)try_rule(&s, i);
	space_done(&s.space);
	mem_free(&s.people.at);
	mem_free(&s.assets.at);
	return s.answer;
}

bool can_render(const struct can_world *w, const struct can_answer *a, struct buf *out)
{
	struct wr wr = wr_to(out);

	if (!a->yes) {
		wr_str(&wr, "none\n");
		return wr_ok(&wr);
	}
	wr_str(&wr, "yes: ");
	explain_crossing(&wr, w->policy, &a->witness);
	wr_str(&wr, "     by ");
	explain_rule_name(&wr, w->policy, a->rule);
	wr_text(&wr, ", with %u approval%s by ", a->approvals, a->approvals == 1 ? "" : "s");
	explain_roles(&wr, w->table->rules[a->rule].roles);
	wr_str(&wr, "\n");
	return wr_ok(&wr);
}
