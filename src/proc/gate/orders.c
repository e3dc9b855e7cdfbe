/*
 * Is:        the orders of a lane, carried out (contracts in the header).
 * Is not:    the lanes.
 * Called by: gate/session.c.
 * Owns:      files in quarantine.
 * Trust:     what orders hold is hostile.
 */
#include "proc/gate/orders.h"

#include <errno.h>

#include "base/assert.h"
#include "base/mem.h"
#include "os/ipc.h"
#include "proc/gate/ceiling.h"
#include "proc/gate/gate.h"
#include "proc/gate/join.h"
#include "proc/gate/look.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/spool.h"
#include "proc/gate/state.h"
#include "proc/gate/terminal.h"
#include "proc/recorder.h"
#include "proc/talk/edge_proto.h"

/* Of what is fetched for a lane, before others have their turn: each 32 KiB, or what a lane is behind with. */
enum { TURNS_MAX = 32 };

/* --- files ---------------------------------------------------------------------------------------- */

struct gate_quarantine {
	uint32_t id;
	struct spool_file bytes;
};

static struct gate_quarantine *find(struct session *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->file[i].id == id)
			return &s->file[i];
	return NULL;
}

/* The side that waits for it is told, and the session ends: of what cannot be kept nothing passes. */
static bool cannot_keep(struct session *s, int err)
{
	s->status = 1;
	session_end(s, err == -EMFILE ? "more files are in quarantine at once than the gate keeps of one session" :
	    err == -EDQUOT ? "more is in quarantine than the gate keeps of one connection" :
	    err == -ENOSPC ? "there is no room on the gate's disk to keep the file in quarantine" :
	    "the gate's disk failed while it kept a file in quarantine", "gate");
	return true;
}

/* As it came it is in the recording before any of it goes on, and when none of it does. */
static bool record(struct session *s, const struct order *o)
{
	AUTO(buf_wipe) struct buf b = { 0 };

	buf_init(&b, FRAME_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, o->id);
	wr_u64(&w, o->at);
	wr_bytes(&w, o->bytes);
	return wr_ok(&w) && release_put(&s->release, STEP_NOWHERE, 0, FRAME_FILE, buf_rd(&b));
}

static bool keep(struct session *s, const struct order *o)
{
	struct gate_quarantine *q = find(s, o->id);
	int r;

	if (!q) {
		if (s->n_files == GATE_FILES_MAX)
			return cannot_keep(s, -EMFILE);
		if (!s->file)
			s->file = mem_new(GATE_FILES_MAX, sizeof(*s->file));
		q = &s->file[s->n_files++];
		*q = (struct gate_quarantine){ .id = o->id };
		spool_file_init(&q->bytes, &s->log->spool);
	}
	if (!o->replaces && !record(s, o))
		return false;
	r = o->is_looked_at ? 0 : spool_write(&q->bytes, o->at, o->bytes);
	s->last_key_ns = loop_now_ns(s->gate->loop); /* a large file takes long, and nobody types */
	return r == 0 || cannot_keep(s, r);
}

static void drop(struct session *s, uint32_t id)
{
	struct gate_quarantine *q = find(s, id);

	if (!q)
		return;
	spool_file_done(&q->bytes);
	*q = s->file[--s->n_files];
}

/* --- asking ------------------------------------------------------------------------------------------ */

static bool send_judge(struct session *s, struct gate_ask *a)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd body = buf_rd(&a->body);
	uint32_t none;

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	if (rd_u32(&body, &none))
		wr_u32(&w, a->id);
	wr_bytes(&w, body);
	return wr_ok(&w) && s->gate->desk && ipc_send(s->gate->desk, DESK_JUDGE, buf_rd(&b)) == 0;
}

static bool ask(struct session *s, uint32_t id)
{
	for (size_t i = 0; i < s->n_asks; i++) {
		struct gate_ask *a = &s->ask[i];
		if (a->is_sent)
			continue;
		a->is_sent = true;
		a->id = id;
		a->since_ns = loop_now_ns(s->gate->loop);
		gate_look_unjudged(s, a->act);
		if (a->is_too_long) {
			gate_orders_verdict(s, id, false);
			return true;
		}
		if (!a->is_file)
			return send_judge(s, a);
		if (!s->has_tty) /* of a terminal, the protocol has the only stream */
			gate_terminal_say(s, "slagboom: the file is larger than passes unasked: it waits for an officer's approval\n");
		return gate_ceiling_ask_officer(s);
	}
	return false;
}

static void forget(struct session *s, size_t i)
{
	buf_wipe(&s->ask[i].body);
	for (s->n_asks--; i < s->n_asks; i++)
		s->ask[i] = s->ask[i + 1];
}

void gate_orders_verdict(struct session *s, uint32_t id, bool allow)
{
	for (size_t i = 0; i < s->n_asks; i++) {
		if (!s->ask[i].is_sent || s->ask[i].id != id)
			continue;
		forget(s, i);
		s->orders.reason = rd_str(allow ? "" : s->refusal);
		lane_any_answer(&s->lane, id, allow, &s->orders);
		s->orders.reason = rd_of(NULL, 0);
		return;
	}
}

/* --- orders -------------------------------------------------------------------------------------------- */

static bool put_send(struct session *s, const struct order *o)
{
	bool err = o->is_stderr && s->err_fd >= 0;

	if (o->to == LANE_ENGINEER)
		return release_put(&s->release, err ? STEP_ERR : STEP_OUT, 0, err ? FRAME_TO_SUPPLIER_STDERR : FRAME_TO_SUPPLIER,
		    o->bytes);
	if (s->lane.kind != LANE_LINE && !lane_any_has_files(&s->lane))
		gate_look_sent(s, o->bytes);
	return release_put(&s->release, STEP_INPUT, 0, FRAME_FROM_SUPPLIER, o->bytes);
}

static bool put_exec(struct session *s, struct rd command)
{
	AUTO(buf_done) struct buf b = { 0 }, modes = { 0 };
	struct edge_open open = { .kind = EDGE_EXEC, .wants_tty = s->has_tty, .command = command };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	gate_join_terminal(s, &open, &modes);
	gate_join_env(s, &open);
	edge_open_write(&w, &open);
	return wr_ok(&w) && release_put(&s->release, STEP_EDGE, EDGE_OPEN, FRAME_NOTE, buf_rd(&b));
}

static bool put_secret(struct session *s, enum lane_secret secret)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 16);
	struct wr w = wr_to(&b);
	wr_u8(&w, (uint8_t)secret);
	wr_part8(&w, s->is_telnet ? rd_of("\r", 2) : rd_str("\r")); /* telnet: CR NUL */
	return wr_ok(&w) && release_put(&s->release, STEP_NOWHERE, 0, FRAME_NOTE, rd_str("the gate gives a credential")) &&
	    release_put(&s->release, STEP_EDGE, EDGE_SECRET, 0, buf_rd(&b));
}

/* The policy's class; the lane's act when the desk was not asked. */
static const char *class_of(const struct session *s)
{
	return s->cls[0] ? s->cls : s->act ? s->act : "line";
}

static bool put_command(struct session *s, struct rd text)
{
	if (s->lane.kind == LANE_LINE)
		gate_look_sent(s, text);
	return gate_record_command(s, class_of(s), text);
}

static bool put_refuse(struct session *s, const struct order *o)
{
	/* What the lane refused by itself is of no class: nobody judged it. */
	bool judged = o->why == WHY_NOT_GRANTED;
	const char *why = judged && s->refusal[0] ? s->refusal : lane_why_text(o->why);

	return gate_record_refused(s, judged ? class_of(s) : lane_any_word(&s->lane), o->bytes, why) &&
	    release_put(&s->release, STEP_NOWHERE, 0, FRAME_WITHHELD_FROM_SUPPLIER, o->bytes);
}

static bool end_by_lane(struct session *s, enum lane_why why)
{
	if (why != WHY_LEFT && s->status == 0)
		s->status = 1;
	session_end(s, why == WHY_NONE ? "the lane ended it" : lane_why_text(why), why == WHY_LEFT ? "engineer" : "gate");
	return true;
}

static bool put_eof(struct session *s, enum lane_side to)
{
	return to == LANE_ENGINEER || release_put(&s->release, STEP_EDGE, EDGE_INPUT_END, FRAME_NOTE, rd_of(NULL, 0));
}

static const char *finding_name(enum lane_why why)
{
	return why == WHY_ECHO_DIFFERS ? "echo-differs" : why == WHY_SWITCHES_TARGET ? "switches-element" :
	    why == WHY_NO_ECHO ? "no-echo" : "lane";
}

/* False: it cannot be recorded or held. */
static bool run(struct session *s, const struct order *o)
{
	switch (o->kind) {
	case ORDER_SEND:
		return put_send(s, o);
	case ORDER_COMMAND:
		return put_command(s, o->bytes);
	case ORDER_REFUSE:
		return put_refuse(s, o);
	case ORDER_ASK:
		return ask(s, o->id);
	case ORDER_HOLD:
		if (o->is_file) {
			s->file_hold = o->id;
			gate_ceiling_reached(s, true);
			return true;
		}
		s->hold_id = o->id;
		s->over = s->item_why;
		return s->over != INSPECT_WHY_NONE;
	case ORDER_SECRET:
		return put_secret(s, o->secret);
	case ORDER_FINDING:
		return gate_record_finding(s, finding_name(o->why), o->bytes);
	case ORDER_KEEP:
		return keep(s, o);
	case ORDER_FETCH:
		s->fetching = true;
		s->fetch_id = o->id;
		s->fetch_at = o->at;
		s->fetch_len = o->len;
		return true;
	case ORDER_RELEASE:
		gate_look_file_over(s, o->to == LANE_ENGINEER);
		return true; /* what it held was put before, and what follows is durable after it */
	case ORDER_DROP:
		gate_look_file_over(s, false); /* of one that passed nothing is left to look at */
		drop(s, o->id);
		return true;
	case ORDER_EXEC:
		return put_exec(s, o->bytes);
	case ORDER_EOF:
		return put_eof(s, o->to);
	case ORDER_END:
		return end_by_lane(s, o->why);
	}
	return false;
}

static void run_list(struct session *s, struct lane_orders *orders)
{
	for (size_t i = 0; i < lane_n_orders(orders) && s->phase == PHASE_JOINED; i++) {
		struct order o = lane_order(orders, i);
		if (!run(s, &o))
			session_record_failed(s, "it cannot be recorded, or is more than the gate holds");
	}
}

static bool has_room(const struct session *s)
{
	return release_has_room_down(&s->release) && release_has_room_up(&s->release);
}

bool gate_orders_wait(const struct session *s)
{
	return s->fetching || (s->has_lane && lane_any_is_behind(&s->lane));
}

/* A lane that stopped because of its many orders reads on, now that they are carried out. */
static bool catch_up(struct session *s)
{
	if (!lane_any_is_behind(&s->lane) || !has_room(s))
		return false;
	lane_any_feed(&s->lane, LANE_ENGINEER, false, rd_of(NULL, 0), &s->orders);
	return true;
}

static bool fetch(struct session *s)
{
	AUTO(buf_wipe) struct buf b = { 0 };
	struct gate_quarantine *q = find(s, s->fetch_id);
	int r;

	if (!s->fetching || !has_room(s))
		return false;
	s->fetching = false;
	s->last_key_ns = loop_now_ns(s->gate->loop);
	buf_init(&b, FRAME_MAX);
	r = q ? spool_read(&q->bytes, s->fetch_at, s->fetch_len, &b) : -ERANGE;
	if (r < 0 && r != -ERANGE) /* short: the lane ends it */
		return cannot_keep(s, r);
	lane_any_fetched(&s->lane, s->fetch_id, buf_rd(&b), &s->orders);
	return true;
}

void gate_orders_run(struct session *s)
{
	struct lane_orders now;
	unsigned n = 0;

	do {
		/* What is carried out must not move while it is read. */
		now = s->orders;
		lane_orders_init(&s->orders);
		run_list(s, &now);
		lane_orders_done(&now);
		if (n == TURNS_MAX)
			loop_timer_set(s->gate->loop, &s->more, 0);
	} while (s->phase == PHASE_JOINED && (lane_n_orders(&s->orders) || (n++ < TURNS_MAX && (fetch(s) || catch_up(s)))));
}

void gate_orders_done(struct session *s)
{
	while (s->n_files)
		drop(s, s->file[0].id);
	mem_free(&s->file);
	while (s->n_asks)
		forget(s, 0);
}
