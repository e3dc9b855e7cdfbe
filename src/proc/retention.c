/*
 * Is:        how long recordings are kept (contract in the header).
 * Is not:    the files.
 * Called by: evidenced.
 * Owns:      the file "retention"; what is being erased.
 * Trust:     requests come from who may command the supervisor.
 */
#include "proc/retention.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "evidence/reel_store.h"
#include "os/fd.h"
#include "proc/retention_proto.h"

static const char setting[] = "retention", setting_head[] = "slagboom-retention@v1\ncontent-days ";
enum { RUN_EVERY_S = 3600, DAY_S = 86400, DUE_MAX = 1 << 16, SLICE = 16 };

/* A recording on its way out. */
struct due {
	uint8_t id[RECORDING_ID_LEN];
	char by[EVENT_NAME_MAX + 1];
	bool is_asked, is_over;
	uint64_t seq;
};

static int read_setting(struct retention *r)
{
	uint8_t raw[64] = { 0 };
	uint64_t days;
	size_t n = 0;
	int fd = -1, e = disk_open(r->disk, setting, DISK_READ, &fd);

	if (e == 0)
		e = disk_pread(r->disk, fd, 0, raw, sizeof(raw), &n);
	disk_close(r->disk, &fd);
	if (e)
		return e == -ENOENT ? 0 : e;
	struct rd text = rd_of(raw, n), line;
	if (!rd_word(&text, setting_head) || !rd_until(&text, '\n', &line) || text.len || !text_u64(line, &days) ||
	    days > RETENTION_DAYS_MAX)
		return -EBADMSG;
	r->days = (uint32_t)days;
	return 0;
}

static int write_setting(struct retention *r, uint32_t days)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s%u\n", setting_head, days);

	return disk_replace(r->disk, "tmp/retention", setting, rd_of(text, (size_t)n));
}

int retention_open(struct retention *r, struct sessions *s, struct log *l, struct disk *d)
{
	*r = (struct retention){ .sessions = s, .log = l, .disk = d };
	vec_init(&r->due, sizeof(struct due));
	return read_setting(r);
}

void retention_done(struct retention *r)
{
	ipc_free(&r->link);
	vec_done(&r->due);
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
		e = reel_store_is_held(r->disk, id, &is_held);
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
	if (r->days == 0)
		return 0;
	e = reel_store_list(r->disk, look_at, &w);
	return e ? e : w.err;
}

static int append_one(struct retention *r, struct due *d)
{
	bool is_request = r->op.type == RETENTION_ERASE && memcmp(r->op.recording, d->id, sizeof(d->id)) == 0, is_held = true;
	char why[EVENT_TEXT_MAX + 1];
	int e = reel_store_is_held(r->disk, d->id, &is_held);

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

static struct event event_of(const struct retention_op *op)
{
	if (op->type == RETENTION_SET)
		return (struct event){ .id = EVENT_RETENTION_SET, .value = { { .bytes = rd_str(op->by) }, { .number = op->days } } };
	return (struct event){ .id = op->type == RETENTION_HOLD ? EVENT_HOLD_SET : EVENT_HOLD_LIFTED,
		.value = { { .bytes = rd_str(op->by) }, { .bytes = rd_of(op->recording, sizeof(op->recording)) },
		    { .bytes = rd_str(op->why) } } };
}

/* Its record is durable: the rest. */
static int finish_recorded(struct retention *r)
{
	struct retention_op *op = &r->op;
	int e = 0;

	if (op->type == RETENTION_SET)
		e = write_setting(r, op->days);
	else if (op->type == RETENTION_LIFT)
		e = reel_store_lift(r->disk, op->recording);
	if (e < 0)
		return e;
	if (op->type == RETENTION_SET)
		r->days = op->days;
	answer(r, RETENTION_DONE, op->type == RETENTION_SET ? "set" : op->type == RETENTION_LIFT ? "lifted" : "held");
	return 0;
}

static void show(struct retention *r)
{
	char text[128];

	if (r->days)
		(void)snprintf(text, sizeof(text), "recordings are kept for %u days; %zu are being erased", r->days, r->due.n);
	else
		(void)snprintf(text, sizeof(text), "recordings are kept for ever");
	answer(r, RETENTION_DONE, text);
}

/* What comes before its record. 0 going on, with or without an answer already; or the
 * error that ends the log. */
static int begin_op(struct retention *r, uint64_t now_s)
{
	struct retention_op *op = &r->op;
	uint64_t made;
	bool is_held = false;
	int e = 0;

	op->is_begun = true;
	if (op->type == RETENTION_SHOW) {
		show(r);
		return 0;
	}
	if (op->type == RETENTION_SET)
		return 0;
	if (op->type == RETENTION_RUN)
		return find_due(r, now_s, op->by);
	e = reel_store_made(r->disk, op->recording, &made);
	if (e == 0)
		e = reel_store_is_held(r->disk, op->recording, &is_held);
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

static int step_op(struct retention *r, uint64_t now_s)
{
	struct retention_op *op = &r->op;
	char text[128];
	int e = op->type && !op->is_begun ? begin_op(r, now_s) : 0;

	if (e < 0 || op->type == 0)
		return e;
	if (op->type == RETENTION_RUN || op->type == RETENTION_ERASE) {
		if (r->due.n)
			return 0;
		(void)snprintf(text, sizeof(text), "%llu erased, %llu held", (unsigned long long)r->n_erased,
		    (unsigned long long)r->n_held);
		answer(r, RETENTION_DONE, text);
		return 0;
	}
	if (!op->is_asked) {
		struct event ev = event_of(op);
		e = append(r, &ev, &op->seq);
		op->is_asked = e == 0;
	}
	if (e < 0)
		return e;
	return op->is_asked && is_durable(r, op->seq) ? finish_recorded(r) : 0;
}

int retention_step(struct retention *r, uint64_t now_s)
{
	int e = 0;

	if (now_s >= r->next_run_s && r->due.n == 0 && r->op.type == 0)
		e = find_due(r, now_s, "retention");
	if (e == 0)
		e = erase_some(r);
	if (e == 0)
		e = append_erased(r);
	if (e == 0)
		e = step_op(r, now_s);
	/* A full disk is waited for; erasing makes room. */
	return e == -ENOSPC || e == -EDQUOT ? 0 : e;
}

/* The link. */

static bool take_name(struct rd *in, char out[EVENT_NAME_MAX + 1])
{
	struct rd name;

	return rd_part8(in, EVENT_NAME_MAX, &name) && name.len && event_name_ok(name) && rd_copy(&name, (uint8_t *)out, name.len);
}

static bool take_op(struct rd *in, struct retention_op *op)
{
	struct rd why;

	if (op->type == RETENTION_SHOW)
		return true;
	if (!take_name(in, op->by))
		return false;
	if (op->type == RETENTION_RUN)
		return true;
	if (op->type == RETENTION_SET)
		return rd_u32(in, &op->days) && op->days <= RETENTION_DAYS_MAX;
	return rd_copy(in, op->recording, sizeof(op->recording)) && rd_part16(in, EVENT_TEXT_MAX, &why) && why.len &&
	    text_is_utf8(why) && rd_copy(&why, (uint8_t *)op->why, why.len);
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
#undef ON

enum { BY_LEN = 1 + EVENT_NAME_MAX, REASON_LEN = BY_LEN + RECORDING_ID_LEN + 2 + EVENT_TEXT_MAX };

static const struct ipc_row rows[] = {
	{ RETENTION_SHOW, "show", 1 << 0, true, 0, 0, on_show },
	{ RETENTION_SET, "set", 1 << 0, true, 0, BY_LEN + 4, on_set },
	{ RETENTION_HOLD, "hold", 1 << 0, true, 0, REASON_LEN, on_hold },
	{ RETENTION_LIFT, "lift", 1 << 0, true, 0, REASON_LEN, on_lift },
	{ RETENTION_ERASE, "erase", 1 << 0, true, 0, REASON_LEN, on_erase },
	{ RETENTION_RUN, "run", 1 << 0, true, 0, BY_LEN, on_run },
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
