/*
 * Is:        the lanes' hooks (contracts in the header).
 * Is not:    the inspector or a judge.
 * Called by: gate/session.c, gate/orders.c.
 * Owns:      the session's inspectors.
 * Trust:     hostile bytes on both sides.
 */
#include "proc/gate/look.h"

#include "base/assert.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "os/ipc.h"
#include "proc/gate/gate.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/members_link.h"
#include "proto/telnet.h"

enum { OUT_MAX = INSPECTOR_HELD_MAX + LANE_FEED_MAX };

bool gate_look_masks(const struct session *s)
{
	return s->grant.mask || s->grant.most_clear == 0;
}

static struct inspector *make(struct session *s, bool screen, bool limits)
{
	struct inspector_options o = { .plan = s->gate->plan, .key = { s->look_key[0], s->look_key[1] }, .screen = screen,
		.member = members_link_ask, .member_ctx = s->gate->members,
		.member_share = members_link_figures(s->gate->members).share,
		.rows = s->rows ? s->rows : 24, .cols = s->cols ? s->cols : 80,
		.mask = limits && gate_look_masks(s), .most_opaque = limits ? s->grant.most_opaque : UINT64_MAX,
		.most_persons = limits && s->grant.most_clear < UINT32_MAX ? s->grant.most_clear : 0,
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
	random_fill(random_system(), (uint8_t *)s->look_key, sizeof(s->look_key));
	s->sent = make(s, false, false);
	s->shown = make(s, screen, true);
	buf_init(&s->raw, OUT_MAX);
}

void gate_look_done(struct session *s)
{
	inspector_free(&s->file_look);
	inspector_free(&s->shown);
	inspector_free(&s->sent);
	mem_wipe(s->look_key, sizeof(s->look_key));
	buf_wipe(&s->raw);
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

/* Deskd decides, and answers in its own time. */
static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	struct session *s = arg;
	struct gate_ask *a = new_ask(s);
	const char *act = lane_act_name(c->act);
	struct desk_judge j = { .act = rd_str(act), .command = c->canonical, .path = c->path,
		.path2 = c->path2, .mode = c->mode, .target = c->target, .is_switch = c->is_switch, .has_range = c->has_range };

	if (!a)
		return LANE_DENY;
	a->act = act;
	struct wr w = wr_to(&a->body);
	desk_judge_write(&w, &j);
	if (wr_ok(&w) && c->canonical.len <= DESK_COMMAND_MAX && c->path.len <= DESK_PATH_MAX &&
	    c->path2.len <= DESK_PATH_MAX && c->mode.len <= DESK_PURPOSE_MAX && c->target.len <= DESK_PURPOSE_MAX)
		return LANE_ASK;
	s->n_asks--;
	buf_wipe(&a->body);
	return LANE_DENY;
}

/* Nothing of the file has left, so the limit is that of the whole: when nobody more may be shown, one is too many. */
static bool is_over_limit(const struct session *s)
{
	struct inspect_figures shown = { .persons = 0 }, file = { .persons = 0 };

	if (gate_look_masks(s) || s->grant.most_clear >= UINT32_MAX)
		return false;
	inspector_figures(s->shown, &shown);
	inspector_pending(s->file_look, &file);
	return shown.persons + file.persons > s->grant.most_clear;
}

static enum lane_look look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	struct session *s = arg;
	enum inspect_why why = INSPECT_WHY_NONE;
	enum inspect_order order;

	if (!s->file_look)
		s->file_look = make(s, false, !f->is_upload);
	order = inspector_put(s->file_look, bytes, loop_now_ns(s->gate->loop), out, &why);
	if (order == INSPECT_RELEASE && last)
		order = inspector_end(s->file_look, out, &why);
	if (order == INSPECT_HOLD || (!f->is_upload && is_over_limit(s))) {
		gate_look_file_over(s, false);
		return gate_record_finding(s, "file-over-limit", f->path) ? LOOK_REFUSE : LOOK_END;
	}
	return gate_look_masks(s) && !f->is_upload ? LOOK_REPLACE : LOOK_PASS;
}

void gate_look_file_over(struct session *s, bool is_shown)
{
	if (is_shown && s->file_look && s->shown)
		inspector_add(s->shown, s->file_look);
	inspector_free(&s->file_look); /* the next file is looked at afresh */
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
	struct wr w = wr_to(&a->body);
	wr_bytes(&w, f->path);
	return wr_ok(&w) ? LANE_ASK : LANE_DENY;
}

struct lane_hooks gate_look_hooks(struct session *s)
{
	return (struct lane_hooks){ .arg = s, .judge = judge, .look = look, .look_item = look_item,
		.look_file = look_file, .judge_file = judge_file };
}
