/*
 * Is:        `slagboom log`: what contradicted a log, and the officer's act after which it goes on.
 * Is not:    the decision that it may: evidenced looks whether it contains what it must.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the file beside the log may have been written by others; it is only quoted.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/evidenced_client.h"
#include "cli/log_source.h"
#include "cli/sign.h"
#include "evidence/note.h"
#include "evidence/split_view.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/talk/retention_proto.h"

enum { PATIENCE_MS = 30000 };

/* EXIT_OK with what the witness holds; the file goes into `file`. */
static int read_theirs(const struct args *a, struct buf *file, struct checkpoint *out)
{
	char path[PATH_MAX];
	struct rd raw;
	struct note n;
	int r;

	(void)snprintf(path, sizeof(path), "%s/evidence-%s/split-view", args_state_dir(a), log_source_name(a));
	r = fd_read_file(AT_FDCWD, path, file);
	if (r == -ENOENT) {
		(void)printf("nothing contradicts the log %s\n", log_source_name(a));
		return EXIT_FAILED;
	}
	if (r < 0) {
		command_complain(a, NULL, "cannot read %s: %s", path, strerror(-r));
		return EXIT_USAGE;
	}
	if (split_view_theirs(buf_rd(file), &raw) && note_parse(raw, &n) && checkpoint_parse_claim(n.text, out))
		return EXIT_OK;
	command_complain(a, NULL, "%s is not as it was written", path);
	return EXIT_USAGE;
}

static int show(const struct args *a)
{
	AUTO(buf_done) struct buf file = { 0 };
	struct checkpoint theirs;
	int r;

	buf_init(&file, SPLIT_VIEW_MAX);
	r = read_theirs(a, &file, &theirs);
	if (r == EXIT_FAILED)
		return EXIT_OK;
	if (r)
		return r;
	command_print_quoted(stdout, "", buf_rd(&file));
	return EXIT_FAILED;
}

static int make_text(const struct args *a, const struct checkpoint *theirs, struct buf *out)
{
	AUTO(buf_done) struct buf at = { 0 };
	struct wr w = wr_to(out), t;

	buf_init(&at, 64);
	t = wr_to(&at);
	wr_time(&t, clock_wall_ns());
	wr_reopen(&w, &(struct reopen){ .origin = theirs->origin, .by = rd_str(args_option(a, "--by")), .at = buf_rd(&at),
		.why = rd_str(args_option(a, "--why")), .theirs = theirs->head });
	struct reopen back;
	if (wr_ok(&t) && wr_ok(&w) && reopen_parse(buf_rd(out), &back))
		return EXIT_OK;
	command_complain(a, NULL, "--why and --by are one short line each");
	return EXIT_USAGE;
}

static int ask(const struct args *a, struct rd text, struct rd signature)
{
	AUTO(buf_done) struct buf request = { 0 };

	buf_init(&request, IPC_MAX);
	struct wr w = wr_to(&request);
	wr_u16(&w, RETENTION_REOPEN);
	wr_part8(&w, rd_str(args_option(a, "--by")));
	wr_part16(&w, rd_str(args_option(a, "--why")));
	wr_part16(&w, text);
	wr_part16(&w, signature);
	return wr_ok(&w) ? evidenced_ask(a, buf_rd(&request), PATIENCE_MS, false) : command_failed(a, "the text is too long", 0);
}

static int reopen(const struct args *a)
{
	AUTO(buf_done) struct buf file = { 0 }, text = { 0 }, signature = { 0 };
	struct checkpoint theirs;
	int r;

	if (!args_has(a, "--why") || !args_has(a, "--by") || !args_has(a, "--key")) {
		command_complain(a, "slagboom help log", "an officer says who he is and why, and signs: --by NAME --why TEXT --key FILE");
		return EXIT_USAGE;
	}
	buf_init(&file, SPLIT_VIEW_MAX);
	buf_init(&text, REOPEN_TEXT_MAX);
	buf_init(&signature, RETENTION_SIGNATURE_MAX);
	r = read_theirs(a, &file, &theirs);
	if (r == EXIT_OK)
		r = make_text(a, &theirs, &text);
	if (r)
		return r;
	if (sign_with(a, args_option(a, "--key"), SPLIT_VIEW_NAMESPACE, buf_rd(&text), &signature) < 0)
		return EXIT_FAILED;
	return ask(a, buf_rd(&text), buf_rd(&signature));
}

static int run(const struct args *a)
{
	int r = log_source_name_check(a);

	if (r)
		return r;
	if (strcmp(a->operand[0], "show") == 0)
		return show(a);
	if (strcmp(a->operand[0], "reopen") == 0)
		return reopen(a);
	command_complain(a, "slagboom help log", "it is one of show, reopen");
	return EXIT_USAGE;
}

const struct command command_log = {
	.name = "log",
	.operands = "show | reopen",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "see what contradicted a log, and let it go on",
	.description = "When a witness holds a checkpoint with the log's own signature that is no part of the log, nothing of the log "
		       "is shown or cosigned any more, in this life and every later one. show prints both checkpoints; its exit "
		       "status is 1 while there is a contradiction.\n\n"
		       "reopen lets the log go on when, and only when, it contains what the witness holds: after the right copy "
		       "was put back, from the mirror. A log that does not contain it can never go on: then its key is in wrong "
		       "hands, or records are lost; begin a new log with a new key, and keep the old one. The officer signs the text "
		       "that names the contradiction and his reason (namespace log@slagboom); both are in the record log.reopened, "
		       "where anybody who knows officers' keys can check them. The contradiction is kept as split-view.settled.",
	.examples = "  slagboom log show\n"
		    "  slagboom log reopen --by j.devries --key ~/.ssh/id_ed25519_sk \\\n"
		    "      --why \"yesterday's snapshot was mounted; restored from the mirror\"",
	.option = { { "--log", "NAME", "core (by default) or intercept" },
	    { "--why", "TEXT", "what was found, for the record" },
	    { "--by", "NAME", "the officer who signs" },
	    OPTION_DIR, OPTION_KEY },
	.run = run,
};
