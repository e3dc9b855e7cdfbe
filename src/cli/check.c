/*
 * Is:        `slagboom check`: what is wrong with a policy, what it had better not say,
 *            and what it changes.
 * Is not:    the judgements (policy/parse.h, check.h, diff.h).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the policy is hostile text.
 */
#include "base/buf.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/policy_json.h"
#include "policy/check.h"
#include "policy/diff.h"
#include "policy/policy.h"
#include "policy/statements.h"

enum { OUT_MAX = 16 << 20, YEAR_DAYS = 366 };

struct change_list { struct json *j; const struct diff_side *before, *after; };

static void put_change(void *ctx, const struct diff_change *c)
{
	struct change_list *l = ctx;
	const struct policy *p = c->is_permitted ? l->after->policy : l->before->policy;

	json_object(l->j);
	json_key(l->j, "permitted");
	json_bool(l->j, c->is_permitted);
	json_key(l->j, "rule");
	policy_json_rule(l->j, p, c->rule);
	json_key(l->j, "witness");
	policy_json_crossing(l->j, p, &c->witness);
	json_end(l->j);
}

struct said_list { struct json *j; enum said said; };

static void put_said(void *ctx, enum said what, struct rd text)
{
	struct said_list *l = ctx;

	if (what == l->said)
		json_text(l->j, text);
}

/* An array of the statements said anew, no more or elsewhere; null when nothing is compared. */
static void put_statements(struct json *j, const char *key, const struct policy *before, const struct policy *after,
    enum said said)
{
	struct said_list l = { j, said };

	json_key(j, key);
	if (!before || !after) {
		json_null(j);
		return;
	}
	json_array(j);
	statements_differ(before, after, put_said, &l);
	json_end(j);
}

/* What of the policy `f` is not in force under `old`, both sound. */
struct comparison { struct diff_side before, after; struct diff_span span; };

static struct comparison compare(struct policy_files *f, const struct policy_files *old, int64_t at)
{
	return (struct comparison){
		.before = { old->policy, old->table }, .after = { f->policy, f->table },
		.span = { policy_files_zones(f), at, YEAR_DAYS },
	};
}

static bool print_json(struct policy_files *f, const struct policy_files *old, int64_t at)
{
	AUTO(buf_done) struct buf b = { 0 }, hash = { 0 };
	struct json j;

	buf_init(&b, OUT_MAX);
	buf_init(&hash, 2 * SHA256_LEN);
	policy_files_hash(f, &hash);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "changes");
	if (old && f->policy) {
		struct comparison c = compare(f, old, at);
		struct change_list l = { &j, &c.before, &c.after };
		json_array(&j);
		diff_policies(&c.before, &c.after, &c.span, put_change, &l);
		json_end(&j);
	} else {
		json_null(&j);
	}
	json_key(&j, "errors");
	json_int(&j, f->diags.n_errors);
	json_key(&j, "findings");
	policy_json_findings(&j, &f->diags, f->names, f->n);
	json_key(&j, "hash");
	json_text(&j, buf_rd(&hash));
	const struct policy *before = old ? old->policy : NULL;
	put_statements(&j, "said_anew", before, f->policy, SAID_ANEW);
	put_statements(&j, "said_in_another_order", before, f->policy, SAID_IN_OTHER_ORDER);
	put_statements(&j, "said_no_more", before, f->policy, SAID_NO_MORE);
	json_key(&j, "warnings");
	json_int(&j, f->diags.n_warnings);
	json_end(&j);
	return policy_json_print(&j, &b);
}

static bool print_text(struct policy_files *f, const struct policy_files *old, int64_t at)
{
	AUTO(buf_done) struct buf b = { 0 };
	bool ok;

	buf_init(&b, OUT_MAX);
	ok = diag_render(&f->diags, f->names, f->n, &b);
	if (ok && old && f->policy) {
		struct comparison c = compare(f, old, at);
		ok = diff_render(&c.before, &c.after, &c.span, &b);
	}
	(void)printf("%.*s", (int)b.len, (const char *)buf_rd(&b).p);
	return ok;
}

static int read_both(struct policy_files *f, struct policy_files *old, const struct args *a, int64_t at)
{
	const char *against = args_option(a, "--against");
	int r = policy_files_read(f, a->operand[0]);

	if (r == EXIT_OK && against)
		r = policy_files_need(old, against);
	if (r != EXIT_OK || !f->policy)
		return r;
	r = policy_files_pack(f);
	if (r == EXIT_OK) {
		struct space_zones zones = policy_files_zones(f);
		policy_check(f->policy, f->classes, &zones, at, &f->diags);
	}
	return r;
}

static int run(const struct args *a)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(policy_files_free) struct policy_files *old = policy_files_new(a);
	const struct policy_files *against = args_has(a, "--against") ? old : NULL;
	int64_t at;
	int r;

	if (!policy_files_instant(a, &at))
		return EXIT_USAGE;
	r = read_both(f, old, a, at);
	if (r != EXIT_OK)
		return r;
	if (!(args_has(a, "--json") ? print_json : print_text)(f, against, at)) {
		command_complain(a, NULL, "the answer is longer than %d bytes", OUT_MAX);
		return EXIT_FAILED;
	}
	return f->diags.n_errors ? EXIT_FAILED : EXIT_OK;
}

const struct command command_check = {
	.name = "check",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "say what is wrong with a policy, and what it changes",
	.description = "Reads the policy and everything that it includes. An error has its file, line and column, what was "
		       "expected and what to do; a policy with errors is never in force. A warning is about something "
		       "that a sound policy had better not say: a rule that permits nothing, papers that are over, an "
		       "officer without a key.\n\n"
		       "With --against, it also says which statements it adds, leaves out or (of `command` lines) puts in another "
		       "order, wherever they stand; and what it newly permits and newly refuses, for the year from now (or "
		       "--at), each with somebody to whom it happens.\n\n"
		       "The exit status is 0 without errors and 1 with some.",
	.examples = "  slagboom check kustnet.policy\n"
		    "  slagboom check new.policy --against kustnet.policy\n"
		    "  slagboom check --json kustnet.policy |\n"
		    "      jq -r '.findings[] | \"\\(.line): \\(.text)\"'",
	.option = { { "--against", "OLD", "also say what changes from the policy OLD" }, OPTION_AT, OPTION_PACK, OPTION_JSON },
	.run = run,
};
