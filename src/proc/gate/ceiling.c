/*
 * Is:        the end of what a session may show (contracts in the header).
 * Is not:    the inspector, which sees it, or the desk, which decides.
 * Called by: session.c, orders.c; begin.c with the desk's answers.
 * Owns:      nothing.
 * Trust:     the desk is ours; its messages are read as others' are.
 */
#include "proc/gate/ceiling.h"

#include <errno.h>

#include "base/mem.h"
#include "base/wr.h"
#include "os/ipc.h"
#include "proc/gate/gate.h"
#include "proc/gate/look.h"
#include "proc/gate/orders.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/gate/terminal.h"

static bool send_over(struct session *s, enum desk_over what, const struct gate_limits *need, struct rd detail)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	wr_u8(&w, (uint8_t)what);
	wr_u64(&w, need->persons);
	wr_u64(&w, need->opaque);
	wr_part16(&w, detail);
	return wr_ok(&w) && s->gate->desk && ipc_send(s->gate->desk, DESK_OVER, buf_rd(&b)) == 0;
}

bool gate_ceiling_ask_officer(struct session *s)
{
	struct gate_limits need = { .persons = 0 };

	if (s->officer != OFFICER_FREE)
		return true;
	if (s->asked_over) {
		s->officer = OFFICER_CEILING;
		gate_look_need(s, false, &need);
		return send_over(s, s->over == INSPECT_WHY_PERSONS ? DESK_OVER_PERSONS : DESK_OVER_OPAQUE, &need,
		    rd_str(gate_look_why(s->over)));
	}
	for (size_t i = 0; i < s->n_asks; i++) {
		if (!s->ask[i].is_file || !s->ask[i].is_sent)
			continue;
		s->officer = OFFICER_FILE;
		return send_over(s, DESK_OVER_FILE, &need, buf_rd(&s->ask[i].body));
	}
	return true;
}

static void ask_over(struct session *s)
{
	const char *why = gate_look_why(s->over);

	s->asked_over = true;
	if (!gate_record_held(s, "inspector", why)) {
		session_record_failed(s, "the record does not take it");
		return;
	}
	gate_terminal_say(s, "\nslagboom: held: %s. An officer is asked.\n", why);
	if (!gate_ceiling_ask_officer(s))
		session_end(s, "the desk is not there to be asked", "gate");
}

void gate_ceiling_reached(struct session *s, bool is_file)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct gate_limits need;

	if (!gate_look_may_be_raised(s, is_file, &need)) {
		if (is_file)
			gate_look_file_answer(s);
		else
			ask_over(s);
		return;
	}
	s->asked_more |= !is_file;
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	wr_u8(&w, is_file ? DESK_MORE_FILE : DESK_MORE_STREAM);
	wr_u64(&w, need.persons);
	wr_u64(&w, need.opaque);
	if (!wr_ok(&w) || !s->gate->desk || ipc_send(s->gate->desk, DESK_MORE, buf_rd(&b)) != 0)
		session_end(s, "the desk is not there to be asked", "gate");
}

static void go_on_raised(struct session *s)
{
	struct gate_limits need;

	s->asked_more = false;
	if (s->over == INSPECT_WHY_NONE)
		return;
	gate_look_need(s, false, &need);
	if (!gate_look_is_within(s, &need)) {
		ask_over(s);
		return;
	}
	gate_look_resume(s, s->grant.most_clear < UINT32_MAX ? s->grant.most_clear : 0, s->grant.most_opaque);
	s->orders.looks_again = true;
	if (s->hold_id)
		lane_any_answer(&s->lane, s->hold_id, true, &s->orders);
	s->orders.looks_again = false;
	s->hold_id = 0;
}

static void go_on_with_more(struct session *s, bool is_file)
{
	gate_look_raised(s);
	if (!is_file && s->asked_more)
		go_on_raised(s);
	if (is_file && s->file_hold)
		gate_look_file_answer(s);
}

/* Nothing is taken back; and who began masked stays so. */
static void raise_to(struct session *s, uint64_t persons, uint64_t opaque)
{
	if (!gate_look_masks(s) && persons > s->grant.most_clear)
		s->grant.most_clear = (uint32_t)(persons < UINT32_MAX ? persons : UINT32_MAX);
	if (opaque > s->grant.most_opaque)
		s->grant.most_opaque = opaque;
}

static void answer_file(struct session *s, bool allow)
{
	for (size_t i = 0; i < s->n_asks; i++)
		if (s->ask[i].is_file && s->ask[i].is_sent) {
			gate_orders_verdict(s, s->ask[i].id, allow);
			return;
		}
}

static void answer_ceiling(struct session *s, uint64_t persons, uint64_t opaque)
{
	struct gate_limits need;

	s->asked_over = false;
	gate_look_need(s, false, &need);
	if (need.persons > persons || need.opaque > opaque) {
		session_end(s, "an officer allowed less than waits", "gate");
		return;
	}
	raise_to(s, persons, opaque);
	if (!gate_record_resumed(s, "officer", gate_look_why(s->over)))
		session_record_failed(s, "the record does not take it");
	else
		gate_look_resume(s, persons, opaque);
	if (s->hold_id)
		lane_any_answer(&s->lane, s->hold_id, true, &s->orders);
	s->hold_id = 0;
}

int gate_ceiling_limits(struct session *s, struct ipc_in *in)
{
	uint64_t persons, opaque;
	uint8_t allowed;

	if (!rd_u8(&in->body, &allowed) || allowed > 1 || !rd_u64(&in->body, &persons) || !rd_u64(&in->body, &opaque))
		return -EBADMSG;
	const enum gate_officer asked = s->officer;

	if (s->phase != PHASE_JOINED || asked == OFFICER_FREE)
		return 0;
	s->officer = OFFICER_FREE;
	if (asked == OFFICER_FILE)
		answer_file(s, allowed == 1);
	else if (allowed)
		answer_ceiling(s, persons, opaque);
	else
		session_end(s, "an officer did not allow more", "officer");
	if (s->phase == PHASE_JOINED && !gate_ceiling_ask_officer(s))
		session_end(s, "the desk is not there to be asked", "gate");
	session_go_on(s);
	return 0;
}

int gate_ceiling_raised(struct session *s, struct ipc_in *in)
{
	uint64_t persons, opaque;
	uint8_t what;

	if (!rd_u8(&in->body, &what) || what > DESK_MORE_FILE || !rd_u64(&in->body, &persons) || !rd_u64(&in->body, &opaque))
		return -EBADMSG;
	if (s->phase != PHASE_JOINED)
		return 0;
	raise_to(s, persons, opaque);
	go_on_with_more(s, what == DESK_MORE_FILE);
	session_go_on(s);
	return 0;
}
