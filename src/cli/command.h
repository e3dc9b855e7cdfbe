/*
 * Is:        the one table of subcommands, from which --help, the man pages and shell
 *            completion are made; and the parsing of their options.
 * Is not:    what a subcommand does; that is one file each.
 * Called by: slagboom.c and every subcommand.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/def.h"
#include "base/rd.h"

/* Exit codes, the same for every subcommand. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,      /* it was tried and did not work; to a question: no, refused, or errors */
	EXIT_USAGE = 2,       /* the command line, or a file that it names, cannot be used */
	EXIT_NOT_RUNNING = 3, /* there is no supervisor on this state directory */
	EXIT_RUNNING = 4,     /* there is one already */
	EXIT_DEGRADED = 5,    /* it runs, and not everything is well */
	EXIT_NOT_SEEN = 6,    /* of `seen`, whose 0 is SEEN: so a "no" is never what a failure looks like */
	EXIT_NOT_WATCHED = 7,
};

enum { OPTIONS_MAX = 14, MANY_MAX = 64 };

struct option_row {
	const char *name;  /* "--dir" */
	const char *value; /* what follows it, for the help: "DIR"; NULL: nothing */
	const char *help;
	bool repeats;      /* every value counts (args->many), not the last alone; one option at most */
};

struct args {
	const struct command *command;
	const char *option[OPTIONS_MAX]; /* value, or "" for one without, or NULL when absent */
	const char *many[MANY_MAX]; /* values of the option that repeats */
	size_t n_many;
	char **operand;
	int n_operands;
};

struct command {
	const char *name;
	const char *operands; /* for the usage line: "NAME..." or "" */
	int operands_min, operands_max;
	const char *summary;     /* one line, no full stop */
	const char *description; /* paragraphs, separated by empty lines */
	const char *examples;    /* lines; NULL: none */
	struct option_row option[OPTIONS_MAX];
	int (*run)(const struct args *a);
};

extern const struct command *const command_table[];
extern const size_t command_n;

/* The row called `name`, or NULL. */
const struct command *command_find(const char *name);

/* The value of option `name` of the command's table; NULL when absent. */
const char *args_option(const struct args *a, const char *name);
bool args_has(const struct args *a, const char *name);

/* The key that proves who asks the desk: of --as, where --key means another. */
const char *args_officer_key(const struct args *a);
/* The directory of --dir, or the default for this user, made absolute; "" when there is none.
 * Lives until the process ends. */
const char *args_state_dir(const struct args *a);

/* The option that every command on a running system has. */
#define OPTION_DIR { "--dir", "DIR", "the state directory; by default /var/lib/slagboom for root, " \
		     "and ~/.local/state/slagboom for others" }
/* Who asks the desk, where the account does not say it. */
#define OPTION_KEY { "--key", "FILE", "an officer's private key, or the public one when an agent holds it: proves who asks, where " \
		     "the policy does not name this account" }
#define OPTION_JSON { "--json", NULL, "print canonical JSON for programs" }

void command_print_help(FILE *f, const struct command *c);
/* The list of all commands. */
void command_print_overview(FILE *f);
/* A man page in man(7) form: of one command, or of slagboom itself for NULL. */
void command_print_man(FILE *f, const struct command *c);
/* A bash completion script. */
void command_print_completion(FILE *f);

/* One line on standard error: "slagboom NAME: text", then "  try: hint" when given. */
void command_complain(const struct args *a, const char *hint, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Text that others may have written, line by line behind `indent`, so that nothing in it reaches the terminal but text. */
void command_print_quoted(FILE *f, const char *indent, struct rd text);
/* "slagboom NAME: what: why"; without the why when `err` is none. EXIT_FAILED. */
int command_failed(const struct args *a, const char *what, int err);
/* What a client_... gave when nobody can be asked at --dir, told: EXIT_NOT_RUNNING, or EXIT_FAILED where this account may
 * not ask. EXIT_OK, untold: it is something else. */
MUST_USE int command_nobody(const struct args *a, int err);
/* Waits for a program that has the terminal: the keys that stop a program are for it, and what it leaves is cleared
 * away by us. Its status as waitpid has it. */
MUST_USE int command_wait(pid_t pid, int *out_status);
/* A new directory of ours alone, below TMPDIR or /tmp, with `name` in its own; its path goes to `out`. */
MUST_USE int command_make_folder(const char *name, char *out, size_t size);
