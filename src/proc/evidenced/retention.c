/*
 * Is:        how long recordings are kept (contract in the header).
 * Is not:    the files.
 * Called by: evidenced.
 * Owns:      the file "retention"; what is being erased.
 * Trust:     requests come from who may command the supervisor.
 */
#include "proc/evidenced/retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "evidence/reel_store.h"
#include "os/fd.h"
#include "proc/evidenced/publish.h"
#include "proc/talk/retention_proto.h"

static const char setting[] = "retention", setting_head[] = "slagboom-retention@v1\ncontent-days ",
	setting_metadata[] = "metadata-days ", setting_looked[] = "looked ";
enum { RUN_EVERY_S = 3600, DAY_S = 86400, AHEAD_MAX_S = 7 * DAY_S, DUE_MAX = 1 << 16, SLICE = 16, SETTING_MAX = 128 };

/* A recording on its way out. */
struct due {
	uint8_t id[RECORDING_ID_LEN];
	char by[EVENT_NAME_MAX + 1];
	bool is_asked, is_over;
	uint64_t seq;
};

static bool take_setting(struct rd *text, const char *word, uint64_t max, uint64_t *out)
{
	struct rd line;

	return rd_word(text, word) && rd_until(text, '\n', &line) && text_u64(line, out) && *out <= max;
}

/* Lines that came later may be missing behind the first. */
static int read_setting(struct retention *r)
{
	uint8_t raw[SETTING_MAX] = { 0 };
	uint64_t days, metadata_days = 0, looked_s = 0;
	size_t n = 0;
	int e = disk_read(r->disk, setting, 0, raw, sizeof(raw), &n);

	if (e)
		return e == -ENOENT ? 0 : e;
	struct rd text = rd_of(raw, n);
	if (!take_setting(&text, setting_head, RETENTION_DAYS_MAX, &days) ||
	    (text.len && !take_setting(&text, setting_metadata, RETENTION_DAYS_MAX, &metadata_days)) ||
	    (text.len && !take_setting(&text, setting_looked, UINT64_MAX, &looked_s)) || text.len)
		return -EBADMSG;
	r->days = (uint32_t)days;
	r->records.days = (uint32_t)metadata_days;
	r->looked_s = looked_s;
	return 0;
}

static int write_setting(struct retention *r)
{
	char text[SETTING_MAX];
	int n = snprintf(text, sizeof(text), "%s%u\n%s%u\n%s%llu\n", setting_head, r->days, setting_metadata, r->records.days,
	    setting_looked, (unsigned long long)r->looked_s);

	return disk_replace(r->disk, "tmp/retention", setting, rd_of(text, (size_t)n));
}

int retention_open(struct retention *r, struct sessions *s, struct log *l, struct disk *d)
{
	*r = (struct retention){ .sessions = s, .log = l, .disk = d };
	vec_init(&r->due, sizeof(struct due));
	int e = old_records_open(&r->records, s, d);
	return e ? e : read_setting(r);
}

void retention_done(struct retention *r)
{
	ipc_free(&r->link);
	vec_done(&r->due);
	old_records_done(&r->records);
}

static void answer(struct retention *r, uint16_t type, const char *text)
{
	/* It asks and waits: a link that is gone needs no answer. */
	if (r->link)
		(void)!ipc_send(r->link, type, rd_str(text));
	r->op = (struct retention_op){ .type = 0 };
}

/* Appends; *out_seq is its number. LOG_BUSY and LOG_NO_ROOM: not now. */
static int append(struct retention *r, const struct event *e, uint64_t *out_seq)
{
	struct record_ask a = { .event = *e };
	const char *why;
	int result = sessions_append(r->sessions, &a, NULL, out_seq, &why);

	return result == SESSIONS_REFUSED ? -EINVAL : result;
}

static bool is_durable(const struct retention *r, uint64_t seq)
{
	return seq < log_durable(r->log);
}

/* A session that still records into it. */
static bool is_open(const struct retention *r, const uint8_t *id)
{
	const struct map *m = &r->sessions->table.open;

	for (size_t i = 0; m->slots && i < m->n_slots; i++) {
		const struct session *s = m->slots[i].value;
		if (s && s->owner && memcmp(s->recording, id, RECORDING_ID_LEN) == 0)
			return true;
	}
	return false;
}

/* By its own hold or by its session's. */
static int is_held_at_all(struct retention *r, const uint8_t *id, bool *out)
{
	int e = reel_store_is_held(r->disk, id, out);

	if (e == 0 && old_records_holds_recording(&r->records, id))
		*out = true;
	return e;
}

static bool is_due_already(const struct retention *r, const uint8_t *id)
{
	for (size_t i = 0; i < r->due.n; i++) {
		const struct due *d = vec_at(&r->due, i);
		if (memcmp(d->id, id, sizeof(d->id)) == 0)
			return true;
	}
	return false;
}

static void make_due(struct retention *r, const uint8_t *id, const char *by)
{
	if (r->due.n >= DUE_MAX || is_due_already(r, id))
		return;
	struct due *d = vec_push(&r->due);
	memcpy(d->id, id, sizeof(d->id));
	(void)snprintf(d->by, sizeof(d->by), "%s", by);
}

static bool is_ahead(const struct retention *r, uint64_t now_s)
{
	return (r->days || r->records.days) && r->looked_s && now_s > r->looked_s && now_s - r->looked_s > AHEAD_MAX_S;
}

/* Whether what the clock calls old may not be. It is said once, on the record. */
static int doubt_clock(struct retention *r, uint64_t now_s, bool *out)
{
	uint64_t seq;
	int e = 0;

	*out = is_ahead(r, now_s);
	if (*out && !r->has_doubted) {
		struct event ev = { .id = EVENT_RETENTION_DOUBTED, .value = { { .number = (int64_t)(now_s - r->looked_s) } } };
		e = append(r, &ev, &seq);
	}
	r->has_doubted = *out && e == 0;
	return e < 0 ? e : 0;
}

/* One walk over the directory. */
struct walk {
	struct retention *r;
	const char *by;
	uint64_t now_s;
	int err;
};

static void look_at(void *ctx, const uint8_t *id)
{
	struct walk *w = ctx;
	struct retention *r = w->r;
	uint64_t made = 0;
	bool is_held = true;
	int e;

	if (w->err < 0)
		return;
	e = reel_store_made(r->disk, id, &made);
	if (e == 0)
		e = is_held_at_all(r, id, &is_held);
	w->err = e < 0 ? e : 0;
	if (e || made > w->now_s || w->now_s - made < (uint64_t)r->days * DAY_S || is_open(r, id))
		return;
	if (is_held)
		r->n_held++;
	else
		make_due(r, id, w->by);
}

static int find_due(struct retention *r, uint64_t now_s, const char *by)
{
	struct walk w = { .r = r, .by = by, .now_s = now_s };
	int e;

	r->n_erased = r->n_held = 0;
	r->next_run_s = now_s + RUN_EVERY_S;
	r->looked_s = now_s;
	if (r->days == 0 && r->records.days == 0)
		return 0;
	e = write_setting(r);
	if (e < 0 || r->days == 0)
		return e;
	e = reel_store_list(r->disk, look_at, &w);
	return e ? e : w.err;
}

static int append_one(struct retention *r, struct due *d)
{
	bool is_request = r->op.type == RETENTION_ERASE && memcmp(r->op.recording, d->id, sizeof(d->id)) == 0, is_held = true;
	char why[EVENT_TEXT_MAX + 1];
	int e = is_held_at_all(r, d->id, &is_held);

	if (e < 0)
		return e;
	if (is_held) { /* since it was found */
		d->is_over = true;
		r->n_held++;
		return 0;
	}
	(void)snprintf(why, sizeof(why), "%s%.900s", is_request ? "on request: " : "it was kept for as long as is set",
	    is_request ? r->op.why : "");
	struct event ev = { .id = EVENT_RECORDING_ERASED, .value = { { .bytes = rd_str(d->by) },
		{ .bytes = rd_of(d->id, sizeof(d->id)) }, { .bytes = rd_str(why) } } };
	e = append(r, &ev, &d->seq);
	d->is_asked = e == 0;
	return e;
}

/* Records for the first of those that have none. */
static int append_erased(struct retention *r)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < r->due.n && i < SLICE; i++) {
		struct due *d = vec_at(&r->due, i);
		if (!d->is_asked && !d->is_over)
			e = append_one(r, d);
	}
	return e < 0 ? e : 0;
}

/* Removes the first of those whose record is durable. */
static int erase_some(struct retention *r)
{
	size_t kept = 0;
	int e = 0;

	for (size_t i = 0; i < r->due.n; i++) {
		struct due *d = vec_at(&r->due, i);
		if (e == 0 && i < SLICE && d->is_asked && is_durable(r, d->seq)) {
			e = reel_store_erase(r->disk, d->id);
			e = e > 0 ? 0 : e;
			d->is_over = e == 0;
			r->n_erased += d->is_over;
		}
		if (!d->is_over)
			*(struct due *)vec_at(&r->due, kept++) = *d;
	}
	r->due.n = kept;
	return e;
}

/* What was asked. */

static struct event event_of(const struct retention *r)
{
	const struct retention_op *op = &r->op;
	struct event_value by = { .bytes = rd_str(op->by) }, why = { .bytes = rd_str(op->why) }, days = { .number = op->days },
		recording = { .bytes = rd_of(op->recording, sizeof(op->recording)) },
		session = { .bytes = rd_of(op->held.session, sizeof(op->held.session)) };

	switch (op->type) {
	case RETENTION_SET:
		return (struct event){ .id = EVENT_RETENTION_SET, .value = { by, days } };
	case RETENTION_SET_METADATA:
		return (struct event){ .id = EVENT_RETENTION_METADATA_SET, .value = { by, days } };
	case RETENTION_REOPEN:
		return (struct event){ .id = EVENT_LOG_REOPENED, .value = { by, { .bytes = rd_str(r->name) },
			{ .bytes = rd_of(op->signature, op->signature_len) }, { .bytes = rd_of(op->text, op->text_len) },
			{ .number = (int64_t)op->theirs }, why } };
	case RETENTION_HOLD_SESSION:
		return (struct event){ .id = EVENT_HOLD_SESSION_SET, .value = { by, session, why } };
	case RETENTION_LIFT_SESSION:
		return (struct event){ .id = EVENT_HOLD_SESSION_LIFTED, .value = { by, session, why } };
	case RETENTION_HOLD:
		return (struct event){ .id = EVENT_HOLD_SET, .value = { by, recording, why } };
	default:
		return (struct event){ .id = EVENT_HOLD_LIFTED, .value = { by, recording, why } };
	}
}

static bool is_setting(const struct retention_op *op)
{
	return op->type == RETENTION_SET || op->type == RETENTION_SET_METADATA;
}

static bool is_lift(const struct retention_op *op)
{
	return op->type == RETENTION_LIFT || op->type == RETENTION_LIFT_SESSION;
}

/* Its record is durable: the rest. */
static int finish_recorded(struct retention *r)
{
	struct retention_op *op = &r->op;
	int e = 0;

	if (op->type == RETENTION_SET)
		r->days = op->days;
	else if (op->type == RETENTION_SET_METADATA)
		r->records.days = op->days;
	if (is_setting(op))
		e = write_setting(r);
	else if (op->type == RETENTION_LIFT)
		e = reel_store_lift(r->disk, op->recording);
	else if (op->type == RETENTION_LIFT_SESSION)
		e = old_records_lift(&r->records, op->held.session);
	else if (op->type == RETENTION_REOPEN)
		e = publish_reopen(r->publish);
	if (e < 0)
		return e;
	answer(r, RETENTION_DONE, is_setting(op) ? "set" : is_lift(op) ? "lifted" : op->type == RETENTION_REOPEN ?
		"the log goes on; split-view.settled is kept beside it" : "held");
	return 0;
}

static void show(struct retention *r, uint64_t now_s)
{
	const struct old_records *o = &r->records;
	char text[512], days[64] = "for ever";
	int n = r->days ? snprintf(text, sizeof(text), "recordings are kept for %u days; %zu are being erased", r->days, r->due.n) :
			  snprintf(text, sizeof(text), "recordings are kept for ever");

	if (o->days)
		(void)snprintf(days, sizeof(days), "for %u days", o->days);
	(void)snprintf(&text[n], sizeof(text) - (size_t)n, "\nrecords are kept %s%s; %zu sessions are held%s", days,
	    o->days ? ", those of a session no shorter than its recording" : "", o->holds.n,
	    o->phase == RECORDS_REST ? "" : "; an erasure is under way");
	n = (int)strlen(text);
	if (is_ahead(r, now_s))
		(void)snprintf(&text[n], sizeof(text) - (size_t)n, "\nnothing is erased by itself: the clock is %llu days past the last look "
			"for what is old; if it is right, say so: slagboom retention run", (unsigned long long)((now_s - r->looked_s) / DAY_S));
	answer(r, RETENTION_DONE, text);
}

/* A hold on a session: the log must know it. */
static int begin_hold_session(struct retention *r, const struct retention_tree *t)
{
	struct retention_op *op = &r->op;
	int e;

	if (!old_records_may_hold(&r->records)) {
		answer(r, RETENTION_NO, "records are being erased just now: ask again in a few seconds");
		return 0;
	}
	if (!old_records_opened(&r->records, t, op->index, &op->held)) {
		answer(r, RETENTION_NO, "that record does not open this session");
		return 0;
	}
	e = old_records_hold(&r->records, &op->held);
	if (e == -E2BIG)
		answer(r, RETENTION_NO, "too many sessions are held");
	return e == -E2BIG ? 0 : e;
}

static int begin_reopen(struct retention *r)
{
	struct retention_op *op = &r->op;
	const char *why = r->publish ? publish_may_reopen(r->publish, rd_of(op->text, op->text_len),
		rd_of(op->signature, op->signature_len), rd_str(op->by), &op->theirs) : "this log is shown to nobody";

	if (why)
		answer(r, RETENTION_NO, why);
	return 0;
}

/* The same of what is asked of one recording. */
static int begin_of_recording(struct retention *r)
{
	struct retention_op *op = &r->op;
	uint64_t made;
	bool is_held = false;
	int e;

	e = reel_store_made(r->disk, op->recording, &made);
	if (e == 0)
		e = op->type == RETENTION_LIFT ? reel_store_is_held(r->disk, op->recording, &is_held) :
		    is_held_at_all(r, op->recording, &is_held);
	if (e < 0)
		return e;
	if (e == REEL_STORE_ABSENT)
		answer(r, RETENTION_NO, "there is no such recording");
	else if (is_due_already(r, op->recording))
		answer(r, RETENTION_NO, "it is being erased");
	else if (op->type == RETENTION_LIFT && !is_held)
		answer(r, RETENTION_NO, "it is not held");
	else if (op->type == RETENTION_ERASE && is_held)
		answer(r, RETENTION_NO, "it is held: lift the hold first");
	else if (op->type == RETENTION_ERASE && is_open(r, op->recording))
		answer(r, RETENTION_NO, "its session is open");
	else if (op->type == RETENTION_HOLD)
		e = reel_store_hold(r->disk, op->recording, rd_str(op->why));
	else if (op->type == RETENTION_ERASE) {
		r->n_erased = r->n_held = 0;
		make_due(r, op->recording, op->by);
	}
	return e;
}

/* What comes before its record. 0 going on, with or without an answer already; or the
 * error that ends the log. */
static int begin_op(struct retention *r, uint64_t now_s, const struct retention_tree *t)
{
	struct retention_op *op = &r->op;

	op->is_begun = true;
	if (op->type == RETENTION_SHOW) {
		show(r, now_s);
		return 0;
	}
	if (is_setting(op))
		return 0;
	if (op->type == RETENTION_REOPEN)
		return begin_reopen(r);
	if (op->type == RETENTION_HOLD_SESSION)
		return begin_hold_session(r, t);
	if (op->type == RETENTION_LIFT_SESSION) {
		if (!old_records_holds(&r->records, op->held.session))
			answer(r, RETENTION_NO, "it is not held");
		return 0;
	}
	if (op->type == RETENTION_RUN) {
		old_records_run(&r->records, now_s, op->by);
		return find_due(r, now_s, op->by);
	}
	return begin_of_recording(r);
}

/* What a run has done, once it has; false: it is not over. */
static bool run_is_over(struct retention *r, uint64_t now_s, char *text, size_t max)
{
	const struct old_records *o = &r->records;
	int n;

	if (r->due.n || (r->op.type == RETENTION_RUN && !old_records_is_at_rest(o, now_s)))
		return false;
	n = snprintf(text, max, "%llu erased, %llu held", (unsigned long long)r->n_erased, (unsigned long long)r->n_held);
	if (r->op.type == RETENTION_ERASE || o->days == 0)
		return true;
	if (o->has_hole)
		(void)snprintf(&text[n], max - (size_t)n, "; no records erased: record %llu is gone or altered and no record says "
			"why; verify the log", (unsigned long long)o->hole);
	else if (o->phase == RECORDS_REST && o->next_run_s > now_s)
		(void)snprintf(&text[n], max - (size_t)n, "; %llu records erased, %llu bundles of old ones kept",
		    (unsigned long long)o->n_erased, (unsigned long long)o->n_kept);
	else
		(void)snprintf(&text[n], max - (size_t)n, "; records go when the checkpoint that everybody reads says so");
	return true;
}

static int step_op(struct retention *r, uint64_t now_s, const struct retention_tree *t)
{
	struct retention_op *op = &r->op;
	char text[256];
	int e = op->type && !op->is_begun ? begin_op(r, now_s, t) : 0;

	if (e < 0 || op->type == 0)
		return e;
	if (op->type == RETENTION_RUN || op->type == RETENTION_ERASE) {
		if (run_is_over(r, now_s, text, sizeof(text)))
			answer(r, RETENTION_DONE, text);
		return 0;
	}
	if (!op->is_asked) {
		struct event ev = event_of(r);
		e = append(r, &ev, &op->seq);
		op->is_asked = e == 0;
	}
	if (e < 0)
		return e;
	return op->is_asked && is_durable(r, op->seq) ? finish_recorded(r) : 0;
}

static int append_for_records(void *ctx, const struct event *e, uint64_t *out_seq)
{
	return append(ctx, e, out_seq);
}

int retention_step(struct retention *r, uint64_t now_s, const struct retention_tree *t)
{
	static const struct old_records_calls calls = { append_for_records };
	bool is_doubted;
	int e = doubt_clock(r, now_s, &is_doubted);

	if (e == 0 && !is_doubted && now_s >= r->next_run_s && r->due.n == 0 && r->op.type == 0)
		e = find_due(r, now_s, "retention");
	if (e == 0)
		e = erase_some(r);
	if (e == 0)
		e = append_erased(r);
	if (e == 0 && (!is_doubted || r->records.phase != RECORDS_REST))
		e = old_records_step(&r->records, now_s, t, &calls, r);
	if (e == 0)
		e = step_op(r, now_s, t);
	/* A full disk is waited for; erasing makes room. */
	return e == -ENOSPC || e == -EDQUOT ? 0 : e;
}

/* The link. */

static bool take_name(struct rd *in, char out[EVENT_NAME_MAX + 1])
{
	struct rd name;

	return rd_part8(in, EVENT_NAME_MAX, &name) && name.len && event_name_ok(name) && rd_copy(&name, (uint8_t *)out, name.len);
}

static bool take_why(struct rd *in, struct retention_op *op)
{
	struct rd why;

	return rd_part16(in, EVENT_TEXT_MAX, &why) && why.len && text_is_utf8(why) && rd_copy(&why, (uint8_t *)op->why, why.len);
}

/* UTF-8 that somebody signed, or his signature. */
static bool take_bytes(struct rd *in, uint8_t *out, size_t max, uint16_t *out_len)
{
	struct rd part;

	if (!rd_part16(in, max, &part) || !text_is_utf8(part))
		return false;
	*out_len = (uint16_t)part.len;
	return rd_copy(&part, out, part.len);
}

static bool take_op(struct rd *in, struct retention_op *op)
{
	if (op->type == RETENTION_SHOW)
		return true;
	if (!take_name(in, op->by))
		return false;
	if (op->type == RETENTION_RUN)
		return true;
	if (is_setting(op))
		return rd_u32(in, &op->days) && op->days <= RETENTION_DAYS_MAX;
	if (op->type == RETENTION_REOPEN)
		return take_why(in, op) && take_bytes(in, op->text, sizeof(op->text), &op->text_len) &&
		    take_bytes(in, op->signature, sizeof(op->signature), &op->signature_len);
	if (op->type == RETENTION_HOLD_SESSION || op->type == RETENTION_LIFT_SESSION)
		return rd_copy(in, op->held.session, sizeof(op->held.session)) &&
		    (op->type == RETENTION_LIFT_SESSION || rd_u64(in, &op->index)) && take_why(in, op);
	return rd_copy(in, op->recording, sizeof(op->recording)) && take_why(in, op);
}

/* Only noted here: the work is retention_step's, whose errors end the log. */
static int on_request(struct retention *r, struct ipc_in *in, uint16_t type)
{
	struct retention_op op = { .type = type };

	if (r->op.type || !take_op(&in->body, &op))
		return -EBADMSG;
	r->op = op;
	return 0;
}

#define ON(name, type) \
	static int name(void *ctx, struct ipc_in *in) \
	{ \
		return on_request(ctx, in, type); \
	}
ON(on_show, RETENTION_SHOW)
ON(on_set, RETENTION_SET)
ON(on_hold, RETENTION_HOLD)
ON(on_lift, RETENTION_LIFT)
ON(on_erase, RETENTION_ERASE)
ON(on_run, RETENTION_RUN)
ON(on_set_metadata, RETENTION_SET_METADATA)
ON(on_hold_session, RETENTION_HOLD_SESSION)
ON(on_lift_session, RETENTION_LIFT_SESSION)
ON(on_reopen, RETENTION_REOPEN)
#undef ON

enum { BY_LEN = 1 + EVENT_NAME_MAX, REASON_LEN = BY_LEN + RECORDING_ID_LEN + 2 + EVENT_TEXT_MAX };

static const struct ipc_row rows[] = {
	{ RETENTION_SHOW, "show", 1 << 0, true, 0, 0, on_show },
	{ RETENTION_SET, "set", 1 << 0, true, 0, BY_LEN + 4, on_set },
	{ RETENTION_HOLD, "hold", 1 << 0, true, 0, REASON_LEN, on_hold },
	{ RETENTION_LIFT, "lift", 1 << 0, true, 0, REASON_LEN, on_lift },
	{ RETENTION_ERASE, "erase", 1 << 0, true, 0, REASON_LEN, on_erase },
	{ RETENTION_RUN, "run", 1 << 0, true, 0, BY_LEN, on_run },
	{ RETENTION_SET_METADATA, "set-metadata", 1 << 0, true, 0, BY_LEN + 4, on_set_metadata },
	{ RETENTION_HOLD_SESSION, "hold-session", 1 << 0, true, 0, REASON_LEN + 8, on_hold_session },
	{ RETENTION_LIFT_SESSION, "lift-session", 1 << 0, true, 0, REASON_LEN, on_lift_session },
	{ RETENTION_REOPEN, "reopen", 1 << 0, true, 0, REASON_LEN + 4 + RETENTION_TEXT_MAX + RETENTION_SIGNATURE_MAX, on_reopen },
};
static const struct ipc_table table = { "retention", rows, ARRAY_LEN(rows) };

/* What was begun is finished without it. */
static void on_closed(void *ctx, int err)
{
	struct retention *r = ctx;

	ipc_free(&r->link);
}

int retention_linked(struct retention *r, struct loop *l, int fd)
{
	if (!r->link && r->op.type == 0)
		return ipc_new(l, fd, &table, r, on_closed, &r->link);
	fd_close(&fd); /* it sees a closed link and tries again */
	return 0;
}
