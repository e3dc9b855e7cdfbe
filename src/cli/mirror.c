/*
 * Is:        `slagboom mirror`: becomes a mirror of other people's logs.
 * Is not:    the mirror (cli/mirror/).
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
	const char *argv[FIXED_ARGS + MANY_MAX + 1] = { "slagboom-mirror", args_has(a, "--json") ? "json" : "text",
		listen, args_state_dir(a), name };
	char libexec[PATH_MAX], program[PATH_MAX + 32];

	if (!listen || !name || a->n_many == 0 || !args_has(a, "--dir")) {
		command_complain(a, "slagboom mirror --help", "it needs --listen, --dir, --name and at least one --log");
		return EXIT_USAGE;
	}
	if (self_find_program("slagboom-mirror", libexec, sizeof(libexec)) < 0) {
		command_complain(a, NULL, "cannot find slagboom-mirror beside this program; is it installed whole?");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < a->n_many; i++)
		argv[FIXED_ARGS + i] = a->many[i];
	(void)snprintf(program, sizeof(program), "%s/slagboom-mirror", libexec);
	(void)execv(program, (char *const *)argv);
	command_complain(a, NULL, "cannot start %s: %s", program, strerror(errno));
	return EXIT_FAILED;
}

const struct command command_mirror = {
	.name = "mirror",
	.operands = "",
	.summary = "be a mirror: hold a second copy of logs, durably",
	.description = "Runs in the foreground and speaks the public tlog-mirror protocol. It takes the records of the logs "
		       "that it is given, each with a proof that the log has signed it there, writes them to its disk, and "
		       "then signs that it has them. A gate at level G1 acknowledges nothing that is not here too.\n\n"
		       "For the operator, on a host that does not fail together with the gate. The key is made at the first "
		       "start, in DIR; its public half is printed, for the gate's evidence.conf. The copy of each log is a "
		       "directory below DIR that `slagboom-verify` judges like the log itself.\n\n"
		       "It speaks plain HTTP, and records name people who work: put a proxy with TLS in front of it "
		       "wherever the network is not your own.",
	.examples = "  slagboom mirror --listen 192.0.2.8:7381 --dir ./mirror \\\n"
		    "      --name mirror.operator.example \\\n"
		    "      --log gate1.operator.example/core+1a2b3c4d+AaBb...",
	.option = { { "--listen", "ADDRESS:PORT", "where to listen; an IPv6 address stands in brackets, port 0 takes any" },
	    { "--dir", "DIR", "the mirror's own directory: its key and its copies" },
	    { "--name", "NAME", "its name in signatures, such as mirror.operator.example; for ever" },
	    { "--log", "VKEY", "the verifier key of a log to copy; once for each", .repeats = true },
	    { "--json", NULL, "print canonical JSON for programs, one value a line" } },
	.run = run,
};
