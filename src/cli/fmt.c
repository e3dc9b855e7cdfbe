/*
 * Is:        `slagboom fmt`: the canonical look of a policy file.
 * Is not:    the layout itself (policy/fmt.h).
 * Called by: slagboom.c.
 * Owns:      the file that it writes again.
 * Trust:     the policy is hostile text.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_json.h"
#include "os/fd.h"
#include "policy/fmt.h"
#include "policy/parse.h"

enum { SHOWN_MAX = 1 << 20, OUT_MAX = 4 * PARSE_TEXT_MAX };

static bool print_json(const struct buf *text, bool changed, const struct diags *d, const struct rd *name)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, OUT_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "changed");
	json_bool(&j, changed);
	json_key(&j, "findings");
	policy_json_findings(&j, d, name, 1);
	json_key(&j, "text");
	if (d->n_errors)
		json_null(&j);
	else
		json_text(&j, buf_rd(text));
	json_end(&j);
	return policy_json_print(&j, &b);
}

/* The file itself, whatever links led to it, so that no link is replaced. */
static int write_again(const char *path, const struct buf *text)
{
	AUTO(mem_free) char *real = realpath(path, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return -errno;
	return fd_replace_file(AT_FDCWD, real, buf_rd(text), st.st_mode & 0777);
}

static int settle(const struct args *a, const struct buf *text, bool changed)
{
	const char *path = a->operand[0];
	int r = 0;

	if (args_has(a, "--write") && changed)
		r = write_again(path, text);
	if (r < 0) {
		command_complain(a, NULL, "cannot write %s: %s", path, strerror(-r));
		return EXIT_FAILED;
	}
	if (args_has(a, "--json"))
		return EXIT_OK;
	if (args_has(a, "--check") && changed)
		(void)printf("%s would be laid out anew\n", path);
	else if (!args_has(a, "--write") && !args_has(a, "--check"))
		(void)printf("%.*s", (int)text->len, (const char *)buf_rd(text).p);
	return EXIT_OK;
}

static int lay_out(const struct args *a, struct rd text, struct diags *d, struct buf *out)
{
	struct rd name = rd_str(a->operand[0]);
	AUTO(buf_done) struct buf shown = { 0 };
	int r = policy_fmt(text, d, out);

	buf_init(&shown, SHOWN_MAX);
	if (r == FMT_FULL)
		command_complain(a, NULL, "%s would have more than %d bytes", a->operand[0], PARSE_TEXT_MAX);
	if (r == FMT_BAD && !args_has(a, "--json")) {
		(void)!diag_render(d, &name, 1, &shown);
		(void)fprintf(stderr, "%.*s", (int)shown.len, (const char *)buf_rd(&shown).p);
	}
	return r == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run(const struct args *a)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf in = { 0 }, out = { 0 };
	struct rd before, after, name = rd_str(a->operand[0]);
	bool changed;
	int r;

	buf_init(&in, PARSE_TEXT_MAX);
	buf_init(&out, PARSE_TEXT_MAX);
	r = fd_read_file(AT_FDCWD, a->operand[0], &in);
	if (r < 0) {
		command_complain(a, NULL, "cannot read %s: %s", a->operand[0], strerror(-r));
		return EXIT_USAGE;
	}
	before = buf_rd(&in);
	r = lay_out(a, before, d, &out);
	after = buf_rd(&out);
	changed = r == EXIT_OK && !rd_equal(&before, &after);
	if (args_has(a, "--json") && !print_json(&out, changed, d, &name))
		r = EXIT_FAILED;
	if (r == EXIT_OK)
		r = settle(a, &out, changed);
	return r == EXIT_OK && args_has(a, "--check") && changed ? EXIT_FAILED : r;
}

const struct command command_fmt = {
	.name = "fmt",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "lay out a policy file in its canonical look",
	.description = "Only spacing changes; words, order, lines and comments stay. Without an option the text laid out is "
		       "printed and the file stays as it is. Included files are files of their own.\n\n"
		       "The exit status with --check is 1 when the file would change. A file that cannot be read as words "
		       "is never written.",
	.examples = "  slagboom fmt kustnet.policy | diff kustnet.policy -\n"
		    "  slagboom fmt --write kustnet.policy\n"
		    "  slagboom fmt --check kustnet.policy",
	.option = { { "--write", NULL, "write the file again, if it changes; after a crash it is the old or the new one" },
	    { "--check", NULL, "print nothing but whether it would change" }, OPTION_JSON },
	.run = run,
};
