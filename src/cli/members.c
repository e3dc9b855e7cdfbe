/*
 * Is:        `slagboom members load`: gives the operator's subscribers to tokend.
 * Is not:    a reader of them: bytes go from the file to tokend's pipe.
 * Called by: slagboom.c.
 * Owns:      its two pipes.
 * Trust:     the file is the operator's; progress is read with limits.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/talk/members_proto.h"

enum { CHUNK = 1 << 16 };

struct progress {
	int64_t bad, ids, lines, persons, version;
	bool done, failed;
	char why[256];
};

struct transfer {
	const struct args *a;
	int in, data, report;
	uint64_t size, sent, began_ns; /* size 0: not known */
	struct buf chunk, lines;
	struct progress last;
	bool is_terminal;
};

static bool read_progress(struct rd line, struct progress *out)
{
	struct json_rd j = json_rd_of(line, JSON_CANONICAL);
	struct json_token key, t;
	enum json_type type;
	struct progress p = { .done = false };

	if (json_next(&j, &t) != JSON_OBJECT)
		return false;
	while ((type = json_next(&j, &key)) == JSON_KEY) {
		type = json_next(&j, &t);
		int64_t *number = rd_is(&key.text, "bad") ? &p.bad : rd_is(&key.text, "ids") ? &p.ids :
		    rd_is(&key.text, "lines") ? &p.lines : rd_is(&key.text, "persons") ? &p.persons :
		    rd_is(&key.text, "version") ? &p.version : NULL;
		if (type == JSON_INT && number)
			*number = t.number;
		else if (rd_is(&key.text, "done"))
			p.done = type == JSON_TRUE;
		else if (type == JSON_STRING && rd_is(&key.text, "failed"))
			(void)snprintf(p.why, sizeof(p.why), "%.*s", (int)t.text.len, (const char *)t.text.p);
		else if (!json_skip(&j, type))
			return false;
	}
	p.failed = p.why[0] != '\0';
	*out = p;
	return type == JSON_CLOSE;
}

static void show(const struct transfer *t)
{
	if (!t->is_terminal)
		return;
	if (t->size)
		(void)fprintf(stderr, "\r%3d %%  %lld lines, %lld identifiers", (int)(100 * t->sent / t->size),
		    (long long)t->last.lines, (long long)t->last.ids);
	else
		(void)fprintf(stderr, "\r%lld lines, %lld identifiers", (long long)t->last.lines, (long long)t->last.ids);
}

/* More of the file into the pipe; at its end the pipe is closed. */
static int send_some(struct transfer *t)
{
	struct rd r;
	ssize_t n = 0;

	if (t->chunk.len == 0)
		n = fd_read(t->in, &t->chunk);
	if (n < 0)
		return (int)n;
	if (t->chunk.len == 0) {
		fd_close(&t->data);
		return 0;
	}
	r = buf_rd(&t->chunk);
	n = write(t->data, r.p, r.len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	buf_drop(&t->chunk, (size_t)n);
	t->sent += (uint64_t)n;
	return 0;
}

static int take_progress(struct transfer *t)
{
	ssize_t n = fd_read(t->report, &t->lines);
	struct rd all, line;
	size_t before;

	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	if (n == 0)
		return -ECONNRESET;
	all = buf_rd(&t->lines);
	before = all.len;
	while (rd_until(&all, '\n', &line))
		if (!read_progress(line, &t->last))
			return -EPROTO;
	buf_drop(&t->lines, before - all.len);
	show(t);
	return 0;
}

static int pump(struct transfer *t)
{
	int r = 0;

	while (r == 0 && !t->last.done) {
		struct pollfd p[2] = { { .fd = t->report, .events = POLLIN }, { .fd = t->data, .events = POLLOUT } };
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents)
			r = take_progress(t);
		else if (p[1].revents)
			r = send_some(t);
		/* It says why before it hangs up. */
		if (r == -EPIPE)
			fd_close(&t->data), r = 0;
	}
	return r;
}

static int open_pipes(struct transfer *t, int theirs[2])
{
	int data[2], report[2];

	if (pipe2(data, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	theirs[0] = data[0];
	theirs[1] = report[1];
	t->data = data[1];
	t->report = report[0];
	(void)fcntl(t->data, F_SETPIPE_SZ, 1 << 20); /* fewer switches; any size is right */
	return fd_set_nonblock(t->data, true);
}

static int finish(struct transfer *t, int r)
{
	AUTO(buf_done) struct buf took = { 0 };

	if (t->is_terminal)
		(void)fprintf(stderr, "\r\033[K");
	if (r < 0 || t->last.failed) {
		command_complain(t->a, t->last.failed ? "slagboom help members" : "slagboom status", "not loaded, the set before stays in force: %s",
		    t->last.failed ? t->last.why : r == -ECONNRESET ? "tokend is not ready, or loads already" : strerror(-r));
		return EXIT_FAILED;
	}
	buf_init(&took, 64);
	struct wr w = wr_to(&took);
	wr_duration(&w, clock_mono_ns() - t->began_ns);
	if (args_has(t->a, "--json"))
		(void)printf("{\"bad\":%lld,\"ids\":%lld,\"persons\":%lld,\"version\":%lld}\n", (long long)t->last.bad,
		    (long long)t->last.ids, (long long)t->last.persons, (long long)t->last.version);
	else
		(void)printf("version %lld in force: %lld persons, %lld identifiers, %lld cells refused, in %.*s\n",
		    (long long)t->last.version, (long long)t->last.persons, (long long)t->last.ids,
		    (long long)t->last.bad, (int)took.len, (const char *)buf_rd(&took).p);
	return EXIT_OK;
}

static int transfer(struct transfer *t)
{
	int theirs[2] = { -1, -1 }, r;

	r = open_pipes(t, theirs);
	if (r == 0)
		r = client_members(args_state_dir(t->a), theirs);
	fd_close(&theirs[0]);
	fd_close(&theirs[1]);
	if (r == 0)
		r = pump(t);
	return r;
}

static int run(const struct args *a)
{
	struct transfer t = { .a = a, .in = STDIN_FILENO, .data = -1, .report = -1, .began_ns = clock_mono_ns(),
		.is_terminal = isatty(STDERR_FILENO) && !args_has(a, "--json") };
	const char *path = a->n_operands > 1 ? a->operand[1] : "-";
	struct stat st = { .st_mode = 0 };
	int r, nobody;

	if (strcmp(a->operand[0], "load") != 0) {
		command_complain(a, "slagboom help members", "there is no \"members %s\"", a->operand[0]);
		return EXIT_USAGE;
	}
	if (strcmp(path, "-") != 0)
		t.in = open(path, O_RDONLY | O_CLOEXEC);
	if (t.in < 0) {
		command_complain(a, NULL, "cannot open %s: %s", path, strerror(errno));
		return EXIT_USAGE;
	}
	if (fstat(t.in, &st) == 0 && S_ISDIR(st.st_mode)) {
		command_complain(a, NULL, "cannot read %s: %s", path, strerror(EISDIR));
		return EXIT_USAGE;
	}
	if (S_ISREG(st.st_mode))
		t.size = (uint64_t)st.st_size;
	(void)signal(SIGPIPE, SIG_IGN);
	buf_init(&t.chunk, CHUNK);
	buf_init(&t.lines, 16 * MEMBERS_PROGRESS_MAX);
	r = transfer(&t);
	buf_wipe(&t.chunk);
	buf_done(&t.lines);
	nobody = command_nobody(a, r);
	return nobody != EXIT_OK ? nobody : finish(&t, r);
}

const struct command command_members = {
	.name = "members",
	.operands = "load [FILE]",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "tell the gate who is a subscriber of ours",
	.description = "Reads CSV from FILE or standard input: one person a line, with a first line of column names such as "
		       "msisdn, imsi, imei, iccid, email. Columns of other names are skipped unread. The identifiers "
		       "become keyed tokens in the memory of tokend and are written nowhere; the key is made for this "
		       "load and never leaves it.\n\n"
		       "The new set takes the place of the old one at once, when all of it was read. That it was loaded, "
		       "and how many, is a record. After a restart of tokend there is no set until the next load: "
		       "numbers are then called plan or shape, never member.",
	.examples = "  slagboom members load subscribers.csv\n"
		    "  psql -c \"copy (select msisdn, imsi from sub) to stdout csv header\" crm |\n"
		    "      slagboom members load",
	.option = { OPTION_DIR, OPTION_JSON },
	.run = run,
};
