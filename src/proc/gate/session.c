/*
 * Is:        one session's states from hello to exit (contracts in the header).
 * Is not:    the release rule, orders, inspection.
 * Called by: gate.c, and the gate's other files.
 * Owns:      struct session.
 * Trust:     the session program and the edge are hostile.
 */
#include "proc/gate/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/random.h"
#include "evidence/age.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/gate/begin.h"
#include "proc/gate/ceiling.h"
#include "proc/gate/gate.h"
#include "proc/gate/grammar.h"
#include "proc/gate/look.h"
#include "proc/gate/orders.h"
#include "proc/gate/record.h"
#include "proc/gate/state.h"
#include "proc/gate/tap.h"
#include "proc/gate/terminal.h"
#include "proc/recorder.h"
#include "proc/talk/edge_proto.h"
#include "proto/sshsignal.h"

#define RECEIPT_NS (500ull * NS_PER_MS) /* deskd signs and records it */

enum {
	EARLY_READ = 256,     /* of one look at what is typed before the session begins */
	STATUS_NO_WORD = 255, /* as OpenSSH's client has it */
};

/* --- the end ------------------------------------------------------------------------------------- */

static void unwatch_engineer(struct session *s)
{
	loop_unwatch(s->gate->loop, &s->in_watch);
	loop_unwatch(s->gate->loop, &s->out_watch);
	loop_unwatch(s->gate->loop, &s->err_watch);
}

void session_free(struct session **sp)
{
	struct session *s = *sp;
	struct gate *g;

	*sp = NULL;
	if (!s)
		return;
	g = s->gate;
	list_remove(&s->node);
	g->n_sessions--;
	gate_tap_close(s);
	buf_done(&s->watch);
	unwatch_engineer(s);
	loop_timer_clear(s->gate->loop, &s->clock);
	loop_timer_clear(s->gate->loop, &s->look);
	loop_timer_clear(s->gate->loop, &s->more);
	ipc_free(&s->program);
	ipc_free(&s->edge);
	fd_close(&s->edge_fd);
	fd_close(&s->in_fd);
	fd_close(&s->out_fd);
	fd_close(&s->err_fd);
	gate_look_done(s);
	gate_orders_done(s);
	release_done(&s->release);
	if (s->has_lane)
		lane_any_done(&s->lane);
	lane_orders_done(&s->orders);
	if (s->has_tape)
		sealer_done(&s->tape);
	buf_done(&s->hello);
	buf_done(&s->granted);
	buf_wipe(&s->typed.line);
	buf_done(&s->typed.purpose);
	buf_done(&s->typed.ticket);
	mem_free(&s);
	if (g->is_stopping && g->n_sessions == 0)
		g->calls->stopped();
}

static void say_exit(struct session *s)
{
	uint8_t exit[2] = { s->status >= GATE_SIGNALLED, (uint8_t)(s->status % GATE_SIGNALLED) };

	if (s->program && !s->said_exit && ipc_send(s->program, SESSION_EXIT, rd_of(exit, sizeof(exit))) < 0)
		ipc_free(&s->program);
	s->said_exit = true;
	unwatch_engineer(s);
}

static void over(struct session *s)
{
	if (s->phase == PHASE_OVER)
		return;
	s->phase = PHASE_OVER;
	say_exit(s);
	ipc_free(&s->edge);
	loop_timer_set(s->gate->loop, &s->clock, 0); /* freed from there, never under its callers */
}

static void count(struct session *s)
{
	struct inspect_figures f = { .persons = 0 };

	gate_look_figures(s, &f);
	s->counts.persons = gate_look_masks(s) ? 0 : f.persons; /* shown in the clear */
	s->counts.opaque = f.opaque;
	s->counts.ceiling = f.ceiling;
	s->counts.from_supplier = s->release.from_bytes;
	s->counts.to_supplier = s->release.to_bytes + s->release.stderr_bytes;
}

static void send_closed(struct session *s, uint64_t seq)
{
	AUTO(buf_done) struct buf b = { 0 };

	count(s); /* however it ends: the desk gives what it did not use to others */
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	desk_counts_write(&w, &s->counts);
	wr_part16(&w, rd_str(s->why));
	wr_part16(&w, rd_str(s->by));
	wr_u64(&w, seq);
	if (wr_ok(&w) && s->gate->desk && ipc_send(s->gate->desk, DESK_CLOSED, buf_rd(&b)) != 0)
		return; /* deskd learns it from the record */
}

/* Everything that was released has arrived, or its time is up. */
static void close_record(struct session *s)
{
	s->phase = PHASE_CLOSING;
	s->waiting_ns = loop_now_ns(s->gate->loop);
	if (s->has_tape && !s->is_failed && gate_record_closed(s, &s->closing_token)) {
		session_plan(s);
		return;
	}
	send_closed(s, 0);
	over(s);
}

static void go_on_ending(struct session *s)
{
	if (s->phase == PHASE_ENDING && release_is_empty(&s->release))
		close_record(s);
}

void session_end(struct session *s, const char *why, const char *by)
{
	static const uint8_t none;

	if (s->phase >= PHASE_ENDING)
		return;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	(void)snprintf(s->by, sizeof(s->by), "%s", by);
	if (s->phase == PHASE_JOINED) {
		gate_look_end(s);
		if (!s->exited && strcmp(by, "engineer") != 0)
			gate_terminal_say(s, "\nslagboom: the session ends: %s\n", why);
		if (s->edge && ipc_send(s->edge, EDGE_CLOSE, rd_of(&none, 0)) < 0)
			ipc_free(&s->edge);
	}
	s->phase = PHASE_ENDING;
	s->waiting_ns = loop_now_ns(s->gate->loop);
	session_rewatch(s);
	session_plan(s);
}

void session_record_failed(struct session *s, const char *why)
{
	static const uint8_t none;

	if (s->is_failed || s->phase >= PHASE_OVER)
		return;
	s->is_failed = true;
	release_drop(&s->release);
	buf_reset(&s->release.edge);
	if (s->edge && ipc_send(s->edge, EDGE_CLOSE, rd_of(&none, 0)) < 0)
		ipc_free(&s->edge);
	s->status = 1;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	(void)snprintf(s->by, sizeof(s->by), "gate");
	s->phase = PHASE_ENDING;
	s->waiting_ns = loop_now_ns(s->gate->loop);
	gate_terminal_say(s, "\nslagboom: the session stops, because it cannot be recorded: %s. Nothing that was not recorded "
	    "was passed on; tell the operator.\n", why);
	session_rewatch(s);
	session_plan(s);
}

void session_engineer_gone(struct session *s)
{
	if (s->phase < PHASE_ENDING)
		session_end(s, "the engineer's connection closed", "engineer");
}

/* --- reading ---------------------------------------------------------------------------------------- */

static bool wants_input(const struct session *s)
{
	if (s->in_fd < 0 || s->engineer_eof || s->is_held)
		return false;
	if (s->phase == PHASE_OPENING || s->phase == PHASE_ASKING)
		return s->has_tty && (s->typed.asks || s->has_waited || buf_room(&s->typed.line) >= EARLY_READ);
	return s->phase == PHASE_JOINED && s->has_lane && s->typed.line.len == 0 && release_has_room_up(&s->release) &&
	    lane_any_room(&s->lane, LANE_ENGINEER) > 0;
}

static bool wants_output(const struct session *s)
{
	return s->phase == PHASE_JOINED && s->has_lane && s->over == INSPECT_WHY_NONE && !s->is_held &&
	    release_has_room_down(&s->release) && lane_any_room(&s->lane, LANE_ELEMENT) >= EDGE_DATA_MAX;
}

static void watch_fd(struct session *s, int fd, struct loop_watch **w, uint32_t events, loop_fn *fn)
{
	int r = 0;

	if (fd < 0)
		loop_unwatch(s->gate->loop, w);
	else if (!*w)
		r = loop_watch(s->gate->loop, fd, events, fn, s, w);
	else
		r = loop_rewatch(s->gate->loop, *w, events);
	if (r < 0)
		session_engineer_gone(s);
}

static void on_input(void *ctx, uint32_t events);
static void on_output(void *ctx, uint32_t events);

void session_rewatch(struct session *s)
{
	if (s->phase >= PHASE_OVER)
		return;
	/* Level-triggered: what hung up and is not to be read would spin. */
	if (wants_input(s))
		watch_fd(s, s->in_fd, &s->in_watch, EPOLLIN, on_input);
	else
		loop_unwatch(s->gate->loop, &s->in_watch);
	watch_fd(s, s->out_fd, &s->out_watch, s->release.want_out ? EPOLLOUT : 0, on_output);
	watch_fd(s, s->err_fd, &s->err_watch, s->release.want_err ? EPOLLOUT : 0, on_output);
	if (s->edge && ipc_hold(s->edge, !wants_output(s)) < 0)
		return; /* closing by itself */
	go_on_ending(s);
}

/* There is room again: what waits is not only what is read, but what is fetched for a lane. */
static void flush(struct session *s)
{
	release_flush(&s->release);
	if (s->phase == PHASE_JOINED && gate_orders_wait(s))
		session_go_on(s);
}

static void on_output(void *ctx, uint32_t events)
{
	struct session *s = ctx;

	if (events & (EPOLLERR | EPOLLHUP)) {
		unwatch_engineer(s);
		fd_close(&s->out_fd);
		fd_close(&s->err_fd);
		fd_close(&s->in_fd);
		release_flush(&s->release); /* what was for him is dropped */
		session_end(s, "the engineer's connection closed", "engineer");
		go_on_ending(s);
		return;
	}
	flush(s);
}

static void type_early(struct session *s, struct rd keys)
{
	enum gate_typing t = gate_terminal_type(s, keys);

	if (t == TYPING_BREAK || t == TYPING_LEAVE)
		gate_begin_leave(s, t == TYPING_BREAK ? 128 + SIGINT : 1);
	else if (t == TYPING_DONE)
		gate_begin_purpose(s);
}

static void on_input(void *ctx, uint32_t events)
{
	AUTO(buf_wipe) struct buf b = { 0 };
	struct session *s = ctx;
	size_t room = s->phase == PHASE_JOINED ? lane_any_room(&s->lane, LANE_ENGINEER) : EARLY_READ;
	ssize_t n;

	buf_init(&b, room ? room : 1);
	n = fd_read(s->in_fd, &b);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		s->engineer_eof = true;
		if (s->phase == PHASE_JOINED)
			lane_any_eof(&s->lane, LANE_ENGINEER, &s->orders);
		else
			gate_begin_leave(s, 1);
	} else if (s->phase == PHASE_JOINED) {
		s->last_key_ns = loop_now_ns(s->gate->loop);
		lane_any_feed(&s->lane, LANE_ENGINEER, false, buf_rd(&b), &s->orders);
	} else {
		type_early(s, buf_rd(&b));
	}
	session_go_on(s);
}

static void tell_counts(struct session *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t now = loop_now_ns(s->gate->loop);

	if (s->phase != PHASE_JOINED || !s->gate->desk || now - s->counted_ns < NS_PER_S)
		return;
	count(s);
	if (memcmp(&s->counts, &s->told, sizeof(s->counts)) == 0)
		return;
	s->counted_ns = now;
	s->told = s->counts;
	buf_init(&b, 128);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	desk_counts_write(&w, &s->counts);
	if (!wr_ok(&w) || ipc_send(s->gate->desk, DESK_COUNTS, buf_rd(&b)) < 0)
		return; /* its end reports itself */
}

/* What was typed before the element was there goes first, once the lane takes it. */
static void feed_early(struct session *s)
{
	struct rd early = buf_rd(&s->typed.line);

	if (early.len == 0 || !s->has_lane || s->is_held || lane_any_room(&s->lane, LANE_ENGINEER) < early.len)
		return;
	lane_any_feed(&s->lane, LANE_ENGINEER, false, early, &s->orders);
	buf_wipe(&s->typed.line);
}

static void end_by_element(struct session *s)
{
	char why[64];
	const char *name = s->status >= GATE_SIGNALLED ? sshsignal_name(s->status - GATE_SIGNALLED) : NULL;

	(void)snprintf(why, sizeof(why), "a signal ended it on the element: %s", name ? name : "one without a name in SSH");
	session_end(s, s->by_signal ? why : "the element ended it", "element");
}

void session_go_on(struct session *s)
{
	uint64_t due;

	if (s->phase == PHASE_JOINED) {
		feed_early(s);
		gate_orders_run(s);
		if (s->exited && s->over == INSPECT_WHY_NONE && s->phase == PHASE_JOINED)
			gate_look_tick(s, true); /* what came last may need more of the grant */
		if (s->over != INSPECT_WHY_NONE && !s->asked_more && !s->asked_over && s->phase == PHASE_JOINED)
			gate_ceiling_reached(s, false);
		if (s->exited && s->over == INSPECT_WHY_NONE)
			end_by_element(s);
	}
	if (s->phase == PHASE_JOINED) {
		due = inspector_due(s->shown);
		if (due == UINT64_MAX)
			loop_timer_clear(s->gate->loop, &s->look);
		else
			loop_timer_set(s->gate->loop, &s->look, due > loop_now_ns(s->gate->loop) ? due - loop_now_ns(s->gate->loop) : 0);
	}
	session_rewatch(s);
	session_plan(s);
}

static void on_look(void *ctx)
{
	struct session *s = ctx;

	if (s->phase != PHASE_JOINED)
		return;
	gate_look_tick(s, false);
	session_go_on(s);
}

static void on_more(void *ctx)
{
	struct session *s = ctx;

	if (s->phase == PHASE_JOINED)
		session_go_on(s);
}

/* --- the edge ---------------------------------------------------------------------------------------------- */

static int on_edge_ready(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct rd text;
	uint8_t has_other_modes;

	if (!rd_u8(&in->body, &has_other_modes) || has_other_modes > 1 || !rd_part16(&in->body, EDGE_TEXT_MAX, &text))
		return -EBADMSG;
	ipc_set_state(s->edge, 1);
	if (has_other_modes)
		gate_terminal_say(s, "slagboom: the modes of your terminal (stty) could not be set on the element: its own hold there\n");
	if (!release_put(&s->release, STEP_NOWHERE, 0, FRAME_NOTE, text))
		session_record_failed(s, "more than the gate holds");
	return 0;
}

/* The desk shows it to officers, who compare it with the element's own. */
static int on_edge_host_key(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session *s = ctx;
	struct rd key;

	if (!rd_take(&in->body, in->body.len, &key) || key.len == 0 || !text_is_utf8(key))
		return -EBADMSG;
	buf_init(&b, 8 + EDGE_KEY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	wr_part16(&w, key);
	/* A desk that does not read any more is gone soon, and with it the session. */
	if (s->phase == PHASE_JOINED && s->gate->desk && wr_ok(&w))
		(void)!ipc_send(s->gate->desk, DESK_HOST_KEY, buf_rd(&b));
	return 0;
}

static int on_edge_failed(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct rd text;
	uint8_t why;

	if (!rd_u8(&in->body, &why) || why >= EDGE_FAILURES || !rd_part16(&in->body, EDGE_TEXT_MAX, &text))
		return -EBADMSG;
	if (s->phase != PHASE_JOINED)
		return 0;
	gate_terminal_say(s, "\nslagboom: ");
	gate_terminal_line(s, text);
	s->status = 1;
	session_end(s, edge_failure_text((enum edge_failure)why), "element");
	return 0;
}

static int on_edge_output(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct rd bytes;
	uint8_t stream;

	if (!rd_u8(&in->body, &stream) || stream > 1 || !rd_take(&in->body, in->body.len, &bytes) ||
	    bytes.len > EDGE_DATA_MAX || s->element_eof[stream])
		return -EBADMSG;
	if (s->phase != PHASE_JOINED)
		return 0;
	if (!s->has_tty && !s->is_forward)
		s->last_key_ns = loop_now_ns(s->gate->loop); /* of a command, what it says is all that moves */
	if (s->last_was_stderr != (stream == 1))
		gate_look_tick(s, true);
	s->last_was_stderr = stream == 1;
	lane_any_feed(&s->lane, LANE_ELEMENT, stream == 1, bytes, &s->orders);
	session_go_on(s);
	return 0;
}

static int on_edge_output_end(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	uint8_t stream;

	if (!rd_u8(&in->body, &stream) || stream > 1 || s->element_eof[stream])
		return -EBADMSG;
	s->element_eof[stream] = true;
	if (s->phase == PHASE_JOINED && stream == 0)
		lane_any_eof(&s->lane, LANE_ELEMENT, &s->orders);
	session_go_on(s);
	return 0;
}

static int on_edge_exit(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	uint32_t value;
	uint8_t kind;

	if (!rd_u8(&in->body, &kind) || kind > 1 || !rd_u32(&in->body, &value))
		return -EBADMSG;
	if (s->phase != PHASE_JOINED)
		return 0;
	s->exited = true;
	if (kind == 0)
		s->status = (uint8_t)value;
	else /* one that SSH has no name for is to its clients as one without a word */
		s->status = (uint16_t)(sshsignal_name(value) ? GATE_SIGNALLED + value : STATUS_NO_WORD);
	s->by_signal = kind == 1;
	session_go_on(s); /* what is held is an officer's first */
	return 0;
}

/* 0: before EDGE_READY. */
static const struct ipc_row edge_rows[] = {
	{ EDGE_READY, "ready", 1 << 0, true, 0, 3 + EDGE_TEXT_MAX, on_edge_ready },
	{ EDGE_HOST_KEY, "host key", 1 << 0, true, 0, EDGE_KEY_MAX, on_edge_host_key },
	{ EDGE_FAILED, "failed", 1 << 0 | 1 << 1, true, 0, 3 + EDGE_TEXT_MAX, on_edge_failed },
	{ EDGE_OUTPUT, "output", 1 << 1, false, 0, 1 + EDGE_DATA_MAX, on_edge_output },
	{ EDGE_OUTPUT_END, "output end", 1 << 1, false, 0, 1, on_edge_output_end },
	{ EDGE_EXIT, "exit", 1 << 1, true, 0, 5, on_edge_exit },
};
static const struct ipc_table edge_table = { "gate-edge", edge_rows, ARRAY_LEN(edge_rows) };

static void on_edge_closed(void *ctx, int err)
{
	struct session *s = ctx;

	if (err < 0)
		s->gate->calls->refused("edge", ipc_refusal(s->edge));
	ipc_free(&s->edge);
	buf_reset(&s->release.edge);
	if (s->phase == PHASE_JOINED && !s->exited) {
		s->status = 1;
		session_end(s, err < 0 ? "the element's side broke its protocol" : "the element closed the connection", "element");
	}
}

static void on_edge_drained(void *ctx)
{
	flush(ctx);
}

int session_join_edge(struct session *s)
{
	int fd = s->edge_fd, r;

	s->edge_fd = -1;
	r = ipc_new(s->gate->loop, fd, &edge_table, s, on_edge_closed, &s->edge);
	if (r == 0)
		ipc_on_drained(s->edge, on_edge_drained);
	return r;
}

/* --- the clock ------------------------------------------------------------------------------------------------ */

/* What ends by itself when its time is up; 0: nothing. */
static uint64_t deadline(const struct session *s, uint64_t now)
{
	uint64_t at = UINT64_MAX, oldest = release_oldest_ns(&s->release), t;

	if (s->phase == PHASE_HELLO || s->phase == PHASE_WHO || s->phase == PHASE_STARTING || s->phase == PHASE_ENDING ||
	    s->phase == PHASE_CLOSING)
		at = s->waiting_ns + GATE_PATIENCE_NS;
	if (s->phase == PHASE_RECEIPT)
		at = s->waiting_ns + RECEIPT_NS;
	if (oldest && oldest + GATE_PATIENCE_NS < at)
		at = oldest + GATE_PATIENCE_NS;
	if (s->phase != PHASE_JOINED)
		return at;
	for (size_t i = 0; i < s->n_asks; i++)
		if (!s->ask[i].is_file && s->ask[i].since_ns && s->ask[i].since_ns + GATE_PATIENCE_NS < at)
			at = s->ask[i].since_ns + GATE_PATIENCE_NS;
	if (s->grant.left_ns && s->began_ns + s->grant.left_ns < at)
		at = s->began_ns + s->grant.left_ns;
	if (s->grant.idle_ns && s->last_key_ns + s->grant.idle_ns < at)
		at = s->last_key_ns + s->grant.idle_ns;
	t = s->counted_ns + NS_PER_S;
	if (s->release.from_bytes != s->told.from_supplier || s->release.to_bytes + s->release.stderr_bytes != s->told.to_supplier)
		at = t < at ? t : at;
	return at < now ? now : at;
}

void session_plan(struct session *s)
{
	uint64_t now = loop_now_ns(s->gate->loop), at = deadline(s, now);

	if (s->phase == PHASE_OVER)
		return;
	if (at == UINT64_MAX)
		loop_timer_clear(s->gate->loop, &s->clock);
	else
		loop_timer_set(s->gate->loop, &s->clock, at > now ? at - now : 0);
}

static bool is_desk_late(const struct session *s, uint64_t now)
{
	for (size_t i = 0; i < s->n_asks; i++)
		if (!s->ask[i].is_file && s->ask[i].since_ns && now >= s->ask[i].since_ns + GATE_PATIENCE_NS)
			return true;
	return false;
}

static void joined_clock(struct session *s, uint64_t now)
{
	const char *why = NULL;

	if (is_desk_late(s, now))
		why = "the desk did not answer";
	else if (s->grant.left_ns && now >= s->began_ns + s->grant.left_ns)
		why = "the time granted is over";
	else if (s->grant.idle_ns && now >= s->last_key_ns + s->grant.idle_ns)
		why = "nothing was typed for too long";
	if (!why) {
		tell_counts(s);
		return;
	}
	s->status = 1; /* what was cut off did not go well */
	session_end(s, why, "gate");
}

static void on_clock(void *ctx)
{
	struct session *s = ctx;
	uint64_t now = loop_now_ns(s->gate->loop), oldest = release_oldest_ns(&s->release);
	bool late = now >= s->waiting_ns + GATE_PATIENCE_NS;

	if (s->phase == PHASE_OVER) {
		session_free(&s);
		return;
	}
	if (!s->is_failed && ((oldest && now >= oldest + GATE_PATIENCE_NS) || (s->phase == PHASE_STARTING && late)))
		session_record_failed(s, "the record did not answer in time");
	else if (s->phase == PHASE_JOINED)
		joined_clock(s, now);
	else if (s->phase == PHASE_ENDING && late)
		close_record(s); /* he does not read what is his */
	else if ((s->phase == PHASE_CLOSING && late) || (s->phase == PHASE_RECEIPT && now >= s->waiting_ns + RECEIPT_NS))
		over(s);
	else if ((s->phase == PHASE_HELLO || s->phase == PHASE_WHO) && late)
		session_end(s, "nobody said who is there", "gate");
	session_plan(s);
}

/* Whoever has a shell on a terminal gets his receipt on it. A command's output is read by programs,
 * on a terminal too: `ssh -tt` is how Ansible runs them; they leave, and the room stays until it is
 * signed. */
static void wait_for_receipt(struct session *s)
{
	if (!s->gate->desk) {
		over(s);
		return;
	}
	if (!s->has_tty || s->kind == SESSION_EXEC) {
		say_exit(s);
		fd_close(&s->in_fd);
		fd_close(&s->out_fd);
		fd_close(&s->err_fd);
	}
	s->phase = PHASE_RECEIPT;
	s->waiting_ns = loop_now_ns(s->gate->loop);
	session_plan(s);
}

void session_receipt(struct session *s, struct rd text)
{
	if (s->phase != PHASE_RECEIPT)
		return;
	gate_terminal_tell(s, text); /* as it was signed, line by line */
	over(s);
}

/* --- evidenced ------------------------------------------------------------------------------------------------- */

void session_durable(struct session *s, uint64_t token)
{
	if (s->is_failed || !s->has_tape)
		return;
	release_durable(&s->release, token);
	if (s->phase == PHASE_CLOSING && s->closing_token && token >= s->closing_token) {
		uint64_t seq = token == s->closing_token ? s->recorder->durable_seq : 0;
		(void)marks_seq(&s->recorder->closed, s->closing_token, &seq);
		send_closed(s, seq);
		wait_for_receipt(s);
		return;
	}
	session_go_on(s);
}

/* --- beginning ---------------------------------------------------------------------------------------------------- */

struct session *session_new(struct gate *g)
{
	struct session *s = mem_new(1, sizeof(*s));

	s->gate = g;
	s->n = ++g->last_n;
	s->edge_fd = s->in_fd = s->out_fd = s->err_fd = s->watch_fd = -1;
	list_init(&s->node);
	list_append(&g->sessions, &s->node);
	g->n_sessions++;
	lane_orders_init(&s->orders);
	release_init(&s->release, s);
	buf_init(&s->watch, 1);
	buf_init(&s->typed.line, 512);
	buf_init(&s->typed.purpose, 512);
	buf_init(&s->typed.ticket, 512);
	buf_init(&s->hello, IPC_BODY_MAX);
	buf_init(&s->granted, IPC_BODY_MAX);
	loop_timer_init(&s->clock, on_clock, s);
	loop_timer_init(&s->look, on_look, s);
	loop_timer_init(&s->more, on_more, s);
	s->began_ns = s->waiting_ns = loop_now_ns(g->loop);
	session_plan(s);
	return s;
}
