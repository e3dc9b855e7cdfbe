/*
 * Is:        the table of subcommands and the reading of their options.
 * Is not:    what a subcommand does.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include "cli/command.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/quote.h"
#include "cli/commands.h"

enum { LINE_SHOWN_MAX = 4000 };

const struct command *const command_table[] = {
	&command_up,
	&command_down,
	&command_status,
	&command_log,
	&command_members,
	&command_play,
	&command_inspect,
	&command_policy,
	&command_request,
	&command_requests,
	&command_approve,
	&command_deny,
	&command_grants,
	&command_revoke,
	&command_sessions,
	&command_watch,
	&command_hold,
	&command_resume,
	&command_end,
	&command_allow,
	&command_otp,
	&command_roster,
	&command_ticket,
	&command_element_key,
	&command_receipt,
	&command_breakglass,
	&command_credential,
	&command_host_key,
	&command_check,
	&command_fmt,
	&command_explain,
	&command_can,
	&command_classify,
	&command_judge,
	&command_retention,
	&command_prove,
	&command_seen,
	&command_verify,
	&command_mirror,
	&command_witness,
	&command_help,
};
const size_t command_n = ARRAY_LEN(command_table);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_n; i++)
		if (strcmp(command_table[i]->name, name) == 0)
			return command_table[i];
	return NULL;
}

static size_t option_index(const struct command *c, const char *name)
{
	for (size_t i = 0; i < OPTIONS_MAX && c->option[i].name; i++)
		if (strcmp(c->option[i].name, name) == 0)
			return i;
	return OPTIONS_MAX;
}

const char *args_option(const struct args *a, const char *name)
{
	size_t i = option_index(a->command, name);

	ASSERT(i < OPTIONS_MAX); /* asked for one that the table does not list */
	return a->option[i];
}

bool args_has(const struct args *a, const char *name)
{
	return args_option(a, name) != NULL;
}

const char *args_officer_key(const struct args *a)
{
	return args_option(a, option_index(a->command, "--as") < OPTIONS_MAX ? "--as" : "--key");
}

const char *args_state_dir(const struct args *a)
{
	static char path[PATH_MAX];
	const char *given = args_option(a, "--dir"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char cwd[PATH_MAX];
	int n;

	if (given && given[0] == '/')
		n = snprintf(path, sizeof(path), "%s", given);
	else if (given)
		n = getcwd(cwd, sizeof(cwd)) ? snprintf(path, sizeof(path), "%s/%s", cwd, given) : -1;
	else if (geteuid() == 0)
		n = snprintf(path, sizeof(path), "/var/lib/slagboom");
	else if (state && state[0] == '/')
		n = snprintf(path, sizeof(path), "%s/slagboom", state);
	else
		n = home ? snprintf(path, sizeof(path), "%s/.local/state/slagboom", home) : -1;
	if (n < 0 || (size_t)n >= sizeof(path))
		path[0] = '\0';
	return path;
}

void command_complain(const struct args *a, const char *hint, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "slagboom %s: ", a->command->name);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "\n");
	if (hint)
		(void)fprintf(stderr, "  try: %s\n", hint);
}

void command_print_quoted(FILE *f, const char *indent, struct rd text)
{
	struct rd line;

	while (text.len) {
		AUTO(buf_done) struct buf shown = { 0 };
		if (!rd_until(&text, '\n', &line)) {
			line = text;
			text.len = 0;
		}
		buf_init(&shown, 8 * LINE_SHOWN_MAX + 16); /* a byte becomes at most eight */
		struct wr w = wr_to(&shown);
		wr_quoted(&w, line, LINE_SHOWN_MAX);
		(void)fprintf(f, "%s%.*s\n", indent, (int)shown.len, (const char *)buf_rd(&shown).p);
	}
}

int command_failed(const struct args *a, const char *what, int err)
{
	command_complain(a, NULL, "%s%s%s", what, err < 0 ? ": " : "", err < 0 ? strerror(-err) : "");
	return EXIT_FAILED;
}

int command_nobody(const struct args *a, int err)
{
	const char *dir = args_state_dir(a);

	switch (err) {
	case -ENOENT: case -ECONNREFUSED:
		command_complain(a, "slagboom up", "nothing runs on %s", dir);
		return EXIT_NOT_RUNNING;
	case -ENOTDIR:
		command_complain(a, "--dir DIR", "nothing runs on %s, which is no directory", dir);
		return EXIT_NOT_RUNNING;
	case -EACCES: case -EPERM:
		command_complain(a, "sudo slagboom ...", "this account may not ask what runs on %s: root and its owner may", dir);
		return EXIT_FAILED;
	default:
		return EXIT_OK;
	}
}

int command_wait(pid_t pid, int *out_status)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction interrupt, quit;
	int r;

	if (sigaction(SIGINT, &ignore, &interrupt) < 0 || sigaction(SIGQUIT, &ignore, &quit) < 0)
		return -errno;
	r = waitpid(pid, out_status, 0) == pid ? 0 : -errno;
	(void)sigaction(SIGINT, &interrupt, NULL);
	(void)sigaction(SIGQUIT, &quit, NULL);
	return r;
}

int command_make_folder(const char *name, char *out, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(out, size, "%s/slagboom-%s-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp", name);

	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	return mkdtemp(out) ? 0 : -errno;
}
