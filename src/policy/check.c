/*
 * Is:        the warnings (contract in the header).
 * Is not:    the parser's errors.
 * Called by: `slagboom check`, deskd.
 * Owns:      nothing.
 * Trust:     a policy without errors.
 */
#include "policy/check.h"

#include "base/text.h"

enum { DAY = 86400 };

static void check_suppliers(const struct policy *p, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_suppliers; i++) {
		const struct supplier *s = &p->suppliers[i];
		if (s->country && s->control)
			continue;
		diag_warn(d, s->pos, "supplier %s: its %s is not said", diag_quote(s->name),
		    s->control ? "own country" : "controlling jurisdiction");
		diag_hint(d, "it counts as any country for deny rules, and as none for allow rules");
	}
}

static bool is_base64_key(struct rd line)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct rd kind, blob;

	buf_init(&raw, 4096);
	if (!rd_until(&line, ' ', &kind))
		return false;
	if (!rd_until(&line, ' ', &blob))
		blob = line;
	return text_base64(blob, BASE64_PADDED, &raw);
}

static void check_keys(const struct policy *p, struct span keys, struct pos at, struct rd name,
    struct diags *d)
{
	if (keys.n == 0) {
		diag_warn(d, at, "%s has no key", diag_quote(name));
		diag_hint(d, "without one nobody can log in or approve under this name");
	}
	for (uint32_t i = 0; i < keys.n; i++)
		if (!is_base64_key(p->keys[keys.at + i])) {
			diag_warn(d, at, "a key of %s is not base64", diag_quote(name));
			diag_hint(d, "copy the line of the .pub file whole");
		}
}

static void check_people(const struct policy *p, int64_t now, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_engineers; i++) {
		const struct engineer *e = &p->engineers[i];
		check_keys(p, e->keys, e->pos, e->name, d);
		for (int k = 0; k < ROSTER_N; k++)
			if (e->until[k] >= 0 && now >= e->until[k] + DAY) {
				diag_warn(d, e->pos, "the %s of %s is over", policy_roster[k], diag_quote(e->name));
				diag_hint(d, "every crossing is refused until it is renewed");
			}
	}
	for (uint32_t i = 0; i < p->n_officers; i++)
		check_keys(p, p->officers[i].keys, p->officers[i].pos, p->officers[i].name, d);
}

/* Officers of these roles who are nobody else's staff and whose term is not over. */
static uint32_t n_approvers(const struct policy *p, uint32_t roles, uint32_t must, int64_t now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n_officers; i++) {
		const struct officer *o = &p->officers[i];
		bool current = o->until == INT64_MAX || now < o->until + DAY;
		n += (o->roles & roles) && (o->roles & must) == must && o->supplier < 0 && o->keys.n && current;
	}
	return n;
}

/* What is of the intercept compartment its own officers approve, nobody else. */
static uint32_t role_it_must_have(const struct policy *p, const struct rule_decl *r)
{
	for (uint32_t i = 0; i < r->objects.n; i++) {
		const struct selector *s = &p->selectors[r->objects.at + i];
		if ((s->kind == SELECT_COMPARTMENT && s->value == 1) ||
		    (s->kind == SELECT_ASSET && p->assets[s->value].intercept))
			return 1u << ROLE_INTERCEPT;
	}
	return 0;
}

static void check_allow(const struct policy *p, const struct rule_decl *r, int64_t now,
    struct diags *d)
{
	uint32_t must = role_it_must_have(p, r), have = n_approvers(p, r->roles, must, now), need = policy_rule_approvals(p, r);

	if (have < r->approvals) {
		diag_error(d, r->pos, "rule %s needs %u approvals and there are %u officers for it",
		    diag_quote(r->name), r->approvals, have);
		diag_hint(d, must ? "the intercept compartment is approved by its own officers: name intercept-officers with the role" :
		    "nobody could ever cross by it: name officers with the role, and their keys");
	} else if (have < need) {
		diag_warn(d, r->pos, "rule %s has two-person classes and one officer", diag_quote(r->name));
		diag_hint(d, "those classes can never be approved");
	}
	if (!r->has_places) {
		diag_warn(d, r->pos, "rule %s has no 'from': the place does not matter", diag_quote(r->name));
		diag_hint(d, "say 'from any' if that is meant");
	}
	if (r->all_classes) {
		diag_warn(d, r->pos, "rule %s permits every class of command", diag_quote(r->name));
		diag_hint(d, "name the classes that the work needs");
	}
}

static void check_assets(const struct policy *p, const struct classes *c, struct diags *d)
{
	for (uint32_t i = 0; i < p->n_assets; i++) {
		const struct asset *a = &p->assets[i];
		if (a->dialect.len && !classes_knows(c, a->dialect)) {
			diag_warn(d, a->pos, "no pattern is for the dialect %s", diag_quote(a->dialect));
			diag_hint(d, "every command on it will be unknown, and denied");
		}
	}
}

static void check_zones(const struct policy *p, const struct space_zones *zones, int64_t now,
    struct diags *d)
{
	int32_t offset;

	for (uint32_t i = 0; i < p->n_windows; i++)
		if (!zones->offset(zones->ctx, p->windows[i].zone, now, &offset)) {
			diag_error(d, p->windows[i].pos, "no time zone is called %s",
			    diag_quote(p->windows[i].zone));
			diag_hint(d, "as in Europe/Amsterdam; `timedatectl list-timezones` lists them");
		}
}

void policy_check(const struct policy *p, const struct classes *classes,
    const struct space_zones *zones, int64_t now, struct diags *d)
{
	check_suppliers(p, d);
	check_people(p, now, d);
	for (uint32_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].effect == ALLOW)
			check_allow(p, &p->rules[i], now, d);
	if (classes)
		check_assets(p, classes, d);
	check_zones(p, zones, now, d);
}
