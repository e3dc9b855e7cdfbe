/*
 * Is:        `slagboom up`: starts the supervisor and waits until all is ready.
 * Is not:    the supervisor.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/policy_files.h"
#include "cli/witness/address.h"
#include "crypto/random.h"
#include "evidence/coverage.h"
#include "proc/talk/desk_proto.h"
#include "evidence/note.h"
#include "os/fd.h"
#include "os/self.h"
#include "os/spawn.h"
#include "policy/scalar.h"
#include "proc/control.h"
#include "proc/ship/config.h"
#include "proc/talk/desk_officer.h"

#define LISTEN_DEFAULT "127.0.0.1:2222"
enum { LOG_READ_MAX = 64 << 20, LOG_SHOWN_MAX = 2000, WORDS_MAX = 8, PATIENCE_MS = 15000, READY_FD = 3, ORIGIN_MAX = 200, BEAT_MIN_S = 2 };

/* The last lines of the log, so that a failed start explains itself. */
static void show_log(const char *path)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd tail, line;

	buf_init(&b, LOG_READ_MAX);
	if (fd_read_file(AT_FDCWD, path, &b) < 0)
		return;
	tail = buf_rd(&b);
	if (tail.len > LOG_SHOWN_MAX && (!rd_skip(&tail, tail.len - LOG_SHOWN_MAX) || !rd_until(&tail, '\n', &line)))
		return;
	command_print_quoted(stderr, "    ", tail);
}

static bool has_policy(const char *dir)
{
	AUTO(fd_close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return faccessat(fd, CONTROL_POLICY_FILE, F_OK, 0) == 0;
}

static int wait_until_ready(const struct args *a, int report, pid_t pid, const char *log)
{
	struct pollfd p = { .fd = report, .events = POLLIN };
	char line[8];
	int status;

	if (poll(&p, 1, PATIENCE_MS) <= 0) {
		command_complain(a, "slagboom status", "it runs, but after %d s not everything is ready; below is the end of %s",
		    PATIENCE_MS / 1000, log);
		show_log(log);
		return EXIT_DEGRADED;
	}
	if (read(report, line, sizeof(line)) > 0) {
		(void)printf("up, pid %d; log: %s\n", pid, log);
		if (!has_policy(args_state_dir(a)))
			command_complain(a, "slagboom down; slagboom up --policy FILE", "there is no policy yet, so the front door answers nobody");
		return EXIT_OK;
	}
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_RUNNING) {
		command_complain(a, "slagboom status", "it is already up on %s", args_state_dir(a));
		return EXIT_RUNNING;
	}
	command_complain(a, NULL, "the supervisor ended; the end of %s:", log);
	show_log(log);
	return EXIT_FAILED;
}

static int make_origin(const char *given, char *out, size_t size)
{
	uint8_t random[4];
	int n;

	random_fill(random_system(), random, sizeof(random));
	n = given ? snprintf(out, size, "%s", given)
		  : snprintf(out, size, "slagboom.local/%02x%02x%02x%02x", random[0], random[1], random[2], random[3]);
	return n > 0 && (size_t)n < size && note_name_ok(rd_str(out)) ? 0 : -EINVAL;
}

/* The name of this gate's logs, for ever: given, or made up, at the first start. */
static int settle_origin(const struct args *a, const char *dir, char *out, size_t size)
{
	AUTO(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(buf_done) struct buf b = { 0 };
	const char *given = args_option(a, "--origin");
	struct rd file, line;
	int r;

	buf_init(&b, ORIGIN_MAX + 1);
	r = dir_fd < 0 ? -errno : fd_read_file(dir_fd, "origin", &b);
	if (r == -ENOENT) {
		r = make_origin(given, out, size);
		if (r < 0) {
			command_complain(a, NULL, "--origin: at most %d bytes, no space and no plus sign", ORIGIN_MAX);
			return EXIT_USAGE;
		}
		if (!buf_put_str(&b, out) || !buf_put_u8(&b, '\n'))
			return EXIT_FAILED;
		r = fd_replace_file(dir_fd, "origin", buf_rd(&b), 0600);
	}
	file = buf_rd(&b);
	if (r < 0 || !rd_until(&file, '\n', &line) || line.len >= size) {
		command_complain(a, NULL, "cannot use %s/origin: %s", dir, r < 0 ? strerror(-r) : "it is not one line");
		return EXIT_FAILED;
	}
	(void)snprintf(out, size, "%.*s", (int)line.len, (const char *)line.p);
	if (given && strcmp(given, out) != 0) {
		command_complain(a, NULL, "this record is %s, and stays so; another name needs another --dir", out);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

/* What processes are told on their command lines: "PROCESS.NAME=VALUE". */
struct words {
	char word[WORDS_MAX][PATH_MAX];
	size_t n;
};

static bool add_word(struct words *w, const char *name, const char *value)
{
	int n = snprintf(w->word[w->n++], sizeof(w->word[0]), "%s=%s", name, value);

	return n > 0 && (size_t)n < sizeof(w->word[0]);
}

static bool door_words(const struct args *a, struct words *out)
{
	const char *listen = args_option(a, "--listen"), *netns = args_option(a, "--elements-netns"),
	    *grammars = args_option(a, "--grammars"), *limits = args_option(a, "--door-limits");
	char path[PATH_MAX];

	if (grammars && !realpath(grammars, path))
		return false;
	return add_word(out, "door.listen", listen ? listen : LISTEN_DEFAULT) &&
	    (!netns || add_word(out, "door.elements-netns", netns)) && (!grammars || add_word(out, "door.grammars", path)) &&
	    (!limits || add_word(out, "door.limits", limits)) && (!args_has(a, "--otp") || add_word(out, "door.otp", "yes"));
}

/* That no other way leads to the elements is the deployment's word, and stands in the record as
 * such. Where they live in a network that the door alone enters, it is plain. */
static bool desk_words(const struct args *a, struct words *out)
{
	const char *beat = args_option(a, "--beat"), *idle = args_option(a, "--idle"), *only_way = args_option(a, "--only-way"), *netns = args_option(a, "--elements-netns");
	char words[PATH_MAX];
	int n = snprintf(words, sizeof(words), "elements live in the network namespace %s, which the gate alone enters", netns ? netns : "");

	if (n < 0 || (size_t)n > EVENT_TEXT_MAX)
		return false;
	return (!beat || add_word(out, "deskd.beat", beat)) && (!idle || add_word(out, "deskd.idle", idle)) &&
	    (!(only_way || netns) || add_word(out, "deskd.only-way", only_way ? only_way : words));
}

static int in_background(const struct args *a, const char *program, const char *libexec, const char *origin,
    const struct words *words)
{
	AUTO(fd_close) int log_fd = -1;
	AUTO(fd_close) int report = -1;
	AUTO(fd_close) int theirs = -1;
	AUTO(fd_close) int pidfd = -1;
	char log[PATH_MAX + 8], ready[8];
	const char *dir = args_state_dir(a), *envp[] = { "PATH=/usr/sbin:/usr/bin", "LANG=C.UTF-8", NULL };
	const char *argv[5 + WORDS_MAX + 1] = { "slagboom-supervisor", dir, libexec, origin, ready };
	int ends[2], r;
	pid_t pid;

	for (size_t i = 0; i < words->n; i++)
		argv[5 + i] = words->word[i];
	(void)snprintf(log, sizeof(log), "%s/log", dir);
	(void)snprintf(ready, sizeof(ready), "%d", READY_FD);
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log_fd < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		command_complain(a, NULL, "cannot write %s: %s", log, strerror(errno));
		return EXIT_FAILED;
	}
	report = ends[0];
	theirs = ends[1];
	struct spawn_fd fds[] = { { log_fd, 2 }, { theirs, READY_FD } };
	struct spawn s = { program, argv, envp, fds, ARRAY_LEN(fds) };
	r = spawn(&s, &pid, &pidfd);
	if (r < 0) {
		command_complain(a, NULL, "cannot start %s: %s", program, strerror(-r));
		return EXIT_FAILED;
	}
	fd_close(&theirs);
	return wait_until_ready(a, report, pid, log);
}

#define OTP_MODULE "security/pam_google_authenticator.so"

static bool has_otp_module(void)
{
	static const char *const places[] = { "/usr/lib/" OTP_MODULE, "/usr/lib/*/" OTP_MODULE };
	bool found = false;

	for (size_t i = 0; !found && i < ARRAY_LEN(places); i++) {
		glob_t g = { .gl_pathc = 0 };
		found = glob(places[i], 0, NULL, &g) == 0;
		globfree(&g);
	}
	return found;
}

/* Better said here than by every process, again and again. */
static int check_config(const struct args *a, const char *dir)
{
	AUTO(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(ship_config_done) struct ship_config c = { 0 };

	if (dir_fd >= 0 && ship_config_read(dir_fd, ".", &c) == 0)
		return EXIT_OK;
	command_complain(a, NULL, "%s: its witnesses or its evidence.conf cannot be used", dir);
	return EXIT_USAGE;
}

/* The first policy of all: the desk takes it when it starts and has none. */
static int leave_policy(const struct args *a, const char *dir)
{
	AUTO(policy_files_free) struct policy_files *f = policy_files_new(a);
	AUTO(buf_done) struct buf bundle = { 0 };
	AUTO(fd_close) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(fd_close) int desk_fd = -1;
	const char *path = args_option(a, "--policy");
	int r;

	if (!path)
		return EXIT_OK;
	if (has_policy(dir)) {
		command_complain(a, "slagboom policy load FILE", "a policy is in force: another one needs two administrators");
		return EXIT_FAILED;
	}
	r = policy_files_need(f, path);
	if (r != EXIT_OK)
		return r;
	buf_init(&bundle, OFFICER_ATTACHMENT_MAX);
	if (!policy_files_bundle(f, &bundle)) {
		command_complain(a, NULL, "%s and what it includes are too long together", path);
		return EXIT_USAGE;
	}
	if (mkdirat(dir_fd, "desk", 0700) < 0 && errno != EEXIST)
		r = -errno;
	desk_fd = openat(dir_fd, "desk", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (r == 0)
		r = desk_fd < 0 ? -errno : fd_replace_file(desk_fd, "first-policy", buf_rd(&bundle), 0600);
	if (r < 0)
		command_complain(a, NULL, "cannot leave the policy in %s/desk: %s", dir, strerror(-r));
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

/* An option of seconds that is not given, or lies between these. */
static bool seconds_ok(const struct args *a, const char *option, uint64_t min, uint64_t max)
{
	const char *given = args_option(a, option);
	uint64_t s;

	if (!given || (text_u64(rd_str(given), &s) && s >= min && s <= max))
		return true;
	command_complain(a, NULL, "%s is a number of seconds, %llu to %llu", option, (unsigned long long)min, (unsigned long long)max);
	return false;
}

/* The door would say it to its log, again and again. */
static bool can_listen(const struct args *a)
{
	const char *given = args_option(a, "--listen"), *at = given ? given : LISTEN_DEFAULT;
	AUTO(fd_close) int fd = -1;
	AUTO(fd_close) int running = -1;
	char where[ADDRESS_ROOM];
	int r = strcmp(at, "none") == 0 ? 0 : address_listen(at, &fd, where);

	if (r == 0 || (r == -EADDRINUSE && client_connect(args_state_dir(a), "control", &running) == 0))
		return true; /* that it is up already, the supervisor says */
	if (r == -EINVAL)
		command_complain(a, "--listen 0.0.0.0:2222", "--listen is ADDRESS:PORT, [ADDRESS]:PORT for IPv6, or none, and not %s", at);
	else
		command_complain(a, "--listen ADDRESS:PORT", "the front door cannot listen on %s: %s", at, strerror(-r));
	return false;
}

/* Before anything is made that lasts. */
static int check_options(const struct args *a, struct words *out)
{
	const char *netns = args_option(a, "--elements-netns"), *grammars = args_option(a, "--grammars"), *only_way = args_option(a, "--only-way");

	if (!seconds_ok(a, "--beat", BEAT_MIN_S, COVERAGE_BEAT_MAX_S) || !seconds_ok(a, "--idle", SESSIONS_IDLE_MIN_S, SESSIONS_IDLE_MAX_S))
		return EXIT_USAGE;
	if (!can_listen(a))
		return EXIT_USAGE;
	if (netns && access(netns, R_OK) < 0)
		command_complain(a, "ip netns add NAME", "cannot use the network namespace %s: %s", netns, strerror(errno));
	else if (grammars && access(grammars, R_OK | X_OK) < 0)
		command_complain(a, NULL, "cannot read the directory %s of --grammars: %s", grammars, strerror(errno));
	else if (only_way && (!scalar_is_clean(rd_str(only_way)) || strlen(only_way) > EVENT_TEXT_MAX))
		command_complain(a, NULL, "--only-way is one line of at most %d bytes", EVENT_TEXT_MAX);
	else if (args_has(a, "--otp") && !has_otp_module())
		command_complain(a, "apt install libpam-google-authenticator", "one-time codes are checked by a module of PAM that is not here");
	else if (!door_words(a, out) || !desk_words(a, out))
		command_complain(a, NULL, "an option is too long");
	else
		return EXIT_OK;
	return EXIT_USAGE;
}

static int run(const struct args *a)
{
	const char *dir = args_state_dir(a);
	char libexec[PATH_MAX], program[PATH_MAX + 32], origin[ORIGIN_MAX + 1];
	struct words words = { .n = 0 };
	int r = self_find_program("slagboom-supervisor", libexec, sizeof(libexec));

	if (r < 0) {
		command_complain(a, NULL, "cannot find slagboom-supervisor beside this program; is it installed whole?");
		return EXIT_FAILED;
	}
	if (dir[0] == '\0') {
		command_complain(a, "slagboom up --dir DIR", "no state directory: HOME is not set");
		return EXIT_USAGE;
	}
	r = check_options(a, &words);
	if (r)
		return r;
	r = fd_make_dirs(dir, 0700);
	if (r < 0) {
		command_complain(a, "slagboom up --dir DIR", "cannot make the state directory %s: %s", dir, strerror(-r));
		return EXIT_FAILED;
	}
	r = settle_origin(a, dir, origin, sizeof(origin));
	if (r == EXIT_OK)
		r = check_config(a, dir);
	if (r == EXIT_OK)
		r = leave_policy(a, dir);
	if (r)
		return r;
	(void)snprintf(program, sizeof(program), "%s/slagboom-supervisor", libexec);
	if (!args_has(a, "--foreground"))
		return in_background(a, program, libexec, origin, &words);
	const char *argv[4 + WORDS_MAX + 1] = { "slagboom-supervisor", dir, libexec, origin };
	for (size_t i = 0; i < words.n; i++)
		argv[4 + i] = words.word[i];
	(void)execv(program, (char *const *)argv);
	command_complain(a, NULL, "cannot start %s: %s", program, strerror(errno));
	return EXIT_FAILED;
}

const struct command command_up = {
	.name = "up",
	.operands = "",
	.summary = "start everything on this machine",
	.description = "Starts the supervisor, which starts every process, and returns when all are ready.\n\n"
		       "As root each process gets a user of its own and an empty root directory. As an ordinary user "
		       "it gets what the kernel gives; `slagboom status` tells which belts are missing. Keys, evidence "
		       "and the log are kept in the state directory and are there again the next time.\n\n"
		       "How far a record must have gone before it is acknowledged stands in the state directory, in "
		       "evidence.conf and in the file witnesses: docs/WITNESSES.md.",
	.examples = "  slagboom up\n  slagboom up --dir ./state --foreground",
	.option = { OPTION_DIR, { "--origin", "NAME", "the name of this gate's record, such as gate1.operator.example; chosen once, at "
			     "the first start" },
	    { "--policy", "FILE", "the first policy of all, at the first start" },
	    { "--listen", "ADDRESS:PORT", "where the front door listens for ssh; by default " LISTEN_DEFAULT "; [ADDRESS]:PORT for "
			       "IPv6, none for no door" },
	    { "--elements-netns", "PATH", "a network namespace, such as /run/netns/elements: connections to elements are made in it "
				"(root only)" },
	    { "--only-way", "TEXT", "why nothing but this gate reaches the elements, as you assert it: \"fw2 lets this host alone to "
			    "10.9.0.0/16\". It stands in the record; without it, or --elements-netns, no asset counts as watched" },
	    { "--idle", "SECONDS", "a session in which nothing moves for so long ends; by default 900" },
	    { "--beat", "SECONDS", "how often the record says that everything was watching; by default 60" },
	    { "--grammars", "DIR", "what elements publish of their commands: `osmo-hlr --vty-ref-xml` as ASSET.xml, FRR's `list` as "
			    "ASSET.list" },
	    { "--door-limits", "A,B,C,D", "connections at the front door: of one source before login, of one source, of all before "
				 "login, of all; by default 32,256,128,1200" },
	    { "--otp", NULL, "ask for a one-time code after the key, by PAM (root only)" },
	    { "--foreground", NULL, "stay in this terminal and log to it; Ctrl-C stops everything" } },
	.run = run,
};
