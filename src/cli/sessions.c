/*
 * Is:        `slagboom sessions`, `hold`, `resume`, `end` and `allow`: what is going on, and an
 *            officer's hand on it.
 * Is not:    looking into one (watch.c).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the desk's answer.
 */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"

static const struct desk_column columns[] = {
	{ "id", "number" }, { "state", "state" }, { "engineer", "engineer" }, { "asset", "asset" }, { "channel", "channel" },
	{ "address", "from" }, { "persons", "persons" }, { "opaque", "opaque" }, { "held", "held" }, { "over", "asks for" },
	{ "over_detail", "detail" }, { "until", "until" },
};

static int run_sessions(const struct args *a)
{
	return desk_do(a, VERB_SESSIONS, NULL, 0, columns, ARRAY_LEN(columns), "nobody is in");
}

const struct command command_sessions = {
	.name = "sessions",
	.operands = "",
	.summary = "list who is in, and who waits",
	.description = "Every session of this moment: who, where, from which address, how many persons were shown in the clear, "
		       "and what it waits for. `asks for` is a limit that it came to: `slagboom allow` answers.",
	.examples = "  slagboom sessions\n  slagboom sessions --json | jq '.result | length'",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run_sessions,
};

static int on_one(const struct args *a, enum officer_verb verb, const char *why)
{
	const char *arg[] = { a->operand[0], why };

	return desk_do(a, verb, arg, ARRAY_LEN(arg), NULL, 0, "");
}

static int run_hold(const struct args *a)
{
	return on_one(a, VERB_HOLD, "");
}

const struct command command_hold = {
	.name = "hold",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "hold a session: nothing passes in either direction",
	.description = "SESSION is a number of `slagboom sessions`, or its first six digits or more. The engineer is told. It goes "
		       "on with `slagboom resume`, or ends with `slagboom end`; its time runs on.",
	.examples = "  slagboom hold 3f9a2c",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run_hold,
};

static int run_resume(const struct args *a)
{
	return on_one(a, VERB_RESUME, "");
}

const struct command command_resume = {
	.name = "resume",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "let a held session go on",
	.description = "SESSION is a number of `slagboom sessions`, or its first six digits or more.",
	.examples = "  slagboom resume 3f9a2c",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run_resume,
};

static int run_end(const struct args *a)
{
	const char *why = args_option(a, "--why");

	if (!why) {
		command_complain(a, "--why TEXT", "an engineer, and the record, are owed a reason");
		return EXIT_USAGE;
	}
	return on_one(a, VERB_END, why);
}

const struct command command_end = {
	.name = "end",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "end a session now, on both sides",
	.description = "SESSION is a number of `slagboom sessions`, or its first six digits or more. The grant holds on: `slagboom "
		       "revoke` ends that.",
	.examples = "  slagboom end 3f9a2c --why 'not what the ticket says'",
	.option = { OPTION_DIR, OPTION_KEY, { "--why", "TEXT", "the reason, one line; the engineer reads it" }, OPTION_JSON },
	.run = run_end,
};

static int run_allow(const struct args *a)
{
	return on_one(a, args_has(a, "--no") ? VERB_REFUSE : VERB_ALLOW, "");
}

const struct command command_allow = {
	.name = "allow",
	.operands = "SESSION",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "answer a session that came to a limit",
	.description = "A session that has used up its persons or its opaque bytes waits for an officer, and so does a file that is "
		       "larger than passes unasked. Beyond the rule's limits nobody can grant: to go on after the persons are "
		       "used up means that everybody else is masked. With --no it does not go on.",
	.examples = "  slagboom allow 3f9a2c\n  slagboom allow 3f9a2c --no",
	.option = { OPTION_DIR, OPTION_KEY, { "--no", NULL, "refuse it" }, OPTION_JSON },
	.run = run_allow,
};
