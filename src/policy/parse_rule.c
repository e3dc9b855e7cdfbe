/*
 * Is:        rules: `rule NAME` with its clauses, and top-level `deny`.
 * Is not:    their meaning (compile.c) or their names' (resolve.c).
 * Called by: parse.c; can.c for who and what.
 * Owns:      nothing; fills the policy.
 * Trust:     hostile text.
 */
#include "policy/parser.h"

#include "base/ascii.h"
#include "policy/scalar.h"

enum { SESSION_DEFAULT = 8 * 3600 };

static bool list_full(struct parser *ps)
{
	diag_error(ps->d, parser_pos(ps), "more than %u in one list", MODEL_LIST_MAX);
	diag_hint(ps->d, "use a group, a supplier or several rules");
	return false;
}

/* ---- who and what ---- */

static bool take_selector(struct parser *ps, bool is_subject, struct selector *s)
{
	static const char *const compartments[] = { "core", "intercept" };
	uint16_t country;
	int i;

	*s = (struct selector){ .kind = SELECT_NAME, .pos = parser_pos(ps) };
	if (parser_try(ps, "any")) {
		s->kind = SELECT_ANY;
		return true;
	}
	if (is_subject && (parser_is(ps, "employed-under") || parser_is(ps, "controlled-from"))) {
		s->kind = parser_is(ps, "employed-under") ? SELECT_EMPLOYED : SELECT_CONTROLLED;
		parser_next(ps);
		if (!parser_take_country(ps, &country))
			return false;
		s->value = country;
		return true;
	}
	if (!is_subject && parser_try(ps, "compartment")) {
		s->kind = SELECT_COMPARTMENT;
		if (!parser_take_choice(ps, "a compartment", compartments, 2, &i))
			return false;
		s->value = (uint32_t)i;
		return true;
	}
	if (!is_subject && parser_try(ps, "holds")) {
		s->kind = SELECT_HOLDS;
		if (!parser_take_choice(ps, "what assets hold", policy_holds, KIND_N + 1, &i))
			return false;
		s->value = (uint32_t)i;
		return true;
	}
	if (!is_subject && parser_try(ps, "group")) {
		s->kind = SELECT_GROUP;
		return parser_take_name(ps, "a group's name", &s->name);
	}
	return parser_take_new_name(ps,
	    is_subject ? "who: any, a supplier, an engineer, employed-under or controlled-from"
	               : "what: any, an asset, compartment, holds or group", &s->name);
}

static bool take_selectors(struct parser *ps, bool is_subject, struct span *out)
{
	struct policy *p = ps->p;
	struct selector s;

	*out = (struct span){ .at = p->n_selectors };
	do {
		if (!take_selector(ps, is_subject, &s))
			return false;
		if (out->n == MODEL_LIST_MAX)
			return list_full(ps);
		p->selectors = policy_room(p->selectors, p->n_selectors, sizeof(s));
		p->selectors[p->n_selectors++] = s;
		out->n++;
	} while (parser_try_comma(ps));
	return true;
}

bool parse_subjects(struct parser *ps, struct span *out)
{
	return take_selectors(ps, true, out);
}

bool parse_objects(struct parser *ps, struct span *out)
{
	return take_selectors(ps, false, out);
}

static bool take_head(struct parser *ps, struct rule_decl *r, enum verdict effect)
{
	if (r->has_head) {
		diag_error(ps->d, parser_pos(ps), "a second allow or deny in one rule");
		diag_hint(ps->d, "make it a rule of its own");
		return false;
	}
	r->has_head = true;
	r->effect = effect;
	return parse_subjects(ps, &r->subjects) && parser_take(ps, "to") &&
	    parse_objects(ps, &r->objects);
}

static bool clause_allow(struct parser *ps, void *o)
{
	return take_head(ps, o, ALLOW);
}

static bool clause_deny(struct parser *ps, void *o)
{
	return take_head(ps, o, DENY);
}

/* ---- from NL, site utrecht ---- */

static bool take_place(struct parser *ps, struct place_item *out)
{
	*out = (struct place_item){ .site = MODEL_NONE, .pos = parser_pos(ps) };
	if (parser_try(ps, "site"))
		return parser_take_name(ps, "a site's name", &out->site_name);
	if (ps->tok.kind == LEX_WORD && scalar_country(ps->tok.text, &out->country)) {
		parser_next(ps);
		return true;
	}
	return parser_expected(ps, "a place", "any, a country as in NL, or 'site' and its name");
}

static bool clause_from(struct parser *ps, void *o)
{
	struct rule_decl *r = o;
	struct policy *p = ps->p;
	struct place_item item;

	r->has_places = true;
	if (parser_try(ps, "any"))
		return true;
	r->places.at = p->n_places;
	do {
		if (!take_place(ps, &item))
			return false;
		if (r->places.n == MODEL_LIST_MAX)
			return list_full(ps);
		p->places = policy_room(p->places, p->n_places, sizeof(item));
		p->places[p->n_places++] = item;
		r->places.n++;
	} while (parser_try_comma(ps));
	return true;
}

/* ---- during mon-fri 08:00-18:00 Europe/Amsterdam, at most 4h ---- */

static bool take_days(struct parser *ps, uint8_t *out)
{
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	struct rd word = ps->tok.text, first;
	int a, b;

	if (ps->tok.kind != LEX_WORD)
		return false;
	if (rd_is(&word, "daily")) {
		*out = 0x7f;
		return true;
	}
	if (!rd_until(&word, '-', &first))
		first = word;
	a = scalar_index(first, days, ARRAY_LEN(days));
	b = scalar_index(word, days, ARRAY_LEN(days));
	if (a < 0 || b < 0)
		return false;
	*out = (uint8_t)(1u << b);
	for (int i = a; i != b; i = (i + 1) % 7)
		*out = (uint8_t)(*out | 1u << i);
	return true;
}

static bool take_clocks(struct parser *ps, struct window_item *w)
{
	struct rd word = ps->tok.text, first;

	return ps->tok.kind == LEX_WORD && rd_until(&word, '-', &first) &&
	    scalar_clock(first, &w->from) && scalar_clock(word, &w->to) && w->from != w->to &&
	    w->from < 1440;
}

static bool is_zone(struct rd r)
{
	uint8_t c;
	bool ok = r.len > 0 && r.len <= SCALAR_NAME_MAX && rd_at(&r, 0, &c) && is_upper(c);

	while (ok && rd_u8(&r, &c))
		ok = is_alnum(c) || c == '/' || c == '_' || c == '-' || c == '+';
	return ok;
}

static bool take_window(struct parser *ps, struct window_item *w)
{
	*w = (struct window_item){ .pos = parser_pos(ps) };
	if (!take_days(ps, &w->days))
		return parser_expected(ps, "days or 'at most'",
		    "as in mon-fri, sat or daily; then the hours and the time zone");
	parser_next(ps);
	if (!take_clocks(ps, w))
		return parser_expected(ps, "hours", "as in 08:00-18:00, or 22:00-06:00 over midnight");
	parser_next(ps);
	if (ps->tok.kind != LEX_WORD || !is_zone(ps->tok.text))
		return parser_expected(ps, "a time zone", "as in Europe/Amsterdam or UTC");
	w->zone = ps->tok.text;
	parser_next(ps);
	return true;
}

static bool take_session_max(struct parser *ps, struct rule_decl *r)
{
	if (!parser_take(ps, "most"))
		return false;
	if (ps->tok.kind != LEX_WORD || !scalar_duration(ps->tok.text, &r->session_max) ||
	    r->session_max == 0)
		return parser_expected(ps, "a duration", "as in 90s, 15m, 4h or 2d");
	r->has_session = true;
	parser_next(ps);
	return true;
}

static bool clause_during(struct parser *ps, void *o)
{
	struct rule_decl *r = o;
	struct policy *p = ps->p;
	struct window_item item;

	r->windows.at = p->n_windows;
	do {
		if (r->has_session)
			return parser_expected(ps, "the end of the line", "'at most' stands last");
		if (parser_try(ps, "at")) {
			if (!take_session_max(ps, r))
				return false;
			continue;
		}
		if (!take_window(ps, &item))
			return false;
		if (r->windows.n == MODEL_LIST_MAX)
			return list_full(ps);
		r->has_windows = true;
		p->windows = policy_room(p->windows, p->n_windows, sizeof(item));
		p->windows[p->n_windows++] = item;
		r->windows.n++;
	} while (parser_try_comma(ps));
	return true;
}

static bool clause_between(struct parser *ps, void *o)
{
	struct rule_decl *r = o;
	int64_t last;

	if (!parser_take_date(ps, &r->from) || !parser_take(ps, "and") ||
	    !parser_take_date(ps, &last))
		return false;
	if (last < r->from)
		return parser_expected(ps, "a second date that is not before the first", NULL);
	r->to = last + 86400;
	r->has_between = true;
	return true;
}

/* ---- approved by 2 of approver ---- */

static bool clause_approved(struct parser *ps, void *o)
{
	struct rule_decl *r = o;
	uint64_t n = 1;
	int i;

	if (!parser_take(ps, "by"))
		return false;
	if (ps->tok.kind == LEX_WORD && scalar_number(ps->tok.text, APPROVALS_MAX, &n)) {
		if (n == 0)
			return parser_expected(ps, "1 or more",
			    "nobody crosses without an approval by somebody else");
		parser_next(ps);
		if (!parser_take(ps, "of"))
			return false;
	}
	r->roles = 0;
	do {
		if (!parser_take_choice(ps, "a number or a role", policy_roles, ROLE_N, &i))
			return false;
		r->roles |= 1u << i;
	} while (parser_try_comma(ps));
	r->approvals = (uint8_t)n;
	r->has_approvals = true;
	return true;
}

/* ---- may read-config, read-alarms   (allow)   doing trace   (deny) ---- */

static bool take_classes(struct parser *ps, struct rule_decl *r)
{
	struct policy *p = ps->p;
	struct pos at;
	struct rd name;

	r->has_classes = true;
	if (parser_try(ps, "any")) {
		r->all_classes = true;
		return true;
	}
	/* A rule may say both `may` and `doing`: the second goes on where the first ended. */
	if (r->class_names.n == 0)
		r->class_names.at = p->n_class_names;
	do {
		at = parser_pos(ps);
		if (!parser_take_name(ps, "a command class", &name))
			return false;
		if (r->class_names.n == MODEL_LIST_MAX)
			return list_full(ps);
		p->class_names = policy_room(p->class_names, p->n_class_names, sizeof(name));
		p->class_name_pos = policy_room(p->class_name_pos, p->n_class_names, sizeof(at));
		p->class_names[p->n_class_names] = name;
		p->class_name_pos[p->n_class_names++] = at;
		r->class_names.n++;
	} while (parser_try_comma(ps));
	return true;
}

static bool clause_may(struct parser *ps, void *o)
{
	return take_classes(ps, o);
}

static bool clause_over(struct parser *ps, void *o)
{
	struct rule_decl *r = o;
	int i;

	r->channels = 0;
	do {
		if (!parser_take_choice(ps, "a channel", policy_channels, CHANNEL_N, &i))
			return false;
		r->channels = (uint8_t)(r->channels | 1u << i);
	} while (parser_try_comma(ps));
	r->has_channels = true;
	return true;
}

/* ---- show subscribers masked, at most 20 clear ---- */

static bool clause_show(struct parser *ps, void *o)
{
	static const char *const how[] = { "masked", "clear" };
	struct rule_decl *r = o;
	uint64_t n = 0;
	int kind, clear;

	if (!parser_take_choice(ps, "what is shown", policy_kinds, KIND_N, &kind) ||
	    !parser_take_choice(ps, "how it is shown", how, 2, &clear))
		return false;
	if (r->has_show[kind]) {
		diag_error(ps->d, parser_pos(ps), "%s is shown twice", policy_kinds[kind]);
		diag_hint(ps->d, "keep one");
		return false;
	}
	if (parser_try_comma(ps)) {
		if (!parser_take(ps, "at") || !parser_take(ps, "most") ||
		    !parser_take_number(ps, "how many", UINT32_MAX - 1, &n))
			return false;
		if (!clear && !parser_take(ps, "clear"))
			return false;
	} else if (clear) {
		return parser_expected(ps, "', at most' and a number", "what is clear is always counted");
	}
	r->has_show[kind] = true;
	r->clear_shown[kind] = clear;
	r->clear_max[kind] = (uint32_t)n;
	return true;
}

static bool clause_opaque(struct parser *ps, void *o)
{
	struct rule_decl *r = o;

	if (!parser_take(ps, "at") || !parser_take(ps, "most"))
		return false;
	if (ps->tok.kind != LEX_WORD || !scalar_size(ps->tok.text, &r->opaque_max))
		return parser_expected(ps, "a size", "as in 512, 64KiB or 10MiB");
	r->has_opaque = true;
	parser_next(ps);
	return true;
}

static const struct attribute clauses[] = {
	{ "allow", clause_allow, true }, { "deny", clause_deny, true },
	{ "from", clause_from, false }, { "during", clause_during, false },
	{ "between", clause_between, false }, { "approved", clause_approved, false },
	{ "may", clause_may, false }, { "doing", clause_may, false },
	{ "over", clause_over, false }, { "show", clause_show, true },
	{ "opaque", clause_opaque, false },
};

/* One line of a rule. An error costs this line alone. */
static bool take_clause(struct parser *ps, struct rule_decl *r)
{
	static const char hint[] =
	    "allow, deny, from, during, between, approved, may, doing, over, show, opaque";
	size_t i = 0;

	while (i < ARRAY_LEN(clauses) && !parser_is(ps, clauses[i].word))
		i++;
	if (i == ARRAY_LEN(clauses))
		return parser_expected(ps, "a clause", hint);
	if ((ps->seen & (uint64_t)1 << i) && !clauses[i].many) {
		diag_error(ps->d, parser_pos(ps), "a second '%s' in one rule", clauses[i].word);
		diag_hint(ps->d, "join them with commas");
		return false;
	}
	ps->seen |= (uint64_t)1 << i;
	parser_next(ps);
	if (!clauses[i].take(ps, r))
		return false;
	if (ps->tok.kind == LEX_NEXT || parser_at_end(ps))
		return true;
	return parser_expected(ps, "a comma or the end of the line", "each clause has a line of its own");
}

/* What an allow needs, and what a deny may not have. */
static bool judge_rule(struct parser *ps, const struct rule_decl *r)
{
	bool shows = r->has_opaque || r->has_approvals || r->has_session;

	for (int k = 0; k < KIND_N; k++)
		shows |= r->has_show[k];
	if (!r->has_head) {
		diag_error(ps->d, r->pos, "a rule that neither allows nor denies");
		diag_hint(ps->d, "its first line is as in: allow meridian to hlr1");
	} else if (r->effect == ALLOW && !r->has_classes) {
		diag_error(ps->d, r->pos, "an allow rule that permits no command");
		diag_hint(ps->d, "add a line as in: may read-config, read-alarms");
	} else if (r->effect == DENY && shows) {
		diag_error(ps->d, r->pos, "a deny rule with limits or approvals");
		diag_hint(ps->d, "a deny has only from, during (hours), between, doing and over");
	} else {
		return true;
	}
	return false;
}

static bool add_rule(struct parser *ps, const struct rule_decl *r)
{
	struct policy *p = ps->p;

	if (p->n_rules == RULES_MAX) {
		diag_error(ps->d, r->pos, "more than %u rules", RULES_MAX);
		diag_hint(ps->d, "use groups and lists");
		return false;
	}
	p->rules = policy_room(p->rules, p->n_rules, sizeof(*r));
	p->rules[p->n_rules++] = *r;
	return true;
}

static struct rule_decl new_rule(const struct parser *ps)
{
	return (struct rule_decl){
		.pos = parser_pos(ps), .session_max = SESSION_DEFAULT, .to = INT64_MAX,
		.from = INT64_MIN, .approvals = 1, .roles = 1u << ROLE_APPROVER,
	};
}

static bool take_clauses(struct parser *ps, struct rule_decl *r, bool ok)
{
	while (!parser_at_end(ps)) {
		if (ps->tok.kind == LEX_NEXT) {
			parser_next(ps);
		} else if (!take_clause(ps, r)) {
			ok = false;
			parser_skip_line(ps);
		}
	}
	return ok && judge_rule(ps, r) && add_rule(ps, r);
}

bool parse_rule(struct parser *ps)
{
	struct rule_decl r = new_rule(ps);

	ps->seen = 0;
	if (!parser_take_new_name(ps, "the rule's name", &r.name))
		return false;
	if (ps->tok.kind != LEX_NEXT)
		return parser_expected(ps, "the end of the line",
		    "the rule's clauses follow on lines of their own, indented");
	return take_clauses(ps, &r, true);
}

bool parse_deny(struct parser *ps)
{
	struct rule_decl r = new_rule(ps);

	ps->seen = 0;
	return take_clauses(ps, &r, take_head(ps, &r, DENY));
}
