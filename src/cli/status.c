/*
 * Is:        `slagboom status`: what runs, how well, with which belts.
 * Is not:    a monitor; it asks once.
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the supervisor's JSON, read with limits.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "os/ipc.h"
#include "proc/control.h"

enum { PATIENCE_MS = 5000 };

struct row {
	struct rd name, state, last_end;
	int64_t pid, restarts, up_s;
	char missing[160];
};

static void print_rd(struct rd r, int width)
{
	(void)printf("%-*.*s", width, (int)r.len, (const char *)r.p);
}

static void print_row(const struct row *r)
{
	AUTO(buf_done) struct buf up = { 0 };

	buf_init(&up, 64);
	struct wr w = wr_to(&up);
	wr_duration(&w, (uint64_t)r->up_s * NS_PER_S);
	print_rd(r->name, 21);
	print_rd(r->state, 10);
	(void)printf("%8lld  ", (long long)r->pid);
	print_rd(buf_rd(&up), 12);
	(void)printf("%8lld  ", (long long)r->restarts);
	print_rd(r->last_end.len ? r->last_end : rd_str("-"), 10);
	(void)printf("%s\n", r->missing[0] ? r->missing : "-");
}

static bool read_missing(struct json_rd *j, struct row *r)
{
	struct json_token t;
	enum json_type type = json_next(j, &t);
	size_t n = 0;

	if (type != JSON_ARRAY)
		return false;
	while ((type = json_next(j, &t)) == JSON_STRING && n < sizeof(r->missing))
		n += (size_t)snprintf(r->missing + n, sizeof(r->missing) - n, "%s%.*s", n ? " " : "", (int)t.text.len,
		    (const char *)t.text.p);
	return type == JSON_CLOSE;
}

static bool read_row(struct json_rd *j, struct row *r)
{
	struct json_token key, t;
	enum json_type type;

	*r = (struct row){ .pid = 0 };
	while ((type = json_next(j, &key)) == JSON_KEY) {
		if (rd_is(&key.text, "missing_belts")) {
			if (!read_missing(j, r))
				return false;
			continue;
		}
		type = json_next(j, &t);
		if (type == JSON_STRING && rd_is(&key.text, "name"))
			r->name = t.text;
		else if (type == JSON_STRING && rd_is(&key.text, "state"))
			r->state = t.text;
		else if (type == JSON_STRING && rd_is(&key.text, "last_end"))
			r->last_end = t.text;
		else if (type == JSON_INT && rd_is(&key.text, "pid"))
			r->pid = t.number;
		else if (type == JSON_INT && rd_is(&key.text, "restarts"))
			r->restarts = t.number;
		else if (type == JSON_INT && rd_is(&key.text, "up_s"))
			r->up_s = t.number;
		else if (!json_skip(j, type))
			return false;
	}
	return type == JSON_CLOSE;
}

static bool print_processes(struct json_rd *j)
{
	struct json_token t;
	enum json_type type;
	struct row r;

	if (json_next(j, &t) != JSON_ARRAY)
		return false;
	(void)printf("%-21s%-10s%8s  %-12s%8s  %-10s%s\n", "process", "state", "pid", "up", "restarts", "last end",
	    "missing belts");
	while ((type = json_next(j, &t)) == JSON_OBJECT) {
		if (!read_row(j, &r))
			return false;
		print_row(&r);
	}
	return type == JSON_CLOSE;
}

/* What the supervisor says of one source: a penalty, or the connections that were turned away. */
struct source_row {
	struct rd address, why;
	int64_t wait_s, ago_s, n;
};

static bool read_source(struct json_rd *j, struct source_row *r)
{
	struct json_token key, t;
	enum json_type type;

	*r = (struct source_row){ .n = 0 };
	while ((type = json_next(j, &key)) == JSON_KEY) {
		type = json_next(j, &t);
		if (type == JSON_STRING && rd_is(&key.text, "address"))
			r->address = t.text;
		else if (type == JSON_STRING && rd_is(&key.text, "why"))
			r->why = t.text;
		else if (type == JSON_INT && rd_is(&key.text, "wait_s"))
			r->wait_s = t.number;
		else if (type == JSON_INT && rd_is(&key.text, "ago_s"))
			r->ago_s = t.number;
		else if (type == JSON_INT && rd_is(&key.text, "n"))
			r->n = t.number;
		else if (!json_skip(j, type))
			return false;
	}
	return type == JSON_CLOSE;
}

static void print_source(const struct source_row *r)
{
	print_rd(r->address, 0);
	(void)printf(": ");
	print_rd(r->why, 0);
	(void)printf("\n");
}

static bool print_refused(struct json_rd *j)
{
	struct json_token t;
	struct source_row r;
	enum json_type type = json_next(j, &t);

	if (type == JSON_NULL)
		return true;
	if (type != JSON_OBJECT || !read_source(j, &r))
		return false;
	(void)printf("connections turned away lately: %lld, the last %lld s ago from ", (long long)r.n, (long long)r.ago_s);
	print_source(&r);
	return true;
}

static bool print_penalties(struct json_rd *j)
{
	struct source_row r;
	struct json_token t;
	enum json_type type;

	if (json_next(j, &t) != JSON_ARRAY)
		return false;
	while ((type = json_next(j, &t)) == JSON_OBJECT) {
		if (!read_source(j, &r))
			return false;
		(void)printf("turned away for %lld s more: ", (long long)r.wait_s);
		print_source(&r);
	}
	return type == JSON_CLOSE;
}

static bool print_members(struct json_rd *j)
{
	AUTO(buf_done) struct buf age = { 0 };
	struct json_token key, t;
	int64_t age_s = 0, persons = 0;
	enum json_type type = json_next(j, &t);

	if (type == JSON_NULL) {
		(void)printf("subscribers: none loaded, so every number of the numbering plan counts as one of yours\n"
			     "  try: slagboom members load FILE\n");
		return true;
	}
	if (type != JSON_OBJECT)
		return false;
	while ((type = json_next(j, &key)) == JSON_KEY) {
		type = json_next(j, &t);
		if (type != JSON_INT)
			return false;
		if (rd_is(&key.text, "age_s"))
			age_s = t.number;
		else if (rd_is(&key.text, "persons"))
			persons = t.number;
	}
	buf_init(&age, 64);
	struct wr w = wr_to(&age);
	wr_duration(&w, (uint64_t)age_s * NS_PER_S);
	(void)printf("subscribers: %lld persons, loaded %.*s ago\n", (long long)persons, (int)age.len, (const char *)buf_rd(&age).p);
	return type == JSON_CLOSE;
}

static bool print_policy(struct json_rd *j)
{
	struct json_token t;
	enum json_type type = json_next(j, &t);

	if (type == JSON_FALSE)
		(void)printf("policy: none, so the front door answers nobody\n  try: slagboom down; slagboom up --policy FILE\n");
	return type == JSON_FALSE || type == JSON_TRUE;
}

static const struct part {
	const char *key;
	bool (*print)(struct json_rd *j);
} parts[] = {
	{ "members", print_members },
	{ "penalties", print_penalties },
	{ "policy", print_policy },
	{ "processes", print_processes },
	{ "refused", print_refused },
};

static const struct part *part_of(const struct rd *key)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (rd_is(key, parts[i].key))
			return &parts[i];
	return NULL;
}

/* Prints the answer for people unless `quiet`; gives its overall state. */
static bool read_answer(struct rd answer, bool quiet, struct rd *out_state)
{
	struct json_rd j = json_rd_of(answer, JSON_CANONICAL);
	struct json_token key, t;
	enum json_type type;

	if (json_next(&j, &t) != JSON_OBJECT)
		return false;
	while ((type = json_next(&j, &key)) == JSON_KEY) {
		const struct part *p = quiet ? NULL : part_of(&key.text);
		if (p) {
			if (!p->print(&j))
				return false;
			continue;
		}
		type = json_next(&j, &t);
		if (type == JSON_STRING && rd_is(&key.text, "state"))
			*out_state = t.text;
		else if (!json_skip(&j, type))
			return false;
	}
	return type == JSON_CLOSE;
}

static int run(const struct args *a)
{
	AUTO(buf_done) struct buf answer = { 0 };
	const char *dir = args_state_dir(a);
	struct rd state = rd_str("unknown");
	int r, nobody;

	buf_init(&answer, IPC_MAX);
	r = client_ask(dir, CONTROL_STATUS, CONTROL_ANSWER, PATIENCE_MS, &answer);
	if ((r == -ENOENT || r == -ECONNREFUSED) && args_has(a, "--json")) {
		(void)printf("{\"processes\":[],\"state\":\"down\"}\n");
		return EXIT_NOT_RUNNING;
	}
	if (r < 0 && (nobody = command_nobody(a, r)) != EXIT_OK)
		return nobody;
	if (r < 0) {
		command_complain(a, NULL, "no answer from the supervisor on %s: %s", dir, strerror(-r));
		return EXIT_FAILED;
	}
	if (args_has(a, "--json"))
		(void)printf("%.*s\n", (int)answer.len, (const char *)buf_rd(&answer).p);
	if (!read_answer(buf_rd(&answer), args_has(a, "--json"), &state)) {
		command_complain(a, NULL, "the supervisor's answer is not what this version understands");
		return EXIT_FAILED;
	}
	return rd_is(&state, "up") ? EXIT_OK : EXIT_DEGRADED;
}

const struct command command_status = {
	.name = "status",
	.operands = "",
	.summary = "show every process, its state and its belts",
	.description = "A process is down, starting, ready, stopping, or in back-off after it ended unasked. A belt is one "
		       "of: limits, root, net, ids, no-dump, no-new-privs, landlock, seccomp (docs/THREATS.md says what "
		       "each holds off). Before the processes stand how many subscribers "
		       "are loaded, that there is no policy, and the sources that the front door turns away now, and for how long. The exit status is 0 only when everything is ready.",
	.examples = "  slagboom status\n  slagboom status --json |\n"
		    "      jq -r '.processes[] | select(.state != \"ready\") | .name'",
	.option = { OPTION_DIR, OPTION_JSON },
	.run = run,
};
