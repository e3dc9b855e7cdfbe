/*
 * Is:        the lanes' hooks (contracts in the header).
 * Is not:    the inspector or a judge.
 * Called by: gate/session.c, gate/orders.c.
 * Owns:      the session's inspectors.
 * Trust:     hostile bytes on both sides.
 */
#include "proc/gate/look.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "os/ipc.h"
#include "proc/gate/gate.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/gate/terminal.h"
#include "proc/members_link.h"
#include "proto/telnet.h"

enum { OUT_MAX = INSPECTOR_HELD_MAX + LANE_FEED_MAX };

bool gate_look_masks(const struct session *s)
{
	return s->grant.mask || s->grant.most_clear == 0;
}

/* Of what goes to him at most, or NULL: what comes from him. `waits`: nothing of it leaves before its end. */
static struct inspector *make(struct session *s, bool screen, bool waits, const struct gate_limits *most)
{
	const bool limits = most;
	struct inspector_options o = { .plan = s->gate->plan, .key = { s->look_key[0], s->look_key[1] }, .screen = screen,
		.member = members_link_ask, .member_ctx = s->gate->members,
		.member_share = members_link_figures(s->gate->members).share,
		.rows = s->rows ? s->rows : 24, .cols = s->cols ? s->cols : 80,
		.mask = limits && gate_look_masks(s), .most_opaque = limits ? most->opaque : UINT64_MAX, .waits = waits,
		.most_persons = limits && most->persons < UINT32_MAX ? most->persons : 0,
		.typed = limits ? s->sent : NULL, .before = limits ? s->shown : NULL };
	struct inspect_figures f = { .persons = 0 };

	/* A file may show what the session has not shown yet. */
	gate_look_figures(s, &f);
	if (o.most_persons)
		o.most_persons -= f.persons < o.most_persons ? f.persons : o.most_persons;
	if (o.most_opaque != UINT64_MAX)
		o.most_opaque -= f.opaque < o.most_opaque ? f.opaque : o.most_opaque;
	return inspector_new(&o);
}

void gate_look_init(struct session *s, bool screen)
{
	random_seed(s->look_key);
	s->sent = make(s, false, false, NULL);
	s->shown = make(s, screen, false, &(struct gate_limits){ s->grant.most_clear, s->grant.most_opaque });
	buf_init(&s->raw, OUT_MAX);
	buf_init(&s->file_path, LANE_BYTES_MAX);
}

void gate_look_done(struct session *s)
{
	inspector_free(&s->file_look);
	inspector_free(&s->shown);
	inspector_free(&s->sent);
	mem_wipe(s->look_key, sizeof(s->look_key));
	buf_wipe(&s->raw);
	buf_done(&s->file_path);
}

const char *gate_look_why(enum inspect_why why)
{
	switch (why) {
	case INSPECT_WHY_NONE:
		return "";
	case INSPECT_WHY_PERSONS:
		return "it would show more subscribers than granted";
	case INSPECT_WHY_OPAQUE:
		return "it would pass more unreadable bytes than granted";
	case INSPECT_WHY_CANNOT_MASK:
		return "a subscriber's number cannot be masked in it";
	case INSPECT_WHY_FULL:
		return "more is held than the gate can keep";
	}
	return "";
}

/* What goes out stands for as many bytes that came: where they differ, what came is kept too. */
static bool keep_raw(struct session *s, struct rd out)
{
	struct rd raw = buf_rd(&s->raw), came;

	if (!rd_take(&raw, out.len, &came))
		return false;
	if (!rd_equal(&came, &out) && !release_put(&s->release, STEP_NOWHERE, 0, FRAME_WITHHELD, came))
		return false;
	buf_drop(&s->raw, out.len);
	return true;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	struct session *s = arg;
	enum inspect_why why = INSPECT_WHY_NONE;

	if (!buf_put_rd(&s->raw, text))
		return LOOK_END;
	if (inspector_put(s->shown, text, loop_now_ns(s->gate->loop), out, &why) == INSPECT_HOLD)
		s->over = why;
	return keep_raw(s, buf_rd(out)) ? LOOK_REPLACE : LOOK_END;
}

static enum lane_look look_item(void *arg, struct rd text, struct buf *out)
{
	struct session *s = arg;
	enum inspect_why why = INSPECT_WHY_NONE;
	struct rd seen;

	if (inspector_field(s->shown, rd_str(""), text, out, &why) == INSPECT_HOLD) {
		s->item_why = why;
		return LOOK_HOLD;
	}
	seen = buf_rd(out);
	if (!rd_equal(&seen, &text) && !release_put(&s->release, STEP_NOWHERE, 0, FRAME_WITHHELD, text))
		return LOOK_END;
	return LOOK_REPLACE;
}

/* Bytes that the inspector lets go outside a lane's feed. */
static void show(struct session *s, struct rd out)
{
	AUTO(buf_wipe) struct buf wire = { 0 };
	bool ok = keep_raw(s, out), to_err = s->last_was_stderr;

	buf_init(&wire, 2 * OUT_MAX);
	if (ok && s->is_forward)
		ok = telnet_escape(out, &wire);
	else if (ok)
		ok = buf_put_rd(&wire, out);
	if (ok && wire.len)
		ok = release_put(&s->release, to_err ? STEP_ERR : STEP_OUT, 0, to_err ? FRAME_TO_SUPPLIER_STDERR : FRAME_TO_SUPPLIER,
		    buf_rd(&wire));
	if (!ok)
		session_end(s, "more output than the gate holds", "gate");
}

void gate_look_tick(struct session *s, bool flush)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	enum inspect_why why = INSPECT_WHY_NONE;
	uint64_t due = inspector_due(s->shown), now = loop_now_ns(s->gate->loop);

	if (due == UINT64_MAX || (!flush && now < due))
		return;
	buf_init(&out, OUT_MAX);
	if (inspector_tick(s->shown, now < due ? due : now, &out, &why) == INSPECT_HOLD)
		s->over = why;
	show(s, buf_rd(&out));
}

void gate_look_need(struct session *s, bool is_file, struct gate_limits *out)
{
	struct inspect_figures shown = { .persons = 0 }, file = { .persons = 0 };

	if (is_file) {
		inspector_figures(s->shown, &shown);
		if (s->file_look)
			inspector_pending(s->file_look, &file);
	} else {
		inspector_pending(s->shown, &shown);
	}
	out->opaque = shown.opaque + file.opaque;
	out->persons = gate_look_masks(s) ? 0 : shown.at_least || file.at_least ? UINT64_MAX : shown.persons + file.persons;
}

bool gate_look_is_within(const struct session *s, const struct gate_limits *need)
{
	return (need->persons <= s->grant.most_clear || s->grant.most_clear >= UINT32_MAX) && need->opaque <= s->grant.most_opaque;
}

bool gate_look_may_be_raised(struct session *s, bool is_file, struct gate_limits *need)
{
	if (!is_file && s->over != INSPECT_WHY_PERSONS && s->over != INSPECT_WHY_OPAQUE)
		return false;
	gate_look_need(s, is_file, need);
	return need->persons <= s->grant.all_clear && need->opaque <= s->grant.all_opaque;
}

void gate_look_raised(struct session *s)
{
	AUTO(buf_wipe) struct buf out = { 0 };

	/* Nothing is held: nothing goes out. */
	if (s->over == INSPECT_WHY_NONE && s->shown)
		inspector_resume(s->shown, s->grant.most_clear < UINT32_MAX ? s->grant.most_clear : 0, s->grant.most_opaque, &out);
}

void gate_look_resume(struct session *s, uint64_t persons, uint64_t opaque)
{
	AUTO(buf_wipe) struct buf out = { 0 };

	buf_init(&out, OUT_MAX);
	s->over = INSPECT_WHY_NONE;
	inspector_resume(s->shown, persons, opaque, &out);
	show(s, buf_rd(&out));
}

void gate_look_end(struct session *s)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	enum inspect_why why = INSPECT_WHY_NONE;

	if (!s->shown)
		return;
	buf_init(&out, OUT_MAX);
	if (s->over == INSPECT_WHY_NONE && inspector_end(s->shown, &out, &why) == INSPECT_HOLD)
		s->over = why;
	show(s, buf_rd(&out));
	if (s->raw.len && !release_put(&s->release, STEP_NOWHERE, 0, FRAME_WITHHELD, buf_rd(&s->raw)))
		session_record_failed(s, "more than the gate holds");
	buf_reset(&s->raw);
}

void gate_look_sent(struct session *s, struct rd bytes)
{
	AUTO(buf_wipe) struct buf out = { 0 };
	enum inspect_why why;

	buf_init(&out, OUT_MAX);
	/* Without limits nothing is held; the order says nothing new. */
	(void)!inspector_put(s->sent, bytes, loop_now_ns(s->gate->loop), &out, &why);
}

void gate_look_figures(struct session *s, struct inspect_figures *out)
{
	if (s->shown)
		inspector_figures(s->shown, out);
}

/* --- judgement ---------------------------------------------------------------------------------- */

static struct gate_ask *new_ask(struct session *s)
{
	struct gate_ask *a;

	if (s->n_asks == GATE_ASKS_MAX)
		return NULL;
	a = &s->ask[s->n_asks++];
	*a = (struct gate_ask){ .is_file = false };
	buf_init(&a->body, IPC_BODY_MAX);
	return a;
}

void gate_look_unjudged(struct session *s, const char *act)
{
	s->rule[0] = s->cls[0] = s->refusal[0] = '\0';
	s->act = act;
}

static const char *class_of_file(bool is_upload)
{
	return is_upload ? "file-put" : "file-get";
}

/* Deskd decides, and answers in its own time. */
static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	struct session *s = arg;
	struct gate_ask *a = new_ask(s);
	const char *act = lane_act_name(c->act);
	struct desk_judge j = { .act = rd_str(act), .command = c->canonical, .path = c->path,
		.path2 = c->path2, .mode = c->mode, .target = c->target, .is_switch = c->is_switch, .has_range = c->has_range };

	s->orders.reason = rd_of(NULL, 0); /* of a file before */
	if (!a)
		return LANE_DENY;
	a->act = act;
	struct wr w = wr_to(&a->body);
	desk_judge_write(&w, &j);
	a->is_too_long = !wr_ok(&w) || c->canonical.len > DESK_COMMAND_MAX || c->path.len > DESK_PATH_MAX ||
	    c->path2.len > DESK_PATH_MAX || c->mode.len > DESK_PURPOSE_MAX || c->target.len > DESK_PURPOSE_MAX;
	return LANE_ASK;
}

/* Nothing of the file has left, so the limit is that of the whole: when nobody more may be shown, one is too many. */
static bool is_over_limit(struct session *s)
{
	struct gate_limits need;

	if (gate_look_masks(s) || s->grant.all_clear >= UINT32_MAX)
		return false;
	gate_look_need(s, true, &need);
	return need.persons > s->grant.all_clear;
}

/* In his words, and the record's, in the place of those about commands. */
static enum lane_look refuse_file(struct session *s, struct rd path, bool is_upload, enum inspect_why why)
{
	gate_look_file_over(s, false);
	gate_look_unjudged(s, class_of_file(is_upload));
	(void)snprintf(s->refusal, sizeof(s->refusal), "%s", gate_look_why(why));
	s->orders.reason = rd_str(s->refusal);
	if (!s->has_tty) /* few clients show the words of an answer */
		gate_terminal_say(s, "slagboom: refused: %s\n", s->refusal);
	return gate_record_finding(s, "file-over-limit", path) ? LOOK_REFUSE : LOOK_END;
}

/* All of it was looked at: whether the session's slice has room for it. */
static bool is_within_slice(struct session *s, struct rd path)
{
	struct gate_limits need;

	gate_look_need(s, true, &need);
	if (gate_look_is_within(s, &need))
		return true;
	buf_reset(&s->file_path);
	(void)!buf_put_rd(&s->file_path, path);
	return false;
}

static enum lane_look look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	struct session *s = arg;
	enum inspect_why why = INSPECT_WHY_NONE;
	enum inspect_order order;

	if (!s->file_look)
		s->file_look = make(s, false, true, f->is_upload ? NULL : &(struct gate_limits){ s->grant.all_clear, s->grant.all_opaque });
	order = inspector_put(s->file_look, bytes, loop_now_ns(s->gate->loop), out, &why);
	if (order == INSPECT_RELEASE && last)
		order = inspector_end(s->file_look, out, &why);
	if (order == INSPECT_HOLD || (!f->is_upload && is_over_limit(s)))
		return refuse_file(s, f->path, f->is_upload, order == INSPECT_HOLD ? why : INSPECT_WHY_PERSONS);
	if (f->is_upload)
		return LOOK_PASS;
	if (!gate_look_masks(s))
		buf_reset(out);
	if (last && !is_within_slice(s, f->path))
		return LOOK_HOLD;
	return gate_look_masks(s) ? LOOK_REPLACE : LOOK_PASS;
}

void gate_look_file_over(struct session *s, bool is_shown)
{
	if (is_shown && s->file_look && s->shown)
		inspector_add(s->shown, s->file_look);
	inspector_free(&s->file_look); /* the next file is looked at afresh */
	s->file_hold = 0;
}

void gate_look_file_answer(struct session *s)
{
	struct gate_limits need;
	uint32_t id = s->file_hold;
	bool allow;

	s->file_hold = 0;
	gate_look_need(s, true, &need);
	allow = gate_look_is_within(s, &need);
	if (!allow && refuse_file(s, buf_rd(&s->file_path), false, need.opaque > s->grant.most_opaque ? INSPECT_WHY_OPAQUE :
	        INSPECT_WHY_PERSONS) == LOOK_END)
		session_record_failed(s, "the record does not take it");
	lane_any_answer(&s->lane, id, allow, &s->orders);
	s->orders.reason = rd_of(NULL, 0);
}

static enum lane_verdict judge_file(void *arg, const struct lane_file *f)
{
	struct session *s = arg;
	struct gate_ask *a;

	if (!gate_record_file(s, f, f->size <= s->grant.file_max ? "passed" : "asked"))
		return LANE_DENY;
	if (f->size <= s->grant.file_max)
		return LANE_ALLOW;
	a = new_ask(s);
	if (!a)
		return LANE_DENY;
	a->is_file = true;
	a->act = class_of_file(f->is_upload);
	struct wr w = wr_to(&a->body);
	wr_bytes(&w, f->path);
	return wr_ok(&w) ? LANE_ASK : LANE_DENY;
}

struct lane_hooks gate_look_hooks(struct session *s)
{
	return (struct lane_hooks){ .arg = s, .judge = judge, .look = look, .look_item = look_item,
		.look_file = look_file, .judge_file = judge_file };
}
