/*
 * Is:        `slagboom down`: stops everything, in order.
 * Is not:    a kill.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include <errno.h>
#include <string.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"

enum { PATIENCE_MS = 120000 };

static int run(const struct args *a)
{
	const char *dir = args_state_dir(a);
	int r = client_down(dir, PATIENCE_MS), nobody = command_nobody(a, r);

	if (nobody != EXIT_OK)
		return nobody;
	if (r < 0) {
		command_complain(a, "slagboom status", "it did not stop: %s", strerror(-r));
		return EXIT_FAILED;
	}
	(void)printf("down\n");
	return EXIT_OK;
}

const struct command command_down = {
	.name = "down",
	.operands = "",
	.summary = "stop everything on this machine, in order",
	.description = "Stops the processes from the outermost to the record, and returns when the last has ended. A "
		       "process that does not stop within five seconds is killed, which is an event.",
	.option = { OPTION_DIR },
	.run = run,
};
