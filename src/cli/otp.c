/*
 * Is:        `slagboom otp`: who has one-time codes, for a gate that asks for them.
 * Is not:    a maker or keeper of secrets: deskd makes one, and shows it once.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the desk's answer.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"

static const struct desk_column columns[] = { { "engineer", "engineer" }, { "enrolled", "enrolled" }, { "by", "by" } };

static int run(const struct args *a)
{
	const char *what = a->operand[0], *arg[] = { a->n_operands > 1 ? a->operand[1] : "" };

	if (strcmp(what, "list") == 0 && a->n_operands == 1)
		return desk_do(a, VERB_OTP_LIST, NULL, 0, columns, ARRAY_LEN(columns), "the policy has no engineers");
	if (strcmp(what, "enrol") == 0 && a->n_operands == 2)
		return desk_do(a, VERB_OTP_ENROL, arg, 1, NULL, 0, "");
	if (strcmp(what, "remove") == 0 && a->n_operands == 2)
		return desk_do(a, VERB_OTP_REMOVE, arg, 1, NULL, 0, "");
	command_complain(a, "slagboom help otp", "say enrol NAME, remove NAME, or list");
	return EXIT_USAGE;
}

const struct command command_otp = {
	.name = "otp",
	.operands = "enrol NAME | remove NAME | list",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "give engineers one-time codes, or take them away",
	.description = "With `slagboom up --otp` an engineer is asked for a code of an authenticator app (TOTP, RFC 6238) after his "
		       "key. Enrol before the gate is started so: who is not enrolled, is not let in.\n\n"
		       "enrol makes a secret and shows it once, as an otpauth:// address and in base32; it stands in no record and no "
		       "log, and is not shown again. Enrolling again makes another, and codes of the one before hold no more. "
		       "remove takes it away, as `slagboom roster remove` and a policy without the engineer do. enrol and remove need "
		       "an administrator, and are records; list shows everybody, and who is still without.",
	.examples = "  slagboom otp enrol wei.zhang --key ~/.ssh/id_ed25519 | head -1 |\n"
		    "      qrencode -t UTF8\n  slagboom otp list",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run,
};
