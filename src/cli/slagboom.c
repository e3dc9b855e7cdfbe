/*
 * Is:        the main of slagboom: finds the subcommand and reads its options.
 * Is not:    what a subcommand does.
 * Called by: people and scripts.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include <errno.h>
#include <string.h>

#include "cli/command.h"

static int keep_value(struct args *a, size_t k)
{
	if (a->n_many == MANY_MAX) {
		command_complain(a, NULL, "%s is there more than %d times", a->command->option[k].name, MANY_MAX);
		return EXIT_USAGE;
	}
	a->many[a->n_many++] = a->option[k];
	return EXIT_OK;
}

/* 0, or the exit code of a complaint. */
static int read_option(struct args *a, int *i, int argc, char **argv)
{
	const struct command *c = a->command;
	const char *arg = argv[*i], *equals = strchr(arg, '=');
	size_t len = equals ? (size_t)(equals - arg) : strlen(arg);

	for (size_t k = 0; k < OPTIONS_MAX && c->option[k].name; k++) {
		if (strlen(c->option[k].name) != len || strncmp(c->option[k].name, arg, len) != 0)
			continue;
		if (!c->option[k].value && equals) {
			command_complain(a, NULL, "%s takes no value", c->option[k].name);
			return EXIT_USAGE;
		}
		if (c->option[k].value && !equals && *i + 1 == argc) {
			command_complain(a, NULL, "%s needs a value: %s %s", arg, arg, c->option[k].value);
			return EXIT_USAGE;
		}
		a->option[k] = !c->option[k].value ? "" : equals ? equals + 1 : argv[++*i];
		/* Such as a variable that is not set: no directory, no reason, no name. */
		if (c->option[k].value && a->option[k][0] == '\0') {
			command_complain(a, NULL, "%s needs a value, and has an empty one: %s %s", c->option[k].name, c->option[k].name,
			    c->option[k].value);
			return EXIT_USAGE;
		}
		return c->option[k].repeats ? keep_value(a, k) : EXIT_OK;
	}
	char hint[64];
	(void)snprintf(hint, sizeof(hint), "slagboom help %s", c->name);
	command_complain(a, hint, "there is no option %.*s", (int)len, arg);
	return EXIT_USAGE;
}

static int read_args(struct args *a, int argc, char **argv)
{
	bool only_operands = false;
	int r;

	a->operand = argv; /* operands are moved to the front as they are found */
	for (int i = 0; i < argc; i++) {
		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
			r = read_option(a, &i, argc, argv);
			if (r)
				return r;
		} else {
			a->operand[a->n_operands++] = argv[i];
		}
	}
	if (a->n_operands >= a->command->operands_min && a->n_operands <= a->command->operands_max)
		return EXIT_OK;
	command_complain(a, NULL, "%s; usage: slagboom %s %s",
	    a->n_operands < a->command->operands_min ? "something is missing" : "that is too much",
	    a->command->name, a->command->operands);
	return EXIT_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* An answer that could not be told was not given. */
static int told(const struct args *a, int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	command_complain(a, NULL, "standard output does not take the answer: %s", strerror(errno));
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct args a = { .n_operands = 0 };
	int r;

	if (argc < 2) {
		command_print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		command_print_overview(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("slagboom %s\n", SLAGBOOM_VERSION);
		return EXIT_OK;
	}
	a.command = command_find(argv[1]);
	if (!a.command) {
		(void)fprintf(stderr, "slagboom: there is no command \"%s\"\n  try: slagboom help\n", argv[1]);
		return EXIT_USAGE;
	}
	if (asks_for_help(argc - 2, argv + 2)) {
		command_print_help(stdout, a.command);
		return told(&a, EXIT_OK);
	}
	r = read_args(&a, argc - 2, argv + 2);
	return r ? r : told(&a, a.command->run(&a));
}
