/*
 * Is:        `slagboom help`, and the three forms in which the table of subcommands is
 *            shown: help, man pages, shell completion.
 * Is not:    the table.
 * Called by: slagboom.c, the build (man pages).
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/reference.h"

enum { DOCUMENT_MAX = 1 << 20, WIDTH = 80 };

static const struct exit_row {
	enum exit_code code;
	const char *meaning;
} exits[] = {
	{ EXIT_OK, "it worked" },
	{ EXIT_FAILED, "it was tried and did not work; to a question: no, refused, or errors found" },
	{ EXIT_USAGE, "the command line, or a file that it names, cannot be used" },
	{ EXIT_NOT_RUNNING, "nothing runs on this state directory" },
	{ EXIT_RUNNING, "something runs on it already" },
	{ EXIT_DEGRADED, "it runs, and not everything is well" },
	{ EXIT_NOT_SEEN, "of seen: NOT SEEN, and watched all the while" },
	{ EXIT_NOT_WATCHED, "of seen: NOT WATCHED for a part of it at least, so there is no \"no\"" },
};

void command_print_overview(FILE *f)
{
	(void)fprintf(f, "usage: slagboom COMMAND [OPTION...]\n\n"
			 "The gate that every supplier's engineer passes, and the record of what each saw.\n\n");
	for (size_t i = 0; i < command_n; i++)
		(void)fprintf(f, "  %-11s %s\n", command_table[i]->name, command_table[i]->summary);
	(void)fprintf(f, "\n`slagboom COMMAND --help` says more.\n");
}

/* Text in lines that fit, each behind `indent` columns; of the first, `at` are taken already. */
static void print_wrapped(FILE *f, size_t at, size_t indent, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " \n");
		if (len && at > indent && at + 1 + len > WIDTH)
			(void)fputc('\n', f), at = 0;
		if (len) {
			(void)fprintf(f, "%*s%.*s", at > indent ? 1 : (int)(indent - at), "", (int)len, text);
			at = (at > indent ? at + 1 : indent) + len;
		}
		text += len;
		if (*text == '\n')
			(void)fputc('\n', f), at = 0;
		text += *text != '\0';
	}
	(void)fputc('\n', f);
}

static void print_options(FILE *f, const struct command *c)
{
	for (size_t i = 0; i < OPTIONS_MAX && c->option[i].name; i++) {
		(void)fprintf(f, "  %s%s%s\n", c->option[i].name, c->option[i].value ? " " : "",
		    c->option[i].value ? c->option[i].value : "");
		print_wrapped(f, 0, 6, c->option[i].help);
	}
}

void command_print_help(FILE *f, const struct command *c)
{
	int n = fprintf(f, "usage: slagboom %s%s", c->name, c->option[0].name ? " [OPTION...]" : "");

	print_wrapped(f, n > 0 ? (size_t)n : 0, 7, c->operands);
	(void)fprintf(f, "\n%s.\n\n", c->summary);
	print_wrapped(f, 0, 0, c->description);
	if (c->option[0].name) {
		(void)fprintf(f, "\noptions:\n");
		print_options(f, c);
	}
	if (c->examples)
		(void)fprintf(f, "\nexamples:\n%s\n", c->examples);
	(void)fprintf(f, "\nexit status:\n");
	for (size_t i = 0; i < ARRAY_LEN(exits); i++)
		(void)fprintf(f, "  %d  %s\n", (int)exits[i].code, exits[i].meaning);
}

/* Text in man(7): a backslash, and a dot or quote that begins a line, mean something. */
static void print_roff(FILE *f, const char *s)
{
	bool at_start = true;

	for (; *s; s++) {
		if (at_start && (*s == '.' || *s == '\''))
			(void)fputs("\\&", f);
		if (*s == '\\')
			(void)fputs("\\e", f);
		else if (*s == '-')
			(void)fputs("\\-", f);
		else if (*s == '\n' && s[1] == '\n')
			(void)fputs("\n.PP", f);
		else
			(void)fputc(*s, f);
		at_start = *s == '\n';
	}
	(void)fputc('\n', f);
}

static void print_man_options(FILE *f, const struct command *c)
{
	if (!c->option[0].name)
		return;
	(void)fprintf(f, ".SH OPTIONS\n");
	for (size_t i = 0; i < OPTIONS_MAX && c->option[i].name; i++) {
		(void)fprintf(f, ".TP\n\\fB");
		for (const char *s = c->option[i].name; *s; s++)
			(void)fputs(*s == '-' ? "\\-" : (char[]){ *s, '\0' }, f);
		(void)fprintf(f, "\\fR \\fI%s\\fR\n", c->option[i].value ? c->option[i].value : "");
		print_roff(f, c->option[i].help);
	}
}

static const char overview[] =
    "The gate that every supplier's engineer passes on the way into a telecom operator's core, and the record of what each of "
    "them saw.\n\n"
    "It begins with a policy (docs/POLICY.md), which `slagboom check` judges, and with the first `slagboom up`, which gives the "
    "record its name for ever. docs/OPERATIONS.md has every step from there on, in order.";

static const char files_and_more[] =
    ".SH FILES\n"
    ".TP\n/var/lib/slagboom\nKeys, records, recordings and the desk, of root's gate (\\-\\-dir). Nothing in it is edited by hand "
    "but the files witnesses and evidence.conf, and nothing is ever removed by hand.\n"
    ".TP\n/usr/share/doc/slagboom\nREADME.md, and docs/ with OPERATIONS.md, POLICY.md, EVIDENCE.md, EVENTS.md, WITNESSES.md, "
    "THREATS.md and an example of a policy.\n"
    ".SH SEE ALSO\nThe verifier is a program of its own, slagboom\\-verify: `slagboom\\-verify \\-\\-help`.\n";

static void print_man_overview(FILE *f)
{
	(void)fprintf(f, ".TH SLAGBOOM 8 \"\" \"slagboom %s\"\n.SH NAME\nslagboom \\- the gate to a telecom core, "
			 "and its record\n.SH SYNOPSIS\n.B slagboom\n.I COMMAND\n[OPTION...]\n.SH DESCRIPTION\n",
	    SLAGBOOM_VERSION);
	print_roff(f, overview);
	(void)fprintf(f, ".SH COMMANDS\n");
	for (size_t i = 0; i < command_n; i++) {
		(void)fprintf(f, ".TP\n\\fBslagboom\\-%s\\fR(8)\n", command_table[i]->name);
		print_roff(f, command_table[i]->summary);
	}
}

static void print_man_command(FILE *f, const struct command *c)
{
	(void)fprintf(f, ".TH SLAGBOOM\\-%s 8 \"\" \"slagboom %s\"\n.SH NAME\nslagboom\\-%s \\- ", c->name,
	    SLAGBOOM_VERSION, c->name);
	print_roff(f, c->summary);
	(void)fprintf(f, ".SH SYNOPSIS\n.B slagboom %s\n[OPTION...]\n%s\n.SH DESCRIPTION\n", c->name, c->operands);
	print_roff(f, c->description);
	print_man_options(f, c);
	if (c->examples) {
		(void)fprintf(f, ".SH EXAMPLES\n.nf\n");
		print_roff(f, c->examples);
		(void)fprintf(f, ".fi\n");
	}
}

void command_print_man(FILE *f, const struct command *c)
{
	if (c)
		print_man_command(f, c);
	else
		print_man_overview(f);
	(void)fprintf(f, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
		(void)fprintf(f, ".TP\n.B %d\n", (int)exits[i].code);
		print_roff(f, exits[i].meaning);
	}
	if (!c)
		(void)fputs(files_and_more, f);
}

void command_print_completion(FILE *f)
{
	(void)fprintf(f, "# bash completion for slagboom\n_slagboom() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} list\n"
			 "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tlist='");
	for (size_t i = 0; i < command_n; i++)
		(void)fprintf(f, "%s%s", i ? " " : "", command_table[i]->name);
	(void)fprintf(f, "'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < command_n; i++) {
		(void)fprintf(f, "\t\t%s) list='--help", command_table[i]->name);
		for (size_t k = 0; k < OPTIONS_MAX && command_table[i]->option[k].name; k++)
			(void)fprintf(f, " %s", command_table[i]->option[k].name);
		(void)fprintf(f, "' ;;\n");
	}
	(void)fprintf(f, "\t\tesac\n\tfi\n\tmapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$word\")\n}\n"
			 "complete -F _slagboom slagboom\n");
}

static int print_document(const struct args *a)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, DOCUMENT_MAX);
	struct wr w = wr_to(&b);
	if (!reference_write(&w, args_option(a, "--document"))) {
		command_complain(a, NULL, "there is no document \"%s\"; there are: events, processes, record-schema",
		    args_option(a, "--document"));
		return EXIT_USAGE;
	}
	(void)printf("%.*s", (int)b.len, (const char *)buf_rd(&b).p);
	return EXIT_OK;
}

static int run(const struct args *a)
{
	const struct command *c = a->n_operands ? command_find(a->operand[0]) : NULL;

	if (a->n_operands && !c) {
		command_complain(a, "slagboom help", "there is no command \"%s\"", a->operand[0]);
		return EXIT_USAGE;
	}
	if (args_has(a, "--document"))
		return print_document(a);
	if (args_has(a, "--completion"))
		command_print_completion(stdout);
	else if (args_has(a, "--man"))
		command_print_man(stdout, c);
	else if (c)
		command_print_help(stdout, c);
	else
		command_print_overview(stdout);
	return EXIT_OK;
}

const struct command command_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.operands_max = 1,
	.summary = "list the commands, or explain one",
	.description = "Without a name it lists the commands; with one it shows the same text as --help.",
	.examples = "  slagboom help up\n  slagboom help --man status | man -l -",
	.option = { { "--man", NULL, "print a man page instead" },
	    { "--completion", NULL, "print a completion script for bash instead" },
	    { "--document", "NAME", "print a reference: events, processes, or record-schema (JSON Schema of a record)" } },
	.run = run,
};
