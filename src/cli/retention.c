/*
 * Is:        `slagboom retention`: how long recordings are kept, holds, and erasure.
 * Is not:    the erasure itself (proc/retention.c).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line; the answer is quoted.
 */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "evidence/event.h"
#include "evidence/recording.h"
#include "os/ipc.h"
#include "proc/retention_proto.h"

enum { PATIENCE_MS = 600 * 1000 }; /* erasing years takes its time */

static const struct verb {
	const char *name;
	uint16_t type;
	bool wants_days, wants_recording;
} verbs[] = {
	{ "show", RETENTION_SHOW, false, false },
	{ "set", RETENTION_SET, true, false },
	{ "hold", RETENTION_HOLD, false, true },
	{ "lift", RETENTION_LIFT, false, true },
	{ "erase", RETENTION_ERASE, false, true },
	{ "run", RETENTION_RUN, false, false },
};

static const struct verb *verb_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* Who asks: the user's name, unless another is given. */
static struct rd who(const struct args *a)
{
	const char *by = args_option(a, "--by");
	const struct passwd *p = by ? NULL : getpwuid(getuid());

	return rd_str(by ? by : p ? p->pw_name : "operator");
}

static int usage(const struct args *a, const char *what)
{
	command_complain(a, "slagboom help retention", "%s", what);
	return EXIT_USAGE;
}

/* EXIT_OK with the request in `out`. */
static int make_request(const struct args *a, const struct verb *v, struct buf *out)
{
	const char *operand = a->n_operands > 1 ? a->operand[1] : NULL, *why = args_option(a, "--why");
	uint8_t id[RECORDING_ID_LEN];
	struct wr w = wr_to(out);
	uint64_t days = 0;

	if ((v->wants_days || v->wants_recording) != (operand != NULL))
		return usage(a, operand ? "this takes no operand" : v->wants_days ? "for how many days?" : "which recording?");
	wr_u16(&w, v->type);
	if (v->type == RETENTION_SHOW)
		return EXIT_OK;
	if (!event_name_ok(who(a)) || who(a).len == 0)
		return usage(a, "the name of --by cannot stand in a record");
	wr_part8(&w, who(a));
	if (v->wants_days) {
		if (!text_u64(rd_str(operand), &days) || days > RETENTION_DAYS_MAX)
			return usage(a, "days are a number up to 36500; 0 keeps recordings for ever");
		wr_u32(&w, (uint32_t)days);
	}
	if (v->wants_recording) {
		if (!text_hex(rd_str(operand), id, sizeof(id)))
			return usage(a, "a recording has 32 hex digits, as in its session.opened record");
		if (!why || !why[0] || strlen(why) > EVENT_TEXT_MAX / 2 || !text_is_utf8(rd_str(why)))
			return usage(a, "say why: --why TEXT; it goes into the record");
		wr_bytes(&w, rd_of(id, sizeof(id)));
		wr_part16(&w, rd_str(why));
	}
	return wr_ok(&w) ? EXIT_OK : usage(a, "that is too long");
}

static int print_json(bool done, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 8 * IPC_MAX);
	json_init(&j, &b);
	json_object(&j);
	json_key(&j, "done");
	json_bool(&j, done);
	json_key(&j, "text");
	json_text(&j, text);
	json_end(&j);
	if (!json_ok(&j))
		return EXIT_FAILED;
	(void)printf("%.*s\n", (int)b.len, (const char *)buf_rd(&b).p);
	return done ? EXIT_OK : EXIT_FAILED;
}

static int print_answer(const struct args *a, struct rd answer)
{
	uint16_t type;

	if (!rd_u16(&answer, &type) || (type != RETENTION_DONE && type != RETENTION_NO) || !text_is_utf8(answer)) {
		command_complain(a, "slagboom status", "evidenced gave an answer that is none");
		return EXIT_FAILED;
	}
	if (args_has(a, "--json"))
		return print_json(type == RETENTION_DONE, answer);
	if (type == RETENTION_DONE) {
		(void)printf("%.*s\n", (int)answer.len, (const char *)answer.p);
		return EXIT_OK;
	}
	command_complain(a, NULL, "%.*s", (int)answer.len, (const char *)answer.p);
	return EXIT_FAILED;
}

static int run(const struct args *a)
{
	AUTO(buf_done) struct buf request = { 0 }, answer = { 0 };
	const struct verb *v = verb_of(a->operand[0]);
	const char *log = args_has(a, "--log") ? args_option(a, "--log") : "core";
	int r;

	if (!v)
		return usage(a, "it is one of show, set, hold, lift, erase, run");
	if (strcmp(log, "core") != 0 && strcmp(log, "intercept") != 0)
		return usage(a, "a log is core or intercept");
	buf_init(&request, IPC_MAX);
	buf_init(&answer, IPC_MAX);
	r = make_request(a, v, &request);
	if (r)
		return r;
	r = client_retention(args_state_dir(a), log, buf_rd(&request), PATIENCE_MS, &answer);
	if (r == -ENOENT || r == -ECONNREFUSED) {
		command_complain(a, "slagboom up", "nothing runs on %s", args_state_dir(a));
		return EXIT_NOT_RUNNING;
	}
	if (r < 0) {
		command_complain(a, "slagboom status", "no answer: %s",
		    r == -ECONNRESET || r == -EPIPE ? "evidenced is not ready, or busy with another" : strerror(-r));
		return EXIT_FAILED;
	}
	return print_answer(a, buf_rd(&answer));
}

const struct command command_retention = {
	.name = "retention",
	.operands = "show|run|set DAYS|hold RECORDING|lift RECORDING|erase RECORDING",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "say how long recordings are kept, hold them, erase them",
	.description = "Recordings older than the days that are set are erased each hour, unless they are held or their session "
		       "is open. Each erasure is a record first, and only then the files go; slagboom verify says "
		       "\"erased\" and stays sound. A hold and its end are records too.\n\n"
		       "Records themselves are never erased: the log is append-only. They hold no number of a person, only "
		       "tags that mean nothing once the keepers have destroyed an epoch's keys.",
	.examples = "  slagboom retention set 90\n"
		    "  slagboom retention hold 7369787465656e2062797465732e2e2e --why \"court case 12\"\n"
		    "  slagboom retention run",
	.option = { { "--log", "NAME", "core (by default) or intercept" },
	    { "--why", "TEXT", "the reason, for the record" },
	    { "--by", "NAME", "who asks, for the record; by default your user name" },
	    OPTION_DIR, OPTION_JSON },
	.run = run,
};
