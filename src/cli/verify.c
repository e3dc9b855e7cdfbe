/*
 * Is:        `slagboom verify`: sees what it was given (a log, its URL, a proof, a pack) and has
 *            slagboom-verify judge it.
 * Is not:    the judgement; that program stands alone so that nobody needs this one.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line; of a file its first bytes are looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "os/fd.h"
#include "os/self.h"
#include "os/spawn.h"

enum { ARGS_MAX = 32 };

struct call {
	const char *argv[ARGS_MAX];
	int n;
	char recordings[PATH_MAX], entry[PATH_MAX], key_file[PATH_MAX], key[512];
};

static void add(struct call *c, const char *option, const char *value)
{
	if (c->n + 3 > ARGS_MAX)
		return; /* there are not so many options */
	c->argv[c->n++] = option;
	if (value)
		c->argv[c->n++] = value;
}

static void pass_on(struct call *c, const struct args *a)
{
	static const char *const with_value[] = { "--policy", "--key", "--checkpoint", "--known", "--log-key", "--officers" };
	static const char *const flags[] = { "--json", "--progress" };

	for (size_t i = 0; i < ARRAY_LEN(with_value); i++)
		if (args_has(a, with_value[i]))
			add(c, with_value[i], args_option(a, with_value[i]));
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (args_has(a, flags[i]))
			add(c, flags[i], NULL);
}

/* A log in a state directory of ours has its key beside it. */
static bool find_key(struct call *c, const char *dir)
{
	AUTO(buf_done) struct buf b = { 0 };
	static const char *const logs[] = { "core", "intercept" };
	struct rd r, line;

	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		char end[32];
		size_t n = strlen(dir), k;
		(void)snprintf(end, sizeof(end), "evidence-%s", logs[i]);
		while (n && dir[n - 1] == '/')
			n--;
		k = strlen(end);
		if (n < k || strncmp(&dir[n - k], end, k) != 0)
			continue;
		(void)snprintf(c->key_file, sizeof(c->key_file), "%.*s/../keys/log-%s.vkey", (int)n, dir, logs[i]);
		buf_init(&b, sizeof(c->key) - 1);
		if (fd_read_file(AT_FDCWD, c->key_file, &b) < 0)
			return false;
		r = buf_rd(&b);
		return rd_until(&r, '\n', &line) && rd_copy(&line, (uint8_t *)c->key, line.len);
	}
	return false;
}

static int judge_log(struct call *c, const struct args *a, const char *dir)
{
	struct stat st;
	int n;

	if (!args_has(a, "--policy") && !args_has(a, "--key")) {
		if (!find_key(c, dir)) {
			command_complain(a, "slagboom verify --key VKEY DIR", "by whose key? The log's own word is not enough");
			return EXIT_USAGE;
		}
		(void)fprintf(stderr, "slagboom verify: by the key in %s; a stranger brings his own\n", c->key_file);
		add(c, "--key", c->key);
	}
	if (!args_has(a, "--tree-only")) {
		add(c, "--sessions", NULL);
		n = snprintf(c->recordings, sizeof(c->recordings), "%s",
		    args_has(a, "--recordings") ? args_option(a, "--recordings") : "");
		if (n == 0)
			n = snprintf(c->recordings, sizeof(c->recordings), "%s/recordings", dir);
		if (n > 0 && (size_t)n < sizeof(c->recordings) &&
		    (args_has(a, "--recordings") || stat(c->recordings, &st) == 0))
			add(c, "--recordings", c->recordings);
	}
	add(c, dir, NULL);
	return EXIT_OK;
}

/* FILE.tlog-proof is about FILE.json, unless told otherwise. */
static int judge_proof(struct call *c, const struct args *a, const char *path)
{
	static const char end[] = ".tlog-proof";
	const char *entry = args_option(a, "--entry");
	size_t n = strlen(path), k = sizeof(end) - 1;

	if (!entry && (n <= k || strcmp(&path[n - k], end) != 0 || n >= sizeof(c->entry))) {
		command_complain(a, NULL, "of which entry? give --entry FILE");
		return EXIT_USAGE;
	}
	if (!entry)
		(void)snprintf(c->entry, sizeof(c->entry), "%.*s.json", (int)(n - k), path);
	add(c, "--proof", path);
	add(c, "--entry", entry ? entry : c->entry);
	return EXIT_OK;
}

static int judge_file(struct call *c, const struct args *a, const char *path)
{
	AUTO(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	AUTO(buf_done) struct buf b = { 0 };
	ssize_t n;
	struct rd r;

	buf_init(&b, 32);
	n = fd < 0 ? -errno : fd_read(fd, &b);
	if (n < 0) {
		command_complain(a, NULL, "cannot read %s: %s", path, strerror((int)-n));
		return EXIT_USAGE;
	}
	r = buf_rd(&b);
	if (rd_word(&r, "c2sp.org/tlog-proof@v1"))
		return judge_proof(c, a, path);
	add(c, rd_word(&r, "slagboom-receipt/1") ? "--receipt" : "--pack", path);
	return EXIT_OK;
}

/* Runs a program of ours to its end: its exit status, or EXIT_FAILED. */
static int run_to_end(const struct args *a, const char *path, const char *const *argv)
{
	extern char **environ;
	static const struct spawn_fd fds[] = { { STDOUT_FILENO, STDOUT_FILENO }, { STDERR_FILENO, STDERR_FILENO } };
	struct spawn s = { path, argv, (const char *const *)environ, fds, ARRAY_LEN(fds) };
	AUTO(fd_close) int pidfd = -1;
	int status = 0, r;
	pid_t pid;

	r = spawn(&s, &pid, &pidfd);
	if (r == 0)
		r = command_wait(pid, &status);
	if (r < 0) {
		command_complain(a, NULL, "cannot start %s: %s", path, strerror(-r));
		return EXIT_FAILED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

/* The log's files come into a directory of our own, are judged there, and go. */
static int judge_url(struct call *c, const struct args *a, const char *verify)
{
	static const char *const places[] = { "../libexec/slagboom", "fetch" };
	const char *fetch[] = { "slagboom-fetch", a->operand[0], NULL, NULL };
	char dir[PATH_MAX], folder[PATH_MAX], program[PATH_MAX + 32];
	int r;

	if (!args_has(a, "--policy") && !args_has(a, "--key")) {
		command_complain(a, "slagboom verify --key VKEY URL", "by whose key? The log's own word is not enough");
		return EXIT_USAGE;
	}
	if (self_find(places, ARRAY_LEN(places), "slagboom-fetch", folder, sizeof(folder)) < 0) {
		command_complain(a, NULL, "cannot find slagboom-fetch beside this program; is it installed whole?");
		return EXIT_FAILED;
	}
	r = command_make_folder("verify", dir, sizeof(dir));
	if (r < 0) {
		command_complain(a, NULL, "cannot make a directory for the log: %s", strerror(-r));
		return EXIT_FAILED;
	}
	(void)snprintf(program, sizeof(program), "%s/slagboom-fetch", folder);
	fetch[2] = dir;
	r = run_to_end(a, program, fetch);
	if (r == 0) {
		if (!args_has(a, "--tree-only"))
			add(c, "--sessions", NULL);
		add(c, dir, NULL);
		r = run_to_end(a, verify, c->argv);
	}
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return r;
}

static bool is_url(const char *text)
{
	return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static int run(const struct args *a)
{
	static const char *const places[] = { ".", "verify" };
	static struct call c;
	char folder[PATH_MAX], program[PATH_MAX + 32];
	struct stat st;
	int r;

	/* In a build the folder "verify" holds it; installed it stands beside this program. */
	if (self_find(places, ARRAY_LEN(places), "slagboom-verify", folder, sizeof(folder)) < 0) {
		command_complain(a, NULL, "cannot find slagboom-verify beside this program; is it installed whole?");
		return EXIT_FAILED;
	}
	(void)snprintf(program, sizeof(program), "%s/slagboom-verify", folder);
	add(&c, "slagboom-verify", NULL);
	pass_on(&c, a);
	if (is_url(a->operand[0]))
		return judge_url(&c, a, program);
	r = stat(a->operand[0], &st) == 0 && S_ISDIR(st.st_mode) ? judge_log(&c, a, a->operand[0]) :
	    judge_file(&c, a, a->operand[0]);
	if (r)
		return r;
	(void)execv(program, (char *const *)c.argv);
	command_complain(a, NULL, "cannot start %s: %s", program, strerror(errno));
	return EXIT_FAILED;
}

const struct command command_verify = {
	.name = "verify",
	.operands = "DIR|URL|PROOF|PACK|RECEIPT",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "judge a log, a proof, a pack or a receipt",
	.description = "A directory is a log: who signed its checkpoint, every entry, every stored hash, the chain of every "
		       "session, and every segment of the recordings beside it. A URL is where a log's public files are served "
		       "(C2SP tlog-tiles); they are fetched, judged and removed again. A .tlog-proof is about one entry, in the "
		       "file of the same name that ends in .json unless --entry names another. A receipt is judged by the "
		       "gate's key of receipts, and its proof by the log's. Anything else is a pack: "
		       "records with their proofs in one file.\n\n"
		       "The judgement is that of slagboom-verify, one static program that needs nothing of ours; give "
		       "that one to whoever should not have to believe this one. It has options of its own (slagboom-verify "
		       "--help), and its exit status is passed on: 0 sound, 1 not sound, 2 not judged.\n\n"
		       "Judge a copy of a log that is being written.",
	.examples = "  slagboom verify --key \"$(cat log-core.vkey)\" ./copy-of/evidence-core\n"
		    "  slagboom verify --policy witnesses.policy 4711.tlog-proof\n"
		    "  slagboom verify --policy witnesses.policy case-12.pack",
	.option = { { "--policy", "FILE", "who must have signed: a tlog-policy file" },
	    { "--key", "VKEY", "the log's public key alone, without witnesses" },
	    { "--officers", "FILE", "officers' keys (ssh-keygen's allowed_signers), for the approvals in a pack" },
	    { "--log-key", "VKEY", "the log's public key, for the proof in a receipt" },
	    { "--checkpoint", "FILE", "judge a log at this checkpoint instead of its own" },
	    { "--known", "FILE", "a checkpoint that you have kept: finds rollbacks and forks" },
	    { "--recordings", "DIR", "where the log's recordings are; by default DIR/recordings" },
	    { "--tree-only", NULL, "do not look at what entries say: for logs that are not ours" },
	    { "--entry", "FILE", "the entry that a proof is about" },
	    { "--progress", NULL, "say on standard error how far it is" },
	    OPTION_JSON },
	.run = run,
};
