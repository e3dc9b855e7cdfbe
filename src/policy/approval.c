/*
 * Is:        the judge of approvals (contract in the header).
 * Is not:    the cryptographic check.
 * Called by: deskd, the verifier.
 * Owns:      nothing.
 * Trust:     hostile texts and signatures.
 */
#include "policy/approval.h"

#include <string.h>

#include "base/text.h"
#include "policy/compile.h"
#include "policy/scalar.h"

enum { DAY = 86400 };

const char *const approval_why_texts[APPROVAL_WHY_N] = {
	[APPROVAL_GOOD] = "counts",
	[APPROVAL_MALFORMED] = "the signature cannot be read",
	[APPROVAL_NAMESPACE_WRONG] = "the signature was made for another purpose",
	[APPROVAL_RETARGETED] = "what was signed is for another person, employer, asset or grant",
	[APPROVAL_ALTERED] = "what was signed differs from the grant",
	[APPROVAL_UNKNOWN_KEY] = "nobody has this key",
	[APPROVAL_FORGED] = "the signature does not verify",
	[APPROVAL_NOT_TOUCHED] = "the hardware key was not touched",
	[APPROVAL_BY_REQUESTER] = "nobody approves for himself",
	[APPROVAL_BY_SUPPLIER] = "no supplier approves",
	[APPROVAL_NOT_CURRENT] = "the officer's term is over",
	[APPROVAL_NO_ROLE] = "the officer's roles do not approve this",
	[APPROVAL_LATE] = "it came outside the time for answers",
	[APPROVAL_TWICE] = "the same officer approved already",
};

const char *const approval_grant_why_texts[APPROVAL_GRANT_WHY_N] = {
	[APPROVAL_GRANT_GOOD] = "the grant can stand",
	[APPROVAL_GRANT_MALFORMED] = "the grant is not in its canonical form",
	[APPROVAL_GRANT_USED] = "a grant of this number was settled before",
	[APPROVAL_GRANT_STALE] = "the policy has changed since the request",
	[APPROVAL_GRANT_NOBODY] = "the engineer, employer or asset is not in the policy",
	[APPROVAL_GRANT_NO_RULE] = "no allow rule has this name",
	[APPROVAL_GRANT_BEYOND_RULE] = "the grant asks for more than its rule gives",
	[APPROVAL_GRANT_OVER] = "the grant is over",
	[APPROVAL_GRANT_TOO_FEW] = "the grant asks for fewer approvals than the rule",
};

static const struct rule_decl *rule_of(const struct policy *p, struct rd name)
{
	for (uint32_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].effect == ALLOW && rd_equal(&p->rules[i].name, &name))
			return &p->rules[i];
	return NULL;
}

static bool among(const struct grant_names *names, const char *const *words, int n, uint32_t permitted)
{
	for (uint32_t i = 0; i < names->n; i++) {
		int k = scalar_index(names->at[i], words, n);
		if (k < 0 || !(permitted >> k & 1))
			return false;
	}
	return true;
}

/* Classes within the rule's; `*two_person` when one of them needs two. */
static bool classes_within(const struct policy *p, const struct grant *g,
    const struct rule_decl *r, bool *two_person)
{
	*two_person = false;
	for (uint32_t i = 0; i < g->classes.n; i++) {
		int c = policy_class(p, g->classes.at[i]);
		if (c <= 0 || !(r->classes >> c & 1))
			return false;
		*two_person |= p->classes[c].two_person;
	}
	return true;
}

static bool limits_within(const struct grant *g, const struct rule_decl *r)
{
	for (int k = 0; k < KIND_N; k++)
		if (g->clear[k] > r->clear_max[k])
			return false;
	return g->session_max <= r->session_max && g->opaque <= r->opaque_max &&
	    g->not_before >= r->from && g->not_after <= r->to;
}

/* The rule is about this person and all these assets. */
static bool is_about(const struct policy *p, const struct grant *g, const struct rule_decl *r)
{
	uint32_t e = (uint32_t)policy_engineer(p, g->engineer);
	enum tri who = NO;

	for (uint32_t i = 0; i < r->subjects.n; i++) {
		enum tri one = select_engineer(p, &p->selectors[r->subjects.at + i], e);
		who = one > who ? one : who;
	}
	for (uint32_t k = 0; k < g->assets.n; k++) {
		uint32_t a = (uint32_t)policy_asset(p, g->assets.at[k]);
		enum tri what = NO;
		for (uint32_t i = 0; i < r->objects.n; i++) {
			enum tri one = select_asset(p, &p->selectors[r->objects.at + i], a, ALLOW);
			what = one > what ? one : what;
		}
		if (what != YES)
			return false;
	}
	return who == YES;
}

/* The people and things that the text names are those of the policy, spelt as there. */
static bool is_somebody(const struct policy *p, const struct grant *g)
{
	int e = policy_engineer(p, g->engineer);
	const struct supplier *s;
	struct rd employer;

	if (e < 0)
		return false;
	s = &p->suppliers[p->engineers[e].supplier];
	employer = p->engineers[e].employer.len ? p->engineers[e].employer
	    : s->title.len ? s->title : s->name;
	for (uint32_t i = 0; i < g->assets.n; i++)
		if (policy_asset(p, g->assets.at[i]) < 0)
			return false;
	return rd_equal(&s->name, &g->supplier) && rd_equal(&employer, &g->employer) &&
	    s->control == g->controlled_from && rd_equal(&p->operator.title, &g->operator);
}

static enum approval_grant_why judge_grant(const struct approval_world *w, const struct grant *g,
    uint32_t *n_needed)
{
	const struct policy *p = w->policy;
	const struct rule_decl *r = rule_of(p, g->rule);
	bool two_person = true;

	if (w->is_used(w->ctx, g->id))
		return APPROVAL_GRANT_USED;
	if (!rd_equal(&g->policy, &w->policy_hash))
		return APPROVAL_GRANT_STALE;
	if (!is_somebody(p, g))
		return APPROVAL_GRANT_NOBODY;
	if (!r)
		return APPROVAL_GRANT_NO_RULE;
	if (!is_about(p, g, r) || !classes_within(p, g, r, &two_person) || !limits_within(g, r) ||
	    !among(&g->channels, policy_channels, CHANNEL_N, r->channels) ||
	    !among(&g->roles, policy_roles, ROLE_N, r->roles))
		return APPROVAL_GRANT_BEYOND_RULE;
	*n_needed = r->approvals < 2 && two_person ? 2 : r->approvals;
	if (g->approvals < *n_needed)
		return APPROVAL_GRANT_TOO_FEW;
	*n_needed = g->approvals;
	return w->now >= g->not_after ? APPROVAL_GRANT_OVER : APPROVAL_GRANT_GOOD;
}

/* What differs between the text that was signed and the grant. */
static enum approval_why compare_texts(struct rd signed_text, const struct grant *g)
{
	struct grant other;

	if (grant_parse(signed_text, &other) != 0)
		return APPROVAL_ALTERED;
	if (!rd_equal(&other.id, &g->id) || !rd_equal(&other.engineer, &g->engineer) ||
	    !rd_equal(&other.supplier, &g->supplier) || other.assets.n != g->assets.n)
		return APPROVAL_RETARGETED;
	for (uint32_t i = 0; i < g->assets.n; i++)
		if (!rd_equal(&other.assets.at[i], &g->assets.at[i]))
			return APPROVAL_RETARGETED;
	return APPROVAL_ALTERED;
}

/* True when one of the public key lines is this key. */
static bool has_key(const struct policy *p, struct span keys, struct rd base64)
{
	for (uint32_t i = 0; i < keys.n; i++) {
		struct rd line = p->keys[keys.at + i], kind, blob;
		if (!rd_until(&line, ' ', &kind))
			continue;
		if (!rd_until(&line, ' ', &blob))
			blob = line;
		if (rd_equal(&blob, &base64))
			return true;
	}
	return false;
}

static bool find_key(const struct policy *p, struct rd key_blob, int *officer, int *engineer)
{
	AUTO(buf_done) struct buf row = { 0 };
	struct wr w;

	*officer = *engineer = MODEL_NONE;
	buf_init(&row, 2 * SSHSIG_ARMOR_MAX);
	w = wr_to(&row);
	wr_base64(&w, key_blob, BASE64_PADDED);
	if (!wr_ok(&w))
		return false;
	for (uint32_t i = 0; i < p->n_officers && *officer < 0; i++)
		if (has_key(p, p->officers[i].keys, buf_rd(&row)))
			*officer = (int)i;
	for (uint32_t i = 0; i < p->n_engineers && *engineer < 0; i++)
		if (has_key(p, p->engineers[i].keys, buf_rd(&row)))
			*engineer = (int)i;
	return *officer >= 0 || *engineer >= 0;
}

static uint32_t role_bits(const struct grant_names *names)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < names->n; i++) {
		int k = scalar_index(names->at[i], policy_roles, ROLE_N);
		if (k >= 0)
			bits |= 1u << k;
	}
	return bits;
}

/* Nobody but its own officers approves what is of the intercept compartment; an asset that is
 * gone from the policy may have been of it. */
static uint32_t role_it_must_have(const struct policy *p, const struct grant *g)
{
	for (uint32_t i = 0; i < g->assets.n; i++) {
		int a = policy_asset(p, g->assets.at[i]);
		if (a < 0 || p->assets[a].intercept)
			return 1u << ROLE_INTERCEPT;
	}
	return 0;
}

/* The person behind a verified signature. */
static enum approval_why judge_person(const struct approval_world *w, const struct grant *g,
    int officer, int engineer)
{
	const uint32_t must = role_it_must_have(w->policy, g);
	const struct officer *o;

	if (engineer >= 0)
		return rd_equal(&w->policy->engineers[engineer].name, &g->engineer)
		    ? APPROVAL_BY_REQUESTER : APPROVAL_BY_SUPPLIER;
	o = &w->policy->officers[officer];
	if (o->supplier >= 0)
		return APPROVAL_BY_SUPPLIER;
	if (o->until != INT64_MAX && w->now >= o->until + DAY)
		return APPROVAL_NOT_CURRENT;
	return (o->roles & role_bits(&g->roles)) && (o->roles & must) == must ? APPROVAL_GOOD : APPROVAL_NO_ROLE;
}

int approval_officer(const struct approval_world *w, const char *name_space, struct rd text, struct rd armored)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;
	int officer, engineer;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	if (sshsig_parse(armored, &scratch, &s) != 0 || !rd_is(&s.name_space, name_space) ||
	    !find_key(w->policy, s.key_blob, &officer, &engineer) || engineer >= 0 || !sshsig_is_touched(&s) ||
	    !w->verify(w->ctx, &s, text))
		return MODEL_NONE;
	return officer;
}

static enum approval_why judge_one(const struct approval_world *w, const struct grant *g,
    struct rd grant_text, const struct approval *a, int *officer)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;
	int engineer;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	if (sshsig_parse(a->signature, &scratch, &s) != 0)
		return APPROVAL_MALFORMED;
	if (!rd_is(&s.name_space, APPROVAL_NAMESPACE))
		return APPROVAL_NAMESPACE_WRONG;
	if (!rd_equal(&a->text, &grant_text))
		return compare_texts(a->text, g);
	if (!find_key(w->policy, s.key_blob, officer, &engineer))
		return APPROVAL_UNKNOWN_KEY;
	if (!w->verify(w->ctx, &s, grant_text))
		return APPROVAL_FORGED;
	if (!sshsig_is_touched(&s))
		return APPROVAL_NOT_TOUCHED;
	if (a->at < g->requested || a->at > g->answer_by || a->at > w->now)
		return APPROVAL_LATE;
	return judge_person(w, g, *officer, engineer);
}

static bool is_counted(const struct approval_result *r, uint32_t n, int officer)
{
	for (uint32_t i = 0; i < n; i++)
		if (r->why[i] == APPROVAL_GOOD && r->officer[i] == officer)
			return true;
	return false;
}

struct approval_result approval_judge(const struct approval_world *w, struct rd grant_text,
    const struct approval *approvals, uint32_t n)
{
	struct approval_result r = { .verdict = DENY, .n_needed = UINT32_MAX };
	struct grant g;

	for (uint32_t i = 0; i < APPROVAL_MANY; i++) {
		r.why[i] = APPROVAL_MALFORMED;
		r.officer[i] = MODEL_NONE;
	}
	if (grant_parse(grant_text, &g) != 0) {
		r.grant_why = APPROVAL_GRANT_MALFORMED;
		return r;
	}
	r.grant_why = judge_grant(w, &g, &r.n_needed);
	for (uint32_t i = 0; i < n && i < APPROVAL_MANY; i++) {
		enum approval_why why = judge_one(w, &g, grant_text, &approvals[i], &r.officer[i]);
		if (why == APPROVAL_GOOD && is_counted(&r, i, r.officer[i]))
			why = APPROVAL_TWICE;
		r.why[i] = why;
		if (why != APPROVAL_GOOD)
			continue;
		if (r.n_good < APPROVALS_MAX)
			r.roles[r.n_good] = w->policy->officers[r.officer[i]].roles;
		r.n_good++;
	}
	if (r.grant_why == APPROVAL_GRANT_GOOD && r.n_good >= r.n_needed)
		r.verdict = ALLOW;
	return r;
}
