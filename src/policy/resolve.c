/*
 * Is:        names to numbers once everything is declared, and what can only be
 *            judged over the whole policy.
 * Is not:    the grammar, nor a decision.
 * Called by: parse.c; can.c for the names in a question.
 * Owns:      nothing.
 * Trust:     names are well formed; whom they mean is checked here.
 */
#include "policy/parser.h"
#include "policy/scalar.h"

static bool unknown(struct diags *d, struct pos at, const char *what, struct rd name)
{
	if (d) {
		diag_error(d, at, "no %s is called %s", what, diag_quote(name));
		diag_hint(d, "declare it, or correct the name");
	}
	return false;
}

static bool resolve_subject(const struct policy *p, struct selector *s, struct diags *d)
{
	int i = policy_supplier(p, s->name);

	s->kind = SELECT_SUPPLIER;
	if (i < 0) {
		i = policy_engineer(p, s->name);
		s->kind = SELECT_ENGINEER;
	}
	if (i < 0)
		return unknown(d, s->pos, "supplier or engineer", s->name);
	s->value = (uint32_t)i;
	return true;
}

bool resolve_selector(const struct policy *p, struct selector *s, bool is_subject,
    struct diags *d)
{
	int i;

	if (s->kind == SELECT_GROUP)
		return names_find(&p->groups, s->name, &s->value) ||
		    unknown(d, s->pos, "group of assets", s->name);
	if (s->kind != SELECT_NAME)
		return true;
	if (is_subject)
		return resolve_subject(p, s, d);
	i = policy_asset(p, s->name);
	if (i < 0)
		return unknown(d, s->pos, "asset", s->name);
	s->kind = SELECT_ASSET;
	s->value = (uint32_t)i;
	return true;
}

static void resolve_people(struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_engineers; i++) {
		struct engineer *e = &p->engineers[i];
		e->supplier = policy_supplier(p, e->supplier_name);
		if (e->supplier < 0)
			(void)unknown(d, e->pos, "supplier", e->supplier_name);
	}
	for (uint32_t i = 0; i < p->n_officers; i++) {
		struct officer *o = &p->officers[i];
		if (o->supplier_name.len == 0)
			continue;
		o->supplier = policy_supplier(p, o->supplier_name);
		if (o->supplier < 0)
			(void)unknown(d, o->pos, "supplier", o->supplier_name);
	}
}

/* The part of a public key's line that is the key: its second word. The first says only once more
 * of what kind it is, and the rest is a comment. */
static struct rd key_itself(struct rd line)
{
	struct rd kind, blob;

	if (!rd_until(&line, ' ', &kind) || !rd_until(&line, ' ', &blob))
		blob = line;
	return blob;
}

static void add_keys(struct policy *p, struct names *seen, struct span keys, struct pos at,
    struct rd whose, struct diags *d)
{
	for (uint32_t i = 0; i < keys.n; i++) {
		if (names_add(seen, key_itself(p->keys[keys.at + i]), 0))
			continue;
		diag_error(d, at, "a key of %s is somebody else's too", diag_quote(whose));
		diag_hint(d, "a key is one natural person's");
	}
}

/* Who has the key of an authority comes as whomever he likes. */
static void check_authority(const struct policy *p, const struct names *persons, const struct supplier *s,
    struct diags *d)
{
	uint32_t v;

	for (uint32_t i = 0; i < s->cas.n; i++) {
		if (!names_find(persons, key_itself(p->keys[s->cas.at + i]), &v))
			continue;
		diag_error(d, s->pos, "an authority of %s has the key of a person", diag_quote(s->name));
		diag_hint(d, "an authority has a key of its own, which nobody logs in or approves with");
	}
}

/* One key, one person: two names for one key would approve each other. */
static void resolve_keys(struct policy *p, struct diags *d)
{
	struct names seen = { 0 };

	for (uint32_t i = 0; i < p->n_engineers; i++)
		add_keys(p, &seen, p->engineers[i].keys, p->engineers[i].pos, p->engineers[i].name, d);
	for (uint32_t i = 0; i < p->n_officers; i++)
		add_keys(p, &seen, p->officers[i].keys, p->officers[i].pos, p->officers[i].name, d);
	for (uint32_t i = 0; i < p->n_suppliers; i++)
		check_authority(p, &seen, &p->suppliers[i], d);
	names_done(&seen);
}

static void resolve_assets(struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_assets; i++) {
		struct asset *a = &p->assets[i];
		if (a->site_name.len == 0)
			continue;
		a->site = policy_site(p, a->site_name);
		if (a->site < 0)
			(void)unknown(d, a->pos, "site", a->site_name);
	}
}

static void resolve_places(struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_places; i++) {
		struct place_item *item = &p->places[i];
		if (item->site_name.len == 0)
			continue;
		item->site = policy_site(p, item->site_name);
		if (item->site < 0)
			(void)unknown(d, item->pos, "site", item->site_name);
	}
}

static void resolve_zones(struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_windows; i++) {
		if (policy_zone(p, p->windows[i].zone) >= 0)
			continue;
		if (p->n_zones == ZONES_MAX) {
			diag_error(d, p->windows[i].pos, "more than %u time zones", ZONES_MAX);
			diag_hint(d, "this is a limit of the program");
			return;
		}
		p->zones[p->n_zones++] = p->windows[i].zone;
	}
}

static uint64_t all_classes(const struct policy *p)
{
	uint64_t bits = p->n_classes == 64 ? UINT64_MAX : ((uint64_t)1 << p->n_classes) - 1;

	return bits & ~(uint64_t)1; /* never "unknown" */
}

static void resolve_classes(struct policy *p, struct rule_decl *r, struct diags *d)
{
	/* What is always permitted with a session: prompts, paging, log-off. */
	r->classes = r->effect == ALLOW ? (uint64_t)1 << policy_class(p, rd_str("session")) : 0;
	if (r->all_classes || !r->has_classes)
		r->classes = all_classes(p);
	for (uint32_t i = 0; i < r->class_names.n; i++) {
		struct rd name = p->class_names[r->class_names.at + i];
		struct pos at = p->class_name_pos[r->class_names.at + i];
		int c = policy_class(p, name);
		if (c > 0)
			r->classes |= (uint64_t)1 << c;
		else if (c == 0)
			diag_error(d, at, "what is unknown cannot be named: it is always denied");
		else
			(void)unknown(d, at, "command class", name);
	}
}

/* Who acts from an account is one officer. */
static void resolve_logins(struct policy *p, struct diags *d)
{
	struct names seen = { 0 };

	for (uint32_t i = 0; i < p->n_officers; i++) {
		struct officer *o = &p->officers[i];
		if (o->login.len && !names_add(&seen, o->login, i)) {
			diag_error(d, o->pos, "the account %s has two officers", diag_quote(o->login));
			diag_hint(d, "each officer acts from an account of his own");
		}
	}
	names_done(&seen);
}

static void resolve_rules(struct policy *p, struct diags *d)
{
	struct names seen = { 0 };

	for (uint32_t i = 0; i < p->n_rules; i++) {
		struct rule_decl *r = &p->rules[i];
		if (r->name.len && !names_add(&seen, r->name, i)) {
			diag_error(d, r->pos, "the rule %s is declared twice", diag_quote(r->name));
			diag_hint(d, "a grant names its rule, so names are unique");
		}
		if (!r->has_channels)
			r->channels = r->effect == ALLOW ? (1u << CHANNEL_N) - 1 - (1u << CHANNEL_FILE)
			                                 : (1u << CHANNEL_N) - 1;
		resolve_classes(p, r, d);
		for (uint32_t k = 0; k < r->subjects.n; k++)
			(void)resolve_selector(p, &p->selectors[r->subjects.at + k], true, d);
		for (uint32_t k = 0; k < r->objects.n; k++)
			(void)resolve_selector(p, &p->selectors[r->objects.at + k], false, d);
	}
	names_done(&seen);
}

static void resolve_commands(struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_commands; i++)
		if (policy_class(p, p->commands[i].class_name) < 0)
			(void)unknown(d, p->commands[i].pos, "command class",
			    p->commands[i].class_name);
}

void resolve(struct policy *p, struct diags *d)
{
	if (!p->operator.given && d->n_errors == 0) {
		diag_error(d, (struct pos){ 0, 1, 1 }, "the policy has no operator");
		diag_hint(d, "begin with a line as in: operator \"Kustnet B.V.\" in NL");
	}
	resolve_people(p, d);
	resolve_keys(p, d);
	resolve_logins(p, d);
	resolve_assets(p, d);
	resolve_places(p, d);
	resolve_zones(p, d);
	resolve_rules(p, d);
	resolve_commands(p, d);
	order_rules(p);
}
