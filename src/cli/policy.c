/*
 * Is:        `slagboom policy`: the policy in force, and how another comes into force.
 * Is not:    its meaning, or a check without a desk (check.c).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the policy is hostile text; the desk parses it itself.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "cli/policy_files.h"

static const struct desk_column columns[] = {
	{ "state", "state" }, { "hash", "hash" }, { "proposed_by", "proposed by" }, { "confirmed_by", "confirmed by" },
	{ "at", "proposed at" },
};

static int load(const struct args *a, const char *path)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	AUTO(buf_done) struct buf bundle = { 0 }, changes = { 0 };
	int r = policy_files_need(f, path);

	if (r != EXIT_OK)
		return r;
	buf_init(&bundle, OFFICER_ATTACHMENT_MAX);
	buf_init(&changes, 4 << 20);
	if (!policy_files_bundle(f, &bundle)) {
		command_complain(a, NULL, "%s and what it includes are too long together", path);
		return EXIT_USAGE;
	}
	r = desk_ask(a, VERB_POLICY_LOAD, NULL, 0, buf_rd(&bundle), &answer);
	if (r != EXIT_OK)
		return r;
	if (!args_has(a, "--json") && desk_member(answer.result, "changes", &changes))
		(void)printf("%.*s", (int)changes.len, (const char *)buf_rd(&changes).p);
	if (!args_has(a, "--json") && answer.status == OFFICER_DONE) {
		AUTO(buf_done) struct buf hash = { 0 };
		buf_init(&hash, 128);
		if (desk_member(answer.result, "hash", &hash))
			(void)printf("hash %.*s\n", (int)hash.len, (const char *)buf_rd(&hash).p);
	}
	return desk_print(a, &answer, NULL, 0, "");
}

static int run(const struct args *a)
{
	const char *what = a->operand[0], *arg[] = { a->n_operands > 1 ? a->operand[1] : NULL };

	if (strcmp(what, "show") == 0 && !arg[0])
		return desk_do(a, VERB_POLICY_SHOW, NULL, 0, columns, ARRAY_LEN(columns), "no policy");
	if (strcmp(what, "load") == 0 && arg[0])
		return load(a, arg[0]);
	if (strcmp(what, "confirm") == 0 && arg[0])
		return desk_do(a, VERB_POLICY_CONFIRM, arg, 1, NULL, 0, "");
	if (strcmp(what, "withdraw") == 0 && arg[0])
		return desk_do(a, VERB_POLICY_WITHDRAW, arg, 1, NULL, 0, "");
	command_complain(a, "slagboom help policy", "show, load FILE, confirm HASH or withdraw HASH");
	return EXIT_USAGE;
}

const struct command command_policy = {
	.name = "policy",
	.operands = "show | load FILE | confirm HASH | withdraw HASH",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "show the policy in force, or have another come into force",
	.description = "load sends FILE and what it includes to the desk as a proposal, and prints what it says otherwise than the "
		       "policy in force, and what it newly permits and newly refuses. confirm, by another administrator, puts it in "
		       "force. HASH is all 64 digits of what that one has read: `slagboom check --json FILE | jq -r .hash`. From that "
		       "moment live sessions are judged by it, and end if it does not allow them.\n\n"
		       "The first policy of all comes with `slagboom up --policy FILE`.",
	.examples = "  slagboom policy load kustnet.policy\n"
		    "  slagboom policy confirm \\\n"
		    "      \"$(slagboom check --json kustnet.policy | jq -r .hash)\"",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run,
};
