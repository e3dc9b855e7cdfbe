/*
 * Is:        `slagboom roster`, `ticket` and `element-key`: who is who, and what ends or
 *            begins with a person, a ticket, an element.
 * Is not:    the policy that says so.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the desk's answer.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "os/fd.h"

static const struct desk_column columns[] = {
	{ "name", "name" }, { "supplier", "supplier" }, { "employer", "employer" }, { "screened_until", "screened until" },
	{ "nda_until", "nda until" }, { "trained_until", "trained until" }, { "last_session", "last session" },
	{ "removed", "removed" },
};

static int run_roster(const struct args *a)
{
	const char *arg[] = { a->n_operands > 1 ? a->operand[1] : "", args_option(a, "--why") };

	if (a->n_operands == 0)
		return desk_do(a, VERB_ROSTER, NULL, 0, columns, ARRAY_LEN(columns), "the policy has no engineers");
	if (strcmp(a->operand[0], "remove") != 0 || a->n_operands != 2) {
		command_complain(a, "slagboom roster remove NAME --why TEXT", "there is no such thing to do");
		return EXIT_USAGE;
	}
	if (!arg[1]) {
		command_complain(a, "--why TEXT", "the record is owed a reason");
		return EXIT_USAGE;
	}
	return desk_do(a, VERB_ROSTER_REMOVE, arg, ARRAY_LEN(arg), NULL, 0, "");
}

const struct command command_roster = {
	.name = "roster",
	.operands = "[remove NAME]",
	.operands_min = 0,
	.operands_max = 2,
	.summary = "list the engineers and their papers, or remove a leaver",
	.description = "remove is for the day on which somebody leaves, before the policy is changed: his sessions, grants and "
		       "requests end at once, he cannot come in any more, and if he is an officer his approvals count no "
		       "more. It needs an administrator, and is not undone: a policy that names him again does not bring him back.",
	.examples = "  slagboom roster\n  slagboom roster remove wei.zhang --why 'left the supplier today'",
	.option = { OPTION_DIR, OPTION_KEY, { "--why", "TEXT", "the reason, one line" }, OPTION_JSON },
	.run = run_roster,
};

static int run_ticket(const struct args *a)
{
	const char *arg[] = { a->operand[1] };

	if (strcmp(a->operand[0], "closed") != 0) {
		command_complain(a, "slagboom ticket closed TICKET", "there is no such thing to do");
		return EXIT_USAGE;
	}
	return desk_do(a, VERB_TICKET_CLOSED, arg, 1, NULL, 0, "");
}

const struct command command_ticket = {
	.name = "ticket",
	.operands = "closed TICKET",
	.operands_min = 2,
	.operands_max = 2,
	.summary = "end what a closed ticket was for",
	.description = "Every request and grant of the ticket ends, and its sessions with it. A ticket system calls this when it "
		       "closes a ticket.",
	.examples = "  slagboom ticket closed CHG-1234",
	.option = { OPTION_DIR, OPTION_KEY, OPTION_JSON },
	.run = run_ticket,
};

static const struct desk_column key_columns[] = {
	{ "asset", "asset" }, { "state", "state" }, { "fingerprint", "fingerprint" }, { "times", "seen" }, { "at", "at" }, { "by", "by" },
};

static int run_element_key(const struct args *a)
{
	AUTO(buf_done) struct buf key = { 0 };
	const char *file = args_option(a, "--public");
	int r;

	if (a->n_operands == 0)
		return desk_do(a, VERB_HOST_KEYS, NULL, 0, key_columns, ARRAY_LEN(key_columns), "no element has shown a key yet");
	if (strcmp(a->operand[0], "accept") != 0 || a->n_operands != 3) {
		command_complain(a, "slagboom element-key accept ASSET FINGERPRINT", "which key?");
		return EXIT_USAGE;
	}
	buf_init(&key, OFFICER_ARG_MAX);
	r = file ? fd_read_file(AT_FDCWD, file, &key) : 0;
	if (r < 0) {
		command_complain(a, NULL, "cannot read %s: %s", file, strerror(-r));
		return EXIT_USAGE;
	}
	struct rd all = buf_rd(&key), line = all;
	if (!rd_until(&all, '\n', &line))
		line = buf_rd(&key);
	char text[OFFICER_ARG_MAX];
	(void)snprintf(text, sizeof(text), "%.*s", (int)line.len, (const char *)line.p);
	const char *arg[] = { a->operand[1], a->operand[2], text };
	return desk_do(a, VERB_HOST_KEY, arg, ARRAY_LEN(arg), NULL, 0, "");
}

const struct command command_element_key = {
	.name = "element-key",
	.operands = "[accept ASSET FINGERPRINT]",
	.operands_max = 3,
	.summary = "list host keys of elements, or accept one",
	.description = "Sessions over SSH to an element need its host key, which an administrator has compared with what the element "
		       "itself, or its supplier, says. Without arguments: those that were accepted, and those that elements showed "
		       "and nobody has accepted yet: `unknown`, or `changed` where another one was accepted before. FINGERPRINT is "
		       "as `ssh-keygen -l` prints it; the key is the one that the element showed, or with --public that of a file.",
	.examples = "  slagboom element-key\n  slagboom element-key accept hss1 SHA256:...\n"
		    "  ssh-keyscan -t ed25519 10.1.2.3 | cut -d' ' -f2- >hss1.pub\n"
		    "  slagboom element-key accept hss1 SHA256:... --public hss1.pub",
	.option = { OPTION_DIR, OPTION_KEY, { "--public", "FILE", "the public key: \"ssh-ed25519 AAAA...\"" }, OPTION_JSON },
	.run = run_element_key,
};
