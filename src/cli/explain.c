/*
 * Is:        `slagboom explain`: why a crossing is allowed or refused.
 * Is not:    the decision (policy/decide.h) or its reasons (policy/explain.h).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the policy is hostile text; the crossing is the caller's.
 */
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/policy_json.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/scalar.h"

enum { OUT_MAX = 16 << 20, DAY = 86400 };

static bool wrong(const struct args *a, const char *hint, const char *what, const char *given)
{
	command_complain(a, hint, "%s: %s", what, given);
	return false;
}

static bool read_operands(const struct args *a, const struct policy *p, struct crossing *q)
{
	int engineer = policy_engineer(p, rd_str(a->operand[1])), asset = policy_asset(p, rd_str(a->operand[2])),
	    cls = policy_class(p, rd_str(a->operand[3]));

	if (engineer < 0)
		return wrong(a, NULL, "no engineer of this policy is called so", a->operand[1]);
	if (asset < 0)
		return wrong(a, NULL, "no asset of this policy is called so", a->operand[2]);
	if (cls < 0)
		return wrong(a, "slagboom classify DIALECT COMMAND...", "no command class is called so", a->operand[3]);
	q->engineer = (uint32_t)engineer;
	q->asset = (uint32_t)asset;
	q->cls = (uint32_t)cls;
	return true;
}

/* "NL", at none of our sites, or "site NAME"; nothing given is unknown. */
static bool read_place(const struct args *a, const struct policy *p, struct crossing *q)
{
	const char *given = args_option(a, "--from");
	struct rd text = given ? rd_str(given) : rd_of(NULL, 0);
	uint16_t country;
	int site;

	if (!given)
		return true;
	if (rd_word(&text, "site ")) {
		site = policy_site(p, text);
		if (site < 0)
			return wrong(a, NULL, "no site of this policy is called so", given);
		q->site = SITE_FIRST + (uint32_t)site;
		q->country = p->sites[site].country;
		return true;
	}
	if (!scalar_country(text, &country))
		return wrong(a, "--from NL, or --from \"site NAME\"", "not a place", given);
	q->country = country;
	q->site = SITE_NONE;
	return true;
}

static bool read_counters(const struct args *a, struct crossing *q)
{
	const char *subscribers = args_option(a, "--subscribers"), *customers = args_option(a, "--customers"),
	    *opaque = args_option(a, "--opaque"), *age = args_option(a, "--age");
	uint64_t n[KIND_N] = { 0 };

	if (subscribers && !scalar_number(rd_str(subscribers), UINT32_MAX, &n[KIND_SUBSCRIBERS]))
		return wrong(a, "--subscribers 20", "not a number", subscribers);
	if (customers && !scalar_number(rd_str(customers), UINT32_MAX, &n[KIND_CUSTOMERS]))
		return wrong(a, "--customers 20", "not a number", customers);
	if (opaque && !scalar_size(rd_str(opaque), &q->opaque))
		return wrong(a, "--opaque 64KiB", "not a size", opaque);
	if (age && !scalar_duration(rd_str(age), &q->age))
		return wrong(a, "--age 90m", "not a duration", age);
	for (int k = 0; k < KIND_N; k++)
		q->clear[k] = (uint32_t)n[k];
	return true;
}

static bool read_channel(const struct args *a, struct crossing *q)
{
	const char *given = args_option(a, "--over");
	int channel = given ? scalar_index(rd_str(given), policy_channels, CHANNEL_N) : CHANNEL_TERMINAL;

	if (channel < 0)
		return wrong(a, "terminal, exec, data or file", "not a channel", given);
	q->channel = (uint32_t)channel;
	return true;
}

/* One officer's approval, as approval.h would count it. */
static bool add_approval(const struct args *a, const struct policy *p, struct rd name, struct crossing *q,
    uint32_t *officers)
{
	int i = policy_officer(p, name);
	const struct officer *o = i >= 0 ? &p->officers[i] : NULL;
	const char *given = args_option(a, "--approved-by");

	if (!o)
		return wrong(a, NULL, "an officer among these is not in the policy", given);
	if (o->supplier >= 0)
		return wrong(a, NULL, "an officer among these is a supplier's, and no supplier approves", given);
	if (o->until != INT64_MAX && q->now >= o->until + DAY)
		return wrong(a, NULL, "an officer among these is none any more at that moment", given);
	for (uint32_t k = 0; k < q->n_approvals; k++)
		if (officers[k] == (uint32_t)i)
			return wrong(a, NULL, "each officer approves once", given);
	if (q->n_approvals == APPROVALS_MAX)
		return wrong(a, NULL, "more approvals than any rule asks for", given);
	officers[q->n_approvals] = (uint32_t)i;
	q->approvals[q->n_approvals++] = o->roles;
	return true;
}

static bool read_approvals(const struct args *a, const struct policy *p, struct crossing *q)
{
	const char *given = args_option(a, "--approved-by");
	struct rd rest = given ? rd_str(given) : rd_of(NULL, 0), name;
	uint32_t officers[APPROVALS_MAX] = { 0 };

	if (!given)
		return true;
	while (rd_until(&rest, ',', &name))
		if (!add_approval(a, p, name, q, officers))
			return false;
	return add_approval(a, p, rest, q, officers);
}

static bool read_crossing(struct policy_files *f, struct crossing *q)
{
	struct space_zones zones = policy_files_zones(f);
	const struct args *a = f->args;
	int64_t at;

	if (!policy_files_instant(a, &at))
		return false;
	space_set_time(f->policy, &zones, at, q);
	return read_operands(a, f->policy, q) && read_place(a, f->policy, q) && read_channel(a, q) &&
	    read_counters(a, q) && read_approvals(a, f->policy, q);
}

static const char *why_word(enum why why)
{
	switch (why) {
	case WHY_NO_RULE:
		return "no-rule";
	case WHY_UNKNOWN_WHO:
		return "unknown-who";
	case WHY_UNKNOWN_COMMAND:
		return "unknown-command";
	case WHY_NOT_FIT:
		return "not-fit";
	case WHY_TRANSFER:
		return "transfer";
	case WHY_DENY_RULE:
		return "deny-rule";
	case WHY_ALLOW_RULE:
		return "allow-rule";
	}
	return "no-rule";
}

static void put_needs(struct json *j, const struct policy_files *f, const struct crossing *q)
{
	uint32_t rule, approvals, roles;

	json_key(j, "needs");
	if (!explain_needs(f->table, q, &rule, &approvals, &roles)) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key(j, "approvals");
	json_int(j, approvals);
	json_key(j, "roles");
	policy_json_roles(j, roles);
	json_key(j, "rule");
	policy_json_rule(j, f->policy, rule);
	json_end(j);
}

static bool print_json(const struct policy_files *f, const struct crossing *q, const struct buf *text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct decision d = decide(f->table, q);
	struct json j;

	buf_init(&b, 2 * OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "allowed");
	json_bool(&j, d.verdict == ALLOW);
	json_key(&j, "crossing");
	policy_json_crossing(&j, f->policy, q);
	put_needs(&j, f, q);
	json_key(&j, "rule");
	if (d.why == WHY_DENY_RULE || d.why == WHY_ALLOW_RULE)
		policy_json_rule(&j, f->policy, d.rule);
	else
		json_null(&j);
	json_key(&j, "text");
	json_text(&j, buf_rd(text));
	json_key(&j, "why");
	json_str(&j, why_word(d.why));
	json_end(&j);
	return policy_json_print(&j, &b);
}

static int run(const struct args *a)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(buf_done) struct buf text = { 0 };
	struct crossing q = { .engineer = 0 };
	int r = policy_files_need(f, a->operand[0]);
	bool ok;

	if (r != EXIT_OK)
		return r;
	if (!read_crossing(f, &q))
		return EXIT_USAGE;
	buf_init(&text, OUT_MAX);
	ok = explain_render(f->policy, f->table, &q, &text);
	if (ok && args_has(a, "--json"))
		ok = print_json(f, &q, &text);
	else if (ok)
		ok = printf("%.*s", (int)text.len, (const char *)buf_rd(&text).p) > 0;
	if (!ok) {
		command_complain(a, NULL, "the explanation could not be written");
		return EXIT_USAGE;
	}
	return decide(f->table, &q).verdict == ALLOW ? EXIT_OK : EXIT_FAILED;
}

const struct command command_explain = {
	.name = "explain",
	.operands = "FILE ENGINEER ASSET CLASS",
	.operands_min = 4,
	.operands_max = 4,
	.summary = "say why a policy allows or refuses a crossing",
	.description = "Goes through the policy's rules, condition by condition. What is not said is taken as the gate would "
		       "take it when it does not know: no place, no approvals, nothing shown, over the terminal, now.\n\n"
		       "Counters are those after the crossing: a limit acts before the byte leaves. The names of officers "
		       "count as their signatures would.\n\n"
		       "The exit status is 0 when the crossing is allowed and 1 when it is refused.",
	.examples = "  slagboom explain kustnet.policy wei.zhang hlr1 read-subscriber --from NL \\\n"
		    "      --subscribers 3 --approved-by j.devries,m.bakker\n"
		    "  slagboom explain kustnet.policy wei.zhang hlr1 trace --from \"site utrecht\" \\\n"
		    "      --at 2026-11-23T09:00:00Z --json | jq .needs",
	.option = { { "--from", "PLACE", "a country such as NL, or \"site NAME\"" },
	    { "--over", "CHANNEL", "terminal, exec, data or file" },
	    OPTION_AT,
	    { "--approved-by", "NAME,...", "officers whose approvals there are" },
	    { "--subscribers", "N", "subscribers shown in the clear by then" },
	    { "--customers", "N", "customers shown in the clear by then" },
	    { "--opaque", "SIZE", "opaque bytes by then, as in 64KiB" },
	    { "--age", "DURATION", "how long the session has lasted, as in 90m" },
	    OPTION_JSON },
	.run = run,
};
