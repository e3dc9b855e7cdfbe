/*
 * Is:        `slagboom retention`: how long recordings are kept, holds, and erasure.
 * Is not:    the erasure itself (proc/evidenced/retention.c).
 * Called by: slagboom.c.
 * Owns:      nothing.
 * Trust:     the caller's own command line; the answer is quoted.
 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/evidenced_client.h"
#include "cli/log_source.h"
#include "evidence/event.h"
#include "evidence/recording.h"
#include "os/ipc.h"
#include "proc/talk/retention_proto.h"

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

/* The same of records and sessions, by option in place of an operand. */
static const struct verb set_metadata = { "set --metadata", RETENTION_SET_METADATA, true, false },
	hold_session = { "hold --session", RETENTION_HOLD_SESSION, false, false },
	lift_session = { "lift --session", RETENTION_LIFT_SESSION, false, false };

static const struct verb *verb_of(const struct args *a)
{
	const char *name = a->operand[0];

	if (args_has(a, "--metadata") && strcmp(name, "set") == 0)
		return &set_metadata;
	if (args_has(a, "--session") && strcmp(name, "hold") == 0)
		return &hold_session;
	if (args_has(a, "--session") && strcmp(name, "lift") == 0)
		return &lift_session;
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

static int put_days(const struct args *a, const char *text, struct wr *w)
{
	uint64_t days;

	if (!text_u64(rd_str(text), &days) || days > RETENTION_DAYS_MAX)
		return usage(a, "days are a number up to 36500; 0 keeps them for ever");
	wr_u32(w, (uint32_t)days);
	return EXIT_OK;
}

static int put_why(const struct args *a, struct wr *w)
{
	const char *why = args_option(a, "--why");

	if (!why || !why[0] || strlen(why) > EVENT_TEXT_MAX / 2 || !text_is_utf8(rd_str(why)))
		return usage(a, "say why: --why TEXT; it goes into the record");
	wr_part16(w, rd_str(why));
	return EXIT_OK;
}

static int put_opening(const struct args *a, const char *session, struct wr *w)
{
	AUTO(log_source_done) struct log_source s = { .disk = { .dirfd = -1 } };
	struct log_session said;
	int r = log_source_open(&s, a, log_source_name(a), NULL);

	if (r == EXIT_OK)
		r = log_source_session(&s, rd_str(session), &said);
	if (r == EXIT_OK)
		wr_u64(w, said.index);
	return r;
}

static int put_session(const struct args *a, const struct verb *v, struct wr *w)
{
	const char *text = args_option(a, "--session");
	uint8_t id[RECORD_ID_LEN];
	int r = EXIT_OK;

	if (!text_hex(rd_str(text), id, sizeof(id)))
		return usage(a, "a session has 32 hex digits, as in its records");
	wr_bytes(w, rd_of(id, sizeof(id)));
	if (v->type == RETENTION_HOLD_SESSION)
		r = put_opening(a, text, w);
	return r ? r : put_why(a, w);
}

static int put_recording(const struct args *a, const char *text, struct wr *w)
{
	uint8_t id[RECORDING_ID_LEN];

	if (!text_hex(rd_str(text), id, sizeof(id)))
		return usage(a, "a recording has 32 hex digits, as in its session.opened record");
	wr_bytes(w, rd_of(id, sizeof(id)));
	return put_why(a, w);
}

/* EXIT_OK with the request in `out`. */
static int make_request(const struct args *a, const struct verb *v, struct buf *out)
{
	const char *operand = v == &set_metadata ? args_option(a, "--metadata") : a->n_operands > 1 ? a->operand[1] : NULL;
	struct wr w = wr_to(out);
	int r = EXIT_OK;

	if (v == &set_metadata && a->n_operands > 1)
		return usage(a, "recordings and records are set apart: one at a time");
	if ((v->wants_days || v->wants_recording) != (operand != NULL))
		return usage(a, operand ? "this takes no operand" : v->wants_days ? "for how many days?" : "which recording?");
	wr_u16(&w, v->type);
	if (v->type == RETENTION_SHOW)
		return EXIT_OK;
	if (!event_name_ok(who(a)) || who(a).len == 0)
		return usage(a, "the name of --by cannot stand in a record");
	wr_part8(&w, who(a));
	if (v->wants_days)
		r = put_days(a, operand, &w);
	else if (v->wants_recording)
		r = put_recording(a, operand, &w);
	else if (v == &hold_session || v == &lift_session)
		r = put_session(a, v, &w);
	return r ? r : wr_ok(&w) ? EXIT_OK : usage(a, "that is too long");
}

static int run(const struct args *a)
{
	AUTO(buf_done) struct buf request = { 0 };
	const struct verb *v = verb_of(a);
	int r;

	if (!v)
		return usage(a, "it is one of show, set, hold, lift, erase, run");
	r = log_source_name_check(a);
	if (r)
		return r;
	buf_init(&request, IPC_MAX);
	r = make_request(a, v, &request);
	return r ? r : evidenced_ask(a, buf_rd(&request), PATIENCE_MS, args_has(a, "--json"));
}

const struct command command_retention = {
	.name = "retention",
	.operands = "show | run | set [DAYS] | hold [RECORDING] | lift [RECORDING] | erase RECORDING",
	.operands_min = 1,
	.operands_max = 2,
	.summary = "say how long recordings and records are kept, hold them, erase them",
	.description = "Recordings older than the days that are set are erased each hour, unless they are held or their session "
		       "is open. Each erasure is a record first, and only then the files go; slagboom verify says "
		       "\"erased\" and stays sound. A hold and its end are records too. When the clock is more than a week past the "
		       "last look nothing is erased by itself: run says that the clock is right.\n\n"
		       "Records are kept apart from that, by --metadata. Those older than its days are erased each day, in whole "
		       "bundles of 256: their hashes stay, so that what is left verifies against every checkpoint and whoever has "
		       "a record with its proof can prove it still. What stays: records of a session that is open, held, or whose "
		       "recording is there; what says how things are kept, by which policy, and what witnesses said; and what "
		       "shares a bundle with one of those. A record names each range before it goes, and nothing goes before "
		       "everybody can read that record.\n\n"
		       "Mirrors keep what they have: erase there too. A log that has lost bundles cannot be mirrored anew, and "
		       "programs that want every entry (Tessera's fsck) do not take it.",
	.examples = "  slagboom retention set 90\n"
		    "  slagboom retention set --metadata 400\n"
		    "  slagboom retention hold 7369787465656e2062797465732e2e2e \\\n"
		    "      --why \"court case 12\"\n"
		    "  slagboom retention hold --session 3f9a2c0011223344556677889900aabb \\\n"
		    "      --why \"court case 12\"\n"
		    "  slagboom retention run",
	.option = { { "--log", "NAME", "core (by default) or intercept" },
	    { "--metadata", "DAYS", "with set: how long records are kept; 0, the default, is for ever" },
	    { "--session", "ID", "with hold and lift: a session, its records and its recording, in place of a recording" },
	    { "--why", "TEXT", "the reason, for the record" },
	    { "--by", "NAME", "who asks, for the record; by default your user name" },
	    OPTION_DIR, OPTION_JSON },
	.run = run,
};
