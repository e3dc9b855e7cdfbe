/*
 * Is:        `slagboom inspect`: what the inspector would have seen of a file.
 * Is not:    a way to list identifiers: it counts, and prints none.
 * Called by: slagboom.c.
 * Owns:      the set of subscribers of --members, in its memory and wiped at the end.
 * Trust:     the file may hold anything; the plan and the subscribers are the operator's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/inspect_report.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "inspect/members_csv.h"
#include "inspect/plan.h"
#include "os/clock.h"
#include "os/fd.h"

enum { READ_MAX = 1 << 16, HEAD_MAX = 4096, WINDOW_MAX = 1000 };

struct job {
	const struct args *a;
	struct plan *plan;
	struct members *members;
	struct buf chunk;
	uint64_t size, done, shown_ns; /* size 0: not known */
	bool is_terminal;
};

static void member_of(void *ctx, struct inspect_ask *asks, size_t n)
{
	const struct members *m = ctx;

	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		a->person = members_find(m, a->kind, a->value);
		a->membership = a->person == MEMBERS_NOBODY ? MEMBERSHIP_NONE : MEMBERSHIP_MEMBER;
	}
}

static void show_progress(struct job *j, const char *what)
{
	const uint64_t now = clock_mono_ns();

	if (!j->is_terminal || now - j->shown_ns < 100 * NS_PER_MS)
		return;
	j->shown_ns = now;
	if (j->size)
		(void)fprintf(stderr, "\r%s %3d %%", what, (int)(100 * j->done / j->size));
	else
		(void)fprintf(stderr, "\r%s %llu MB", what, (unsigned long long)(j->done >> 20));
}

static void hide_progress(const struct job *j)
{
	if (j->is_terminal)
		(void)fprintf(stderr, "\r\033[K");
}

/* -1 and a complaint when it cannot be opened. */
static int open_file(struct job *j, const char *path)
{
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		command_complain(j->a, NULL, "cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	j->done = 0;
	j->size = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return fd;
}

/* The next bytes of the file are in `chunk`: how many, 0 at its end, negative with a
 * complaint. */
static ssize_t read_more(struct job *j, int fd, const char *path)
{
	ssize_t n;

	buf_reset(&j->chunk);
	do
		n = fd_read(fd, &j->chunk);
	while (n == -EINTR);
	if (n < 0)
		command_complain(j->a, NULL, "cannot read %s: %s", path, strerror((int)-n));
	else
		j->done += (uint64_t)n;
	return n;
}

static int load_plan(struct job *j)
{
	AUTO(buf_done) struct buf b = { 0 };
	const char *path = args_option(j->a, "--plan");
	struct plan_error why = { 0 };
	struct rd text;
	int r;

	buf_init(&b, PLAN_TEXT_MAX);
	r = path ? fd_read_file(AT_FDCWD, path, &b) : 0;
	if (r < 0) {
		command_complain(j->a, NULL, "cannot read %s: %s", path, strerror(-r));
		return EXIT_USAGE;
	}
	text = path ? buf_rd(&b) : plan_default_text();
	if (plan_parse(text, &j->plan, &why) < 0) {
		command_complain(j->a, NULL, "%s:%u: %s", path ? path : "the built-in plan", why.line, why.why);
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int feed_members(struct job *j, int fd, const char *path, struct members_csv *csv)
{
	ssize_t n;
	int r = 0;

	while ((n = read_more(j, fd, path)) > 0 && r == 0) {
		r = members_csv_feed(csv, buf_rd(&j->chunk));
		show_progress(j, "subscribers");
	}
	if (n < 0)
		return EXIT_USAGE;
	if (r == 0)
		r = members_csv_end(csv);
	hide_progress(j);
	if (r < 0)
		command_complain(j->a, "slagboom help members", "%s:%llu: %s", path, (unsigned long long)csv->n_lines, csv->why);
	return r < 0 ? EXIT_USAGE : EXIT_OK;
}

static int load_members(struct job *j)
{
	const char *path = args_option(j->a, "--members");
	AUTO(members_load_free) struct members_load *load = NULL;
	uint8_t key[SIPHASH_KEY_LEN];
	struct members_csv csv;
	int fd, r;

	if (!path)
		return EXIT_OK;
	fd = open_file(j, path);
	if (fd < 0)
		return EXIT_USAGE;
	random_fill(random_system(), key, sizeof(key));
	load = members_load_new(key, MEMBERS_IDS_MAX);
	mem_wipe(key, sizeof(key));
	members_csv_init(&csv, load, j->plan);
	r = feed_members(j, fd, path, &csv);
	members_csv_done(&csv);
	fd_close(&fd);
	if (r == EXIT_OK)
		j->members = members_load_finish(&load);
	return r;
}

static double share_of(const struct job *j)
{
	double most = 0;

	for (size_t n = 1; j->members && n <= PLAN_DIGITS_MAX; n++) {
		const double s = members_share(j->members, j->plan, SCAN_MSISDN, n);
		most = s > most ? s : most;
	}
	return most;
}

static struct inspector_options options_of(const struct job *j)
{
	struct inspector_options o = { .plan = j->plan, .most_opaque = UINT64_MAX, .numbers = args_has(j->a, "--numbers"),
		.member = j->members ? member_of : NULL, .member_ctx = j->members, .member_share = share_of(j) };

	random_seed(o.key);
	return o;
}

/* The window of --screen, "24x80". */
static bool read_window(const struct args *a, struct inspector_options *o)
{
	const char *given = args_option(a, "--screen");
	struct rd cols = rd_str(given ? given : "24x80"), rows;
	uint64_t n_rows, n_cols;

	if (!rd_until(&cols, 'x', &rows) || !text_u64(rows, &n_rows) || !text_u64(cols, &n_cols))
		return false;
	if (n_rows == 0 || n_rows > WINDOW_MAX || n_cols == 0 || n_cols > WINDOW_MAX)
		return false;
	o->rows = (unsigned)n_rows;
	o->cols = (unsigned)n_cols;
	return true;
}

static int inspect(struct job *j, int fd, const char *path)
{
	struct inspect_report r = { .path = path };
	struct inspector_options o = options_of(j);
	const char *as = args_option(j->a, "--as");
	ssize_t n = read_more(j, fd, path);
	struct rd head;

	if (n < 0)
		return EXIT_USAGE;
	if (!read_window(j->a, &o) || (as && !capture_format_of(as, &r.format))) {
		command_complain(j->a, "slagboom help inspect", "--screen takes ROWSxCOLUMNS, --as a format");
		return EXIT_USAGE;
	}
	head = buf_rd(&j->chunk);
	head.len = head.len < HEAD_MAX ? head.len : HEAD_MAX;
	if (!as)
		r.format = capture_guess(head, path);
	AUTO(capture_free) struct capture *c = capture_new(r.format, &o);
	for (; n > 0; n = read_more(j, fd, path)) {
		capture_feed(c, buf_rd(&j->chunk));
		show_progress(j, "inspected");
	}
	hide_progress(j);
	if (n < 0)
		return EXIT_USAGE;
	capture_end(c);
	capture_figures(c, &r.figures);
	r.bytes = j->done;
	r.members = j->members != NULL;
	r.numbers = o.numbers;
	return (args_has(j->a, "--json") ? inspect_report_json : inspect_report_text)(&r) ? EXIT_OK : EXIT_FAILED;
}

static int run(const struct args *a)
{
	struct job j = { .a = a, .is_terminal = isatty(STDERR_FILENO) && !args_has(a, "--json") };
	int fd = -1, r;

	crypto_start();
	buf_init(&j.chunk, READ_MAX);
	r = load_plan(&j);
	if (r == EXIT_OK)
		r = load_members(&j);
	if (r == EXIT_OK) {
		fd = open_file(&j, a->operand[0]);
		r = fd < 0 ? EXIT_USAGE : inspect(&j, fd, a->operand[0]);
	}
	fd_close(&fd);
	buf_wipe(&j.chunk);
	members_free(&j.members);
	plan_free(&j.plan);
	return r;
}

const struct command command_inspect = {
	.name = "inspect",
	.operands = "FILE",
	.operands_min = 1,
	.operands_max = 1,
	.summary = "say how much of whom a file shows",
	.description = "Reads FILE (- is standard input) as the gate reads what passes it, and prints what it would have "
		       "recorded: identifiers of persons by kind and verdict, classes of data, bytes that nothing could "
		       "read, and the most identifiers that the file can hold. It never prints an identifier.\n\n"
		       "A verdict is member (a subscriber of ours, only with --members), plan (valid in the numbering plan) "
		       "or shape. Formats are text, terminal (a recording of a terminal's bytes), cast (asciicast version "
		       "2), csv (the first line names the columns) and jsonl (one JSON value a line). A line that is not of "
		       "the format is read as text, and counted. The memory used does not grow with the file.",
	.examples = "  slagboom inspect export.csv\n"
		    "  slagboom inspect --members subscribers.csv --json session.cast\n"
		    "  zcat log.gz | slagboom inspect -",
	.option = {
		{ "--as", "FORMAT", "text, terminal, cast, csv or jsonl; by default it is guessed" },
		{ "--members", "CSV", "the subscribers, as for members load; they stay in the memory of this process" },
		{ "--plan", "FILE", "the numbering plan; by default the Dutch one" },
		{ "--numbers", NULL, "count numbers of seven digits or more that are nobody's, too: their use is not proved" },
		{ "--screen", "ROWSxCOLUMNS", "the window of a terminal's bytes; by default 24x80" },
		OPTION_JSON,
	},
	.run = run,
};
