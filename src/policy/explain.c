/*
 * Is:        explanations (contract in the header).
 * Is not:    a second opinion.
 * Called by: `slagboom explain`, can, diff.
 * Owns:      nothing.
 * Trust:     any crossing.
 */
#include "policy/explain.h"

#include "policy/decide.h"
#include "policy/scalar.h"

static const char *tri_text(enum tri x)
{
	return x == YES ? "yes" : x == MAYBE ? "unknown" : "no";
}

static void put_country(struct wr *w, uint32_t c)
{
	if (c)
		wr_text(w, "%c%c", (char)(c >> 8), (char)(c & 0xff));
	else
		wr_str(w, "an unknown place");
}

void explain_roles(struct wr *w, uint32_t roles)
{
	bool any = false;

	for (int i = 0; i < ROLE_N; i++) {
		if (!(roles >> i & 1))
			continue;
		wr_str(w, any ? " or " : "");
		wr_str(w, policy_roles[i]);
		any = true;
	}
}

void explain_rule_name(struct wr *w, const struct policy *p, uint32_t rule)
{
	const struct rule_decl *r = &p->rules[rule];

	if (r->name.len) {
		wr_str(w, "rule ");
		wr_bytes(w, r->name);
	} else {
		wr_str(w, "deny");
	}
	wr_str(w, " (");
	wr_bytes(w, p->file_names[r->pos.file]);
	wr_text(w, ":%u)", r->pos.line);
}

static void put_place(struct wr *w, const struct policy *p, const struct crossing *q)
{
	put_country(w, q->country);
	if (q->site >= SITE_FIRST && q->site - SITE_FIRST < p->n_sites) {
		wr_str(w, ", site ");
		wr_bytes(w, p->sites[q->site - SITE_FIRST].name);
	}
}

static void put_counters(struct wr *w, const struct crossing *q)
{
	for (int k = 0; k < KIND_N; k++)
		if (q->clear[k])
			wr_text(w, ", %u %s in the clear", q->clear[k], policy_kinds[k]);
	if (q->opaque)
		wr_text(w, ", %llu opaque bytes", (unsigned long long)q->opaque);
	if (q->age)
		wr_text(w, ", %u s into the session", q->age);
}

void explain_crossing(struct wr *w, const struct policy *p, const struct crossing *q)
{
	struct rd nobody = rd_str("somebody unknown"), nothing = rd_str("something unknown");

	wr_bytes(w, q->engineer < p->n_engineers ? p->engineers[q->engineer].name : nobody);
	if (q->engineer < p->n_engineers) {
		wr_str(w, " of ");
		wr_bytes(w, p->engineers[q->engineer].supplier_name);
	}
	wr_str(w, " to ");
	wr_bytes(w, q->asset < p->n_assets ? p->assets[q->asset].name : nothing);
	wr_str(w, ": ");
	wr_bytes(w, q->cls < p->n_classes ? p->classes[q->cls].name : rd_str("unknown"));
	wr_text(w, " over %s, from ", q->channel < CHANNEL_N ? policy_channels[q->channel] : "unknown");
	put_place(w, p, q);
	wr_str(w, ", at ");
	if (!w->failed && !scalar_put_instant(w->b, q->now))
		wr_str(w, "no time");
	put_counters(w, q);
	wr_str(w, "\n");
}

static void put_roster(struct wr *w, const struct policy *p, const struct crossing *q)
{
	const struct engineer *e = &p->engineers[q->engineer];

	for (int i = 0; i < ROSTER_N; i++) {
		bool asked = p->operator.required[i] || p->assets[q->asset].intercept;
		if (e->until[i] == SCALAR_NO_DATE && !asked)
			continue;
		wr_text(w, "    %-10s ", policy_roster[i]);
		if (e->until[i] == SCALAR_NO_DATE) {
			wr_str(w, "no: not on the roster\n");
			continue;
		}
		wr_str(w, q->now < e->until[i] + 86400 ? "yes: until " : "no: ended ");
		if (!w->failed)
			w->failed = !scalar_put_date(w->b, e->until[i]);
		wr_str(w, "\n");
	}
}

static void put_verdict(struct wr *w, const struct policy *p, const struct decision *d)
{
	static const char *const texts[] = {
		[WHY_NO_RULE] = "no rule allows it",
		[WHY_UNKNOWN_WHO] = "the engineer or the asset is not in the policy",
		[WHY_UNKNOWN_COMMAND] = "the command's class is unknown, which is always denied",
		[WHY_NOT_FIT] = "screening, NDA or training is missing or over",
		[WHY_TRANSFER] = "persons may not be shown there in the clear without a transfer basis",
		[WHY_DENY_RULE] = "denied by ",
		[WHY_ALLOW_RULE] = "allowed by ",
	};

	wr_str(w, d->verdict == ALLOW ? "ALLOW: " : "DENY: ");
	wr_str(w, texts[d->why]);
	if (d->why == WHY_DENY_RULE || d->why == WHY_ALLOW_RULE)
		explain_rule_name(w, p, d->rule);
	wr_str(w, "\n");
}

static void put_tri(struct wr *w, const char *what, enum tri x)
{
	wr_text(w, "    %-10s %s\n", what, tri_text(x));
}

static void put_limits(struct wr *w, const struct table *t, const struct table_rule *r,
    const struct crossing *q)
{
	for (int k = 0; k < KIND_N; k++)
		if (q->clear[k] || r->clear_max[k])
			wr_text(w, "    %-10s %s: %u in the clear, at most %u\n", policy_kinds[k],
			    q->clear[k] <= r->clear_max[k] ? "yes" : "no", q->clear[k], r->clear_max[k]);
	wr_text(w, "    %-10s %s: %llu bytes, at most %llu\n", "opaque",
	    q->opaque <= r->opaque_max ? "yes" : "no", (unsigned long long)q->opaque,
	    (unsigned long long)r->opaque_max);
	wr_text(w, "    %-10s %s: %u s, at most %u s\n", "session",
	    q->age <= r->session_max ? "yes" : "no", q->age, r->session_max);
	uint32_t held = decide_approvals_held(t, r, q), needed = decide_approvals_needed(t, r, q);
	wr_text(w, "    %-10s %s: %u of %u by ", "approved", held >= needed ? "yes" : "no", held, needed);
	explain_roles(w, r->roles);
	wr_str(w, t->assets[q->asset].intercept ? ", each an intercept-officer\n" : "\n");
}

struct conditions { enum tri who, what, place, window, between, command, channel; };

static struct conditions judge(const struct table *t, const struct crossing *q, uint32_t i)
{
	const struct table_rule *r = &t->rules[i];

	return (struct conditions){
		.who = t->subjects[t->people[q->engineer].view].match[i],
		.what = t->objects[t->assets[q->asset].view].match[i],
		.place = decide_place(t, r, q), .window = decide_window(t, r, q),
		.between = decide_between(r, q), .command = decide_class(r, q),
		.channel = decide_channel(r, q),
	};
}

static enum tri least(const struct conditions *c)
{
	enum tri all[] = { c->who, c->what, c->place, c->window, c->between, c->command, c->channel };
	enum tri low = YES;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		low = all[i] < low ? all[i] : low;
	return low;
}

static void put_rule(struct wr *w, const struct policy *p, const struct table *t,
    const struct crossing *q, uint32_t i)
{
	const struct table_rule *r = &t->rules[i];
	struct conditions c = judge(t, q, i);
	enum tri low = least(&c);
	bool within = decide_limits(r, q) &&
	    decide_approvals_held(t, r, q) >= decide_approvals_needed(t, r, q);

	explain_rule_name(w, p, i);
	if (r->effect == ALLOW)
		wr_str(w, low == YES && within ? ": allows\n" : ": does not allow\n");
	else
		wr_str(w, low != NO ? ": denies\n" : ": does not apply\n");
	put_tri(w, "who", c.who);
	put_tri(w, "what", c.what);
	if (r->n_places)
		put_tri(w, "from", c.place);
	if (r->n_windows)
		put_tri(w, "during", c.window);
	if (p->rules[i].has_between)
		put_tri(w, "between", c.between);
	put_tri(w, r->effect == ALLOW ? "may" : "doing", c.command);
	put_tri(w, "over", c.channel);
	if (r->effect == ALLOW)
		put_limits(w, t, r, q);
}

bool explain_render(const struct policy *p, const struct table *t, const struct crossing *q,
    struct buf *out)
{
	struct wr w = wr_to(out);
	struct decision d = decide(t, q);
	uint32_t n_others = 0;

	explain_crossing(&w, p, q);
	put_verdict(&w, p, &d);
	if (d.why == WHY_UNKNOWN_WHO)
		return wr_ok(&w);
	put_roster(&w, p, q);
	for (uint32_t i = 0; i < t->n_rules; i++) {
		if (t->subjects[t->people[q->engineer].view].match[i] == NO ||
		    t->objects[t->assets[q->asset].view].match[i] == NO)
			n_others++;
		else
			put_rule(&w, p, t, q, i);
	}
	if (n_others)
		wr_text(&w, "%u rule%s about other people or assets\n", n_others, n_others == 1 ? "" : "s");
	return wr_ok(&w);
}

static struct crossing with_approvals(const struct crossing *q)
{
	struct crossing full = *q;

	full.n_approvals = APPROVALS_MAX;
	for (int i = 0; i < APPROVALS_MAX; i++)
		full.approvals[i] = UINT32_MAX;
	return full;
}

bool explain_would_do(const struct table *t, const struct crossing *q, uint32_t rule)
{
	const struct table_rule *r = &t->rules[rule];
	struct crossing full = with_approvals(q);
	struct conditions c;

	if (decide(t, &full).verdict != ALLOW)
		return false;
	c = judge(t, &full, rule);
	return r->effect == ALLOW && least(&c) == YES && decide_limits(r, q) &&
	    decide_approvals_held(t, r, &full) >= decide_approvals_needed(t, r, q);
}

bool explain_needs(const struct table *t, const struct crossing *q, uint32_t *rule,
    uint32_t *approvals, uint32_t *roles)
{
	struct crossing full = with_approvals(q);
	struct decision d;

	d = decide(t, &full);
	if (d.verdict != ALLOW || decide(t, q).verdict == ALLOW)
		return false;
	*rule = d.rule;
	*approvals = decide_approvals_needed(t, &t->rules[d.rule], q);
	*roles = t->rules[d.rule].roles;
	return true;
}
