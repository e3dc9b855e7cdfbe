/*
 * Is:        how long records are kept (contract in the header).
 * Is not:    the choice of what may go, or its removal.
 * Called by: retention.c.
 * Owns:      the file "holds"; an erasure under way.
 * Trust:     the log's files may have been altered.
 */
#include "proc/evidenced/retention_records.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "evidence/record_data.h"
#include "evidence/reel_store.h"
#include "proc/evidenced/sessions.h"

enum { RUN_EVERY_S = 86400, DAY_S = 86400, HOLDS_MAX = 4096, LINE_LEN = 2 * RECORD_ID_LEN + 1 + 2 * RECORDING_ID_LEN + 1,
	FILE_MAX = 64 + HOLDS_MAX * LINE_LEN, LOOK_SLICE = 8, REMOVE_SLICE = 32, PATIENCE_S = 20 };

static const char path[] = "holds", magic[] = "slagboom-holds@v1\n";

/* Holds. */

static bool take_line(struct old_records *o, struct rd line)
{
	struct held_session h;
	struct rd session;

	if (o->holds.n == HOLDS_MAX || !rd_until(&line, ' ', &session) || !text_hex(session, h.session, sizeof(h.session)) ||
	    !text_hex(line, h.recording, sizeof(h.recording)))
		return false;
	*(struct held_session *)vec_push(&o->holds) = h;
	return true;
}

static int read_holds(struct old_records *o)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd text, line;
	int r;

	buf_init(&b, FILE_MAX);
	r = disk_read_file(o->disk, path, &b);
	if (r)
		return r == -ENOENT ? 0 : r;
	text = buf_rd(&b);
	if (!rd_word(&text, magic))
		return -EBADMSG;
	while (text.len)
		if (!rd_until(&text, '\n', &line) || !take_line(o, line))
			return -EBADMSG;
	return 0;
}

static int write_holds(struct old_records *o)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, FILE_MAX);
	struct wr w = wr_to(&b);
	wr_str(&w, magic);
	for (size_t i = 0; i < o->holds.n; i++) {
		const struct held_session *h = vec_at(&o->holds, i);
		wr_hex(&w, rd_of(h->session, sizeof(h->session)));
		wr_str(&w, " ");
		wr_hex(&w, rd_of(h->recording, sizeof(h->recording)));
		wr_str(&w, "\n");
	}
	return wr_ok(&w) ? disk_replace(o->disk, "tmp/holds", path, buf_rd(&b)) : -ENOBUFS;
}

static struct held_session *find(const struct old_records *o, const uint8_t *session)
{
	for (size_t i = 0; i < o->holds.n; i++) {
		struct held_session *h = vec_at(&o->holds, i);
		if (memcmp(h->session, session, sizeof(h->session)) == 0)
			return h;
	}
	return NULL;
}

bool old_records_holds(const struct old_records *o, const uint8_t *session)
{
	return find(o, session) != NULL;
}

bool old_records_holds_recording(const struct old_records *o, const uint8_t *recording)
{
	for (size_t i = 0; i < o->holds.n; i++) {
		const struct held_session *h = vec_at(&o->holds, i);
		if (memcmp(h->recording, recording, sizeof(h->recording)) == 0)
			return true;
	}
	return false;
}

static void rest(struct old_records *o)
{
	if (o->phase != RECORDS_REST)
		prune_done(&o->prune);
	o->phase = RECORDS_REST;
	(void)snprintf(o->by, sizeof(o->by), "%s", "retention"); /* who asked, asked for one run */
}

bool old_records_may_hold(const struct old_records *o)
{
	return o->phase == RECORDS_REST || o->phase == RECORDS_LOOK;
}

int old_records_hold(struct old_records *o, const struct held_session *h)
{
	if (o->phase == RECORDS_LOOK) { /* it may have passed them already */
		rest(o);
		o->next_run_s = 0;
	}
	if (find(o, h->session))
		return 0;
	if (o->holds.n == HOLDS_MAX)
		return -E2BIG;
	*(struct held_session *)vec_push(&o->holds) = *h;
	return write_holds(o);
}

int old_records_lift(struct old_records *o, const uint8_t *session)
{
	struct held_session *h = find(o, session);

	if (!h)
		return 0;
	*h = *(struct held_session *)vec_at(&o->holds, o->holds.n - 1);
	o->holds.n--;
	return write_holds(o);
}

bool old_records_opened(struct old_records *o, const struct retention_tree *t, uint64_t index, struct held_session *inout)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t session[RECORD_ID_LEN];
	struct record_view v;
	struct prover p;
	int r;

	buf_init(&b, RECORD_MAX);
	prover_init(&p, o->disk, t->head.size);
	r = prover_entry(&p, index, &b);
	prover_done(&p);
	return r == 0 && record_read(buf_rd(&b), &v) && v.seq == index && rd_is(&v.event, "session.opened") &&
	    text_hex(v.session, session, sizeof(session)) && memcmp(session, inout->session, sizeof(session)) == 0 &&
	    record_data_hex(v.data, "recording", inout->recording, sizeof(inout->recording));
}

/* Erasure. */

static int keeps_session(void *ctx, const uint8_t id[RECORD_ID_LEN])
{
	const struct old_records *o = ctx;

	return map_get(&o->sessions->table.open, rd_of(id, RECORD_ID_LEN)) != NULL || old_records_holds(o, id);
}

static int has_recording(void *ctx, const uint8_t id[RECORD_ID_LEN])
{
	struct old_records *o = ctx;
	uint64_t made;
	int r = reel_store_made(o->disk, id, &made);

	return r < 0 ? r : r == 0;
}

static const struct prune_calls prune_calls = { keeps_session, has_recording };

static void enter(struct old_records *o, enum records_phase phase, uint64_t now_s)
{
	o->phase = phase;
	o->phase_since_s = now_s;
}

static void begin(struct old_records *o, uint64_t now_s, const struct retention_tree *t)
{
	uint64_t end = t->readable < t->needed ? t->readable : t->needed, seed[2];

	if (o->days && (t->readable == 0 || t->head.size == 0))
		return; /* not now: a log that is just opened, or that may not be shown */
	o->next_run_s = now_s + RUN_EVERY_S;
	o->n_erased = o->n_kept = 0;
	o->has_hole = false;
	if (o->days == 0 || now_s / DAY_S < o->days) {
		rest(o);
		return;
	}
	random_seed(seed);
	prune_begin(&o->prune, o->disk, &t->head, end < t->head.size ? end : t->head.size,
	    (now_s - (uint64_t)o->days * DAY_S) * NS_PER_S, &prune_calls, o, seed);
	enter(o, RECORDS_LOOK, now_s);
}

static int look(struct old_records *o, uint64_t now_s)
{
	int r = prune_look(&o->prune, LOOK_SLICE);

	if (r < 0 || r == PRUNE_MORE)
		return r < 0 ? r : 0;
	o->n_kept = o->prune.n_kept;
	if (r == PRUNE_HOLE) {
		o->has_hole = true;
		o->hole = o->prune.hole;
		(void)dprintf(STDERR_FILENO, "record %llu is gone or altered, and no record says why: nothing is erased; verify the log\n",
		    (unsigned long long)o->hole);
	}
	if (r == PRUNE_HOLE || o->prune.plan.n == 0)
		rest(o);
	else
		enter(o, RECORDS_SAY, now_s);
	return 0;
}

static int say(struct old_records *o, uint64_t now_s, const struct old_records_calls *calls, void *ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < o->prune.plan.n; i++) {
		struct prune_range *range = vec_at(&o->prune.plan, i);
		if (range->is_asked)
			continue;
		struct event e = { .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str(o->by) },
			{ .number = (int64_t)range->first }, { .number = (int64_t)range->end - 1 },
			{ .bytes = rd_str("they were kept for as long as is set") } } };
		r = calls->append(ctx, &e, &range->record);
		range->is_asked = r == 0;
	}
	if (r == 0)
		enter(o, RECORDS_WAIT, now_s);
	return r < 0 ? r : 0;
}

/* Everybody can read why, before anything goes. */
static int wait(struct old_records *o, uint64_t now_s, const struct retention_tree *t)
{
	for (size_t i = 0; i < o->prune.plan.n; i++) {
		const struct prune_range *range = vec_at(&o->prune.plan, i);
		if (range->record >= t->readable)
			return 0;
	}
	enter(o, RECORDS_REMOVE, now_s);
	return prune_said(&o->prune);
}

static int remove_some(struct old_records *o)
{
	int r = prune_remove(&o->prune, REMOVE_SLICE);

	if (r)
		return r < 0 ? r : 0;
	for (size_t i = 0; i < o->prune.plan.n; i++) {
		const struct prune_range *range = vec_at(&o->prune.plan, i);
		o->n_erased += range->n_due * TILE_WIDTH;
	}
	rest(o);
	return 0;
}

int old_records_step(struct old_records *o, uint64_t now_s, const struct retention_tree *t,
    const struct old_records_calls *calls, void *ctx)
{
	switch (o->phase) {
	case RECORDS_REST:
		if (now_s >= o->next_run_s)
			begin(o, now_s, t);
		return 0;
	case RECORDS_LOOK:
		return look(o, now_s);
	case RECORDS_SAY:
		return say(o, now_s, calls, ctx);
	case RECORDS_WAIT:
		return wait(o, now_s, t);
	case RECORDS_REMOVE:
		return remove_some(o);
	}
	return -EINVAL;
}

void old_records_run(struct old_records *o, uint64_t now_s, const char *by)
{
	if (o->phase == RECORDS_REST) {
		o->next_run_s = o->phase_since_s = now_s;
		(void)snprintf(o->by, sizeof(o->by), "%s", by);
	}
}

bool old_records_is_at_rest(const struct old_records *o, uint64_t now_s)
{
	return (o->phase == RECORDS_REST && o->next_run_s > now_s) ||
	    ((o->phase == RECORDS_WAIT || o->phase == RECORDS_REST) && now_s - o->phase_since_s > PATIENCE_S);
}

int old_records_open(struct old_records *o, struct sessions *s, struct disk *d)
{
	*o = (struct old_records){ .disk = d, .sessions = s, .by = "retention" };
	vec_init(&o->holds, sizeof(struct held_session));
	return read_holds(o);
}

void old_records_done(struct old_records *o)
{
	rest(o);
	vec_done(&o->holds);
}
