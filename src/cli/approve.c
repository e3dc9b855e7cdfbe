/*
 * Is:        `slagboom approve`: shows an officer the text of a grant, has ssh-keygen sign it
 *            with the officer's own key, and brings the signature to the desk.
 * Is not:    a holder of keys, or the judgement.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the text comes from the desk and holds an engineer's words: it is shown quoted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/desk_client.h"
#include "cli/sign.h"
#include "os/fd.h"
#include "policy/approval.h"
#include "policy/grant.h"

static bool asks_yes(const struct args *a, FILE *f)
{
	char line[16] = "";

	if (args_has(a, "--yes"))
		return true;
	(void)fprintf(f, "Sign this? Type yes: ");
	(void)fflush(f);
	return fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0;
}

/* A signature made elsewhere, or one made now over the text that was shown. */
static int get_signature(const struct args *a, struct rd text, struct buf *signature)
{
	const char *file = args_option(a, "--signature"), *key = args_option(a, "--key");
	FILE *f = args_has(a, "--json") ? stderr : stdout; /* where a program reads, the answer stands alone */
	int r;

	if (file) {
		r = fd_read_file(AT_FDCWD, file, signature);
		if (r < 0)
			command_complain(a, NULL, "cannot read %s: %s", file, strerror(-r));
		return r < 0 ? EXIT_USAGE : EXIT_OK;
	}
	if (!key) {
		command_complain(a, "--key ~/.ssh/id_ed25519_sk, or its .pub when an agent holds it",
		    "an approval is a signature: with which key?");
		return EXIT_USAGE;
	}
	command_print_quoted(f, "    ", text);
	if (!asks_yes(a, f)) {
		command_complain(a, NULL, "not signed");
		return EXIT_FAILED;
	}
	(void)fflush(stdout);
	return sign_with(a, key, APPROVAL_NAMESPACE, text, signature) < 0 ? EXIT_FAILED : EXIT_OK;
}

static int approve(const struct args *a, struct rd text)
{
	AUTO(buf_done) struct buf signature = { 0 };
	AUTO(desk_answer_done) struct desk_answer answer = { .fd = -1 };
	int r;

	buf_init(&signature, 4096);
	r = get_signature(a, text, &signature);
	if (r != EXIT_OK)
		return r;
	if (!buf_put_u8(&signature, 0)) {
		command_complain(a, NULL, "this is no signature of ssh-keygen: it is too long");
		return EXIT_USAGE;
	}
	const char *arg[] = { a->operand[0], (const char *)buf_rd(&signature).p };
	r = desk_ask(a, VERB_APPROVE, arg, ARRAY_LEN(arg), rd_of(NULL, 0), &answer);
	return r == EXIT_OK ? desk_print(a, &answer, NULL, 0, "") : r;
}

static int run(const struct args *a)
{
	AUTO(desk_answer_done) struct desk_answer shown = { .fd = -1 };
	AUTO(buf_done) struct buf text = { 0 };
	const char *arg[] = { a->operand[0] };
	int r = desk_ask(a, VERB_SHOW, arg, 1, rd_of(NULL, 0), &shown);

	if (r != EXIT_OK)
		return r;
	if (shown.status != OFFICER_DONE)
		return desk_print(a, &shown, NULL, 0, "");
	buf_init(&text, GRANT_MAX);
	if (!desk_member(shown.result, "grant", &text))
		return EXIT_FAILED;
	if (!args_has(a, "--text"))
		return approve(a, buf_rd(&text));
	(void)printf("%.*s", (int)text.len, (const char *)buf_rd(&text).p);
	return EXIT_OK;
}

const struct command command_approve = {
	.name = "approve",
	.operands = "NUMBER",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "sign a request with one's own key",
	.description = "Shows the text of the grant, asks, has ssh-keygen sign it (namespace grant@slagboom) with the key of --key, "
		       "and brings the signature to the desk. The key is an officer's of the policy: an Ed25519, ECDSA or RSA "
		       "(2048 bits or more) key, or a hardware key that is touched for each approval.\n\n"
		       "When enough officers have signed, the engineer who waits goes on by himself. An approval that does not "
		       "count (one's own request, a supplier's key, another text, too late) is refused, and is a finding.\n\n"
		       "To sign on another machine: take the text with --text, sign it there, bring it with --signature.",
	.examples = "  slagboom approve 3f9a2c --key ~/.ssh/id_ed25519_sk\n"
		    "  slagboom approve 3f9a2c --text >grant.txt\n"
		    "  ssh-keygen -Y sign -f ~/.ssh/id_ed25519_sk -n grant@slagboom grant.txt\n"
		    "  slagboom approve 3f9a2c --signature grant.txt.sig",
	.option = { OPTION_DIR, OPTION_KEY,
	    { "--signature", "FILE", "a signature that was made elsewhere" },
	    { "--text", NULL, "print the text to sign, and do nothing" }, { "--yes", NULL, "do not ask" }, OPTION_JSON },
	.run = run,
};
