/*
 * Is:        `slagboom can`: a question over a whole policy.
 * Is not:    the search (policy/can.h).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the policy is hostile text; the question is the caller's.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/policy_json.h"
#include "policy/can.h"
#include "policy/policy.h"

enum { OUT_MAX = 1 << 20, QUESTION_MAX = 4096, YEAR_DAYS = 366 };

static int read_question(const struct args *a, const struct policy *p, struct buf *text, struct can_question *out)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf shown = { 0 };
	struct wr w = wr_to(text);
	struct rd name = rd_str("question");

	for (int i = 1; i < a->n_operands; i++) {
		wr_str(&w, i > 1 ? " " : "");
		wr_str(&w, a->operand[i]);
	}
	if (!wr_ok(&w)) {
		command_complain(a, NULL, "the question is longer than %d bytes", QUESTION_MAX);
		return EXIT_USAGE;
	}
	if (can_parse(p, buf_rd(text), d, out) == 0)
		return EXIT_OK;
	buf_init(&shown, OUT_MAX);
	(void)!diag_render(d, &name, 1, &shown);
	(void)fprintf(stderr, "%.*s", (int)shown.len, (const char *)buf_rd(&shown).p);
	command_complain(a, "slagboom help can", "this is not a question: %.*s", (int)text->len,
	    (const char *)buf_rd(text).p);
	return EXIT_USAGE;
}

static bool print_json(const struct can_world *w, const struct can_answer *answer)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "answer");
	json_bool(&j, answer->yes);
	if (answer->yes) {
		json_key(&j, "approvals");
		json_int(&j, answer->approvals);
		json_key(&j, "roles");
		policy_json_roles(&j, w->table->rules[answer->rule].roles);
		json_key(&j, "rule");
		policy_json_rule(&j, w->policy, answer->rule);
		json_key(&j, "witness");
		policy_json_crossing(&j, w->policy, &answer->witness);
	}
	json_end(&j);
	return policy_json_print(&j, &b);
}

static bool print_text(const struct can_world *w, const struct can_answer *answer)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, OUT_MAX);
	if (!can_render(w, answer, &b))
		return false;
	return printf("%.*s", (int)b.len, (const char *)buf_rd(&b).p) > 0;
}

static int run(const struct args *a)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(buf_done) struct buf text = { 0 };
	struct can_question question;
	struct can_answer answer;
	int64_t at;
	int r;

	buf_init(&text, QUESTION_MAX);
	if (!policy_files_instant(a, &at))
		return EXIT_USAGE;
	r = policy_files_need(f, a->operand[0]);
	if (r == EXIT_OK)
		r = read_question(a, f->policy, &text, &question);
	if (r != EXIT_OK)
		return r;
	struct can_world w = { f->policy, f->table, policy_files_zones(f), at, YEAR_DAYS };
	answer = can_ask(&w, &question);
	if (!(args_has(a, "--json") ? print_json : print_text)(&w, &answer)) {
		command_complain(a, NULL, "the answer could not be written");
		return EXIT_USAGE;
	}
	return answer.yes ? EXIT_OK : EXIT_FAILED;
}

const struct command command_can = {
	.name = "can",
	.operands = "FILE QUESTION...",
	.operands_min = 2,
	.operands_max = 64,
	.summary = "answer a question over a whole policy",
	.description = "The question is: WHO see \">\" N clear (subscribers | customers) [on WHAT], or WHO reach WHAT, or WHO do "
		       "CLASS [on WHAT]. WHO and WHAT are as in rules: any, a name, \"employed-under CN\", \"compartment "
		       "intercept\", \"holds subscribers\". Quote the sign > for the shell.\n\n"
		       "The answer is \"none\", or \"yes\" with one crossing that the policy permits. It covers every engineer, "
		       "asset, place, command class and channel for the year from now (or --at). Somebody whose employer's "
		       "country is not known counts as employed under any. The approvals that a rule asks for are taken as "
		       "given; the answer names them.\n\n"
		       "The exit status is 0 for yes and 1 for none.",
	.examples = "  slagboom can kustnet.policy \"employed-under CN\" see \">20 clear subscribers\"\n"
		    "  slagboom can kustnet.policy meridian reach compartment intercept\n"
		    "  slagboom can kustnet.policy any do bulk-export on hlr1",
	.option = { OPTION_AT, OPTION_JSON },
	.run = run,
};
