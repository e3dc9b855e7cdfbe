/*
 * Is:        `slagboom request`: a request that an officer files for an engineer, so that it is
 *            approved when he comes.
 * Is not:    an approval.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"

static int run(const struct args *a)
{
	const char *over = args_option(a, "--over"),
		   *arg[] = { a->operand[0], a->operand[1], over ? over : "terminal", args_option(a, "--purpose"),
			   args_option(a, "--ticket"), args_option(a, "--from"), args_option(a, "--rule") };

	if (!arg[3] || !arg[4]) {
		command_complain(a, "--purpose TEXT --ticket TICKET", "an approver decides by the purpose and the ticket");
		return EXIT_USAGE;
	}
	return desk_do(a, VERB_REQUEST, arg, ARRAY_LEN(arg), NULL, 0, "");
}

const struct command command_request = {
	.name = "request",
	.operands = "ENGINEER ASSET",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "file a request for an engineer who will come",
	.description = "Engineers are asked for purpose and ticket in their own terminal; this is for work that is known beforehand. "
		       "The request is his, whoever files it, and who files it may approve it: the engineer cannot. Where the "
		       "rule asks for a place, say where he will come from; where he really is, is judged when he comes.",
	.examples = "  slagboom request wei.zhang hlr1 --purpose 'replace the card in rack 3' \\\n"
		    "      --ticket CHG-1234 --from 192.0.2.7",
	.option = { OPTION_DIR, OPTION_KEY, { "--purpose", "TEXT", "why, one line, without numbers of subscribers" },
	    { "--ticket", "TICKET", "as in CHG-1234" }, { "--from", "ADDRESS", "the address that he will come from" },
	    { "--rule", "NAME", "by which rule; by default the strictest that would do" },
	    { "--over", "CHANNEL", "terminal, exec, data or file" }, OPTION_JSON },
	.run = run,
};
