/*
 * Is:        `slagboom witness`: becomes a witness for other people's logs.
 * Is not:    the witness (cli/witness/).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "os/self.h"

enum { FIXED_ARGS = 5 };

static int run(const struct args *a)
{
	const char *listen = args_option(a, "--listen"), *name = args_option(a, "--name");
	const char *argv[FIXED_ARGS + MANY_MAX + 1] = { "slagboom-witness", args_has(a, "--json") ? "json" : "text",
		listen, args_state_dir(a), name };
	char libexec[PATH_MAX], program[PATH_MAX + 32];

	if (!listen || !name || a->n_many == 0 || !args_has(a, "--dir")) {
		command_complain(a, "slagboom witness --help", "it needs --listen, --dir, --name and at least one --log");
		return EXIT_USAGE;
	}
	if (self_find_program("slagboom-witness", libexec, sizeof(libexec)) < 0) {
		command_complain(a, NULL, "cannot find slagboom-witness beside this program; is it installed whole?");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < a->n_many; i++)
		argv[FIXED_ARGS + i] = a->many[i];
	(void)snprintf(program, sizeof(program), "%s/slagboom-witness", libexec);
	(void)execv(program, (char *const *)argv);
	command_complain(a, NULL, "cannot start %s: %s", program, strerror(errno));
	return EXIT_FAILED;
}

const struct command command_witness = {
	.name = "witness",
	.operands = "",
	.summary = "be a witness: cosign logs that never go back",
	.description = "Runs in the foreground and speaks the public tlog-witness protocol. It remembers the largest tree "
		       "that it has cosigned for each log, and cosigns only a tree that contains it; a log that was "
		       "rolled back or that has two histories gets no signature, and the reason is printed.\n\n"
		       "For a regulator or a supplier, on a machine that the operator does not control. The key is made "
		       "at the first start, in DIR, and never leaves it; its public half is printed, for the policy "
		       "files of those who count on this witness. Keep DIR: a witness that forgets protects nobody.\n\n"
		       "It speaks plain HTTP; put a proxy with TLS in front of it where that matters.",
	.examples = "  slagboom witness --listen 192.0.2.7:7380 --dir ./witness \\\n"
		    "      --name witness.regulator.example \\\n"
		    "      --log gate1.operator.example/core+1a2b3c4d+AaBb...",
	.option = { { "--listen", "ADDRESS:PORT", "where to listen; an IPv6 address stands in brackets, port 0 takes any" },
	    { "--dir", "DIR", "the witness's own directory: its key and its memory" },
	    { "--name", "NAME", "its name in signatures, such as witness.regulator.example; for ever" },
	    { "--log", "VKEY", "the verifier key of a log to cosign; once for each", .repeats = true },
	    { "--json", NULL, "print canonical JSON for programs, one value a line" } },
	.run = run,
};
