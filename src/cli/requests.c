/*
 * Is:        `slagboom requests`, `grants`, `deny` and `revoke`: what waits, what holds, and
 *            its end.
 * Is not:    the approval (approve.c).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the desk's answer.
 */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"

static const struct desk_column columns[] = {
	{ "id", "number" }, { "state", "state" }, { "engineer", "engineer" }, { "employer", "employer" }, { "asset", "asset" },
	{ "ticket", "ticket" }, { "purpose", "purpose" }, { "rule", "rule" }, { "approvals", "have" }, { "approvals_needed", "of" },
	{ "not_after", "until" }, { "why", "why it ended" },
};
enum { OF_ENDED = 1 }; /* the last column: of what waits or holds it says nothing */

static int run_requests(const struct args *a)
{
	return desk_do(a, VERB_REQUESTS, NULL, 0, columns, ARRAY_LEN(columns) - OF_ENDED, "nothing waits");
}

const struct command command_requests = {
	.name = "requests",
	.operands = "",
	.summary = "list what waits for an approval",
	.description = "Every request that engineers have made and nobody has answered yet, the newest first. `slagboom approve` "
		       "shows one whole, as it would be signed.",
	.examples = "  slagboom requests\n  slagboom requests --json | jq '.result[].engineer'",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run_requests,
};

static int run_grants(const struct args *a)
{
	bool all = args_has(a, "--all");
	const char *arg[] = { all ? "all" : "" };

	return desk_do(a, VERB_GRANTS, arg, ARRAY_LEN(arg), columns, ARRAY_LEN(columns) - (all ? 0 : OF_ENDED), "nothing is granted");
}

const struct command command_grants = {
	.name = "grants",
	.operands = "",
	.summary = "list what is granted now",
	.description = "A grant holds for a person on an asset until its time is over, its ticket is closed, or somebody revokes "
		       "it. With --all also what was denied, revoked or is over.",
	.examples = "  slagboom grants\n  slagboom grants --all --json",
	.option = { OPTION_DIR, OPTION_KEY, { "--all", NULL, "also what holds no more, and what never did" }, OPTION_JSON },
	.run = run_grants,
};

static int end_one(const struct args *a, enum officer_verb verb)
{
	const char *arg[] = { a->operand[0], args_option(a, "--why") };

	if (!arg[1]) {
		command_complain(a, "--why TEXT", "an engineer, and the record, are owed a reason");
		return EXIT_USAGE;
	}
	return desk_do(a, verb, arg, ARRAY_LEN(arg), NULL, 0, "");
}

static int run_deny(const struct args *a)
{
	return end_one(a, VERB_DENY);
}

const struct command command_deny = {
	.name = "deny",
	.operands = "NUMBER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "refuse a request",
	.description = "NUMBER is that of `slagboom requests`, or its first six digits or more. The engineer who waits is told that "
		       "it was denied; the reason is in the record.",
	.examples = "  slagboom deny 3f9a2c --why 'not in the change window'",
	.option = { OPTION_DIR, OPTION_KEY, { "--why", "TEXT", "the reason, one line" }, OPTION_JSON },
	.run = run_deny,
};

static int run_revoke(const struct args *a)
{
	return end_one(a, VERB_REVOKE);
}

const struct command command_revoke = {
	.name = "revoke",
	.operands = "NUMBER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "end a grant and its sessions now",
	.description = "NUMBER is that of `slagboom grants`, or its first six digits or more. Sessions under it are ended on both "
		       "sides within seconds.",
	.examples = "  slagboom revoke 3f9a2c --why 'ticket was for another element'",
	.option = { OPTION_DIR, OPTION_KEY, { "--why", "TEXT", "the reason, one line" }, OPTION_JSON },
	.run = run_revoke,
};
