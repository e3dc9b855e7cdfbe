/*
 * Is:        how a session begins (contracts in the header).
 * Is not:    what follows.
 * Called by: gate.c, gate/session.c.
 * Owns:      nothing.
 * Trust:     the session program is hostile.
 */
#include "proc/gate/begin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "crypto/random.h"
#include "evidence/age.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/gate/ceiling.h"
#include "proc/gate/gate.h"
#include "proc/gate/grammar.h"
#include "proc/gate/join.h"
#include "proc/gate/look.h"
#include "proc/gate/orders.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/gate/tap.h"
#include "proc/gate/terminal.h"
#include "proc/recorder.h"
#include "proc/talk/edge_proto.h"

static const char how_to_say_why[] =
    "Nothing is granted yet, and there is no terminal to ask you in. Say why you\ncome with\n"
    "    SLAGBOOM_PURPOSE='...' SLAGBOOM_TICKET='...' ssh -o SendEnv='SLAGBOOM_*' ...\n"
    "or ask with an interactive ssh first.\n";

/* No lane gives an id this high. */
enum { INPUT_ASK = 0x7fffffff };

static void fail(struct session *s, const char *text)
{
	gate_terminal_say(s, "slagboom: %s\n", text);
	s->status = 1;
	session_end(s, text, "gate");
}

/* --- to deskd ---------------------------------------------------------------------------------------- */

static void to_desk(struct session *s, uint16_t type, const struct buf *body)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u32(&w, s->n);
	wr_bytes(&w, buf_rd(body));
	if (!wr_ok(&w) || !s->gate->desk || ipc_send(s->gate->desk, type, buf_rd(&b)) != 0)
		fail(s, "the desk is not there; try again in a minute, or tell the operator");
}

static struct rd env(const struct session *s, const char *name)
{
	for (uint32_t i = 0; i < s->said.n_env; i++) {
		struct rd v = s->said.env[i];
		if (rd_word(&v, name))
			return v;
	}
	return rd_of(NULL, 0);
}

static enum desk_channel channel_of(const struct session *s)
{
	if (s->is_forward)
		return DESK_DATA;
	if (s->kind == SESSION_SUBSYSTEM)
		return DESK_FILE;
	return s->kind == SESSION_EXEC ? DESK_EXEC : DESK_TERMINAL;
}

static void open_asset(struct session *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_open o = { .channel = channel_of(s), .asset = rd_str(s->asset), .purpose = env(s, "SLAGBOOM_PURPOSE="),
		.ticket = env(s, "SLAGBOOM_TICKET="), .rule = env(s, "SLAGBOOM_RULE=") };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	if (o.purpose.len > DESK_PURPOSE_MAX)
		o.purpose.len = 0;
	if (o.ticket.len > DESK_PURPOSE_MAX)
		o.ticket.len = 0;
	if (o.rule.len > DESK_NAME_MAX)
		o.rule.len = DESK_NAME_MAX; /* no rule has such a name: it is refused */
	desk_open_write(&w, &o);
	s->phase = PHASE_OPENING;
	if (wr_ok(&w))
		to_desk(s, DESK_OPEN, &b);
	session_rewatch(s);
	session_plan(s);
}

/* His assets, one by one; for that no session number is needed, so the first that waits gets it. */
static void list_assets(struct session *s)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8);
	struct wr w = wr_to(&b);
	wr_u32(&w, 0);
	s->phase = PHASE_OPENING;
	if (!wr_ok(&w) || !s->gate->desk || ipc_send(s->gate->desk, DESK_LIST, buf_rd(&b)) != 0)
		fail(s, "the desk is not there; try again in a minute, or tell the operator");
	session_rewatch(s);
}

void gate_begin_known(struct session *s)
{
	if (s->phase != PHASE_WHO)
		return;
	if (s->asset[0])
		open_asset(s);
	else
		list_assets(s);
}

void gate_begin_unknown(struct session *s, struct rd text)
{
	if (s->phase != PHASE_WHO)
		return;
	gate_terminal_line(s, text);
	s->status = 1;
	session_end(s, "the desk does not know who this is", "desk");
}

void gate_begin_purpose(struct session *s)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_part16(&w, buf_rd(&s->typed.purpose));
	wr_part16(&w, buf_rd(&s->typed.ticket));
	s->phase = PHASE_OPENING;
	if (wr_ok(&w))
		to_desk(s, DESK_PURPOSE, &b);
}

void gate_begin_leave(struct session *s, uint8_t status)
{
	AUTO(buf_done) struct buf none = { 0 };

	if (s->phase != PHASE_OPENING && s->phase != PHASE_ASKING)
		return;
	if (s->asset[0])
		to_desk(s, DESK_LEAVE, &none);
	s->status = status;
	session_end(s, "you left", "engineer");
}

/* --- who ----------------------------------------------------------------------------------------------- */

static bool copy_name(char out[DESK_NAME_MAX + 1], struct rd in)
{
	uint8_t c;

	if (in.len == 0 || in.len > DESK_NAME_MAX)
		return false;
	for (size_t i = 0; rd_u8(&in, &c); i++) {
		if (c <= ' ' || c >= 0x7f)
			return false;
		out[i] = (char)c;
		out[i + 1] = '\0';
	}
	return true;
}

/* "wei.zhang+hlr1": the person, and perhaps the asset. */
static bool split_login(struct session *s, struct rd login, struct rd *person)
{
	struct rd rest = login;

	*person = login;
	if (!rd_until(&rest, '+', person)) {
		rest = login;
		if (!rd_until(&rest, '%', person))
			return true;
	}
	return copy_name(s->asset, rest);
}

/* The asset and the command that is meant for it. */
static bool split_command(struct session *s)
{
	struct rd command = s->said.command, asset;

	s->kind = s->said.kind;
	s->command = command;
	if (s->asset[0] || s->kind != SESSION_EXEC)
		return true;
	while (rd_word(&command, " "))
		;
	if (!rd_until(&command, ' ', &asset)) {
		asset = command;
		command.len = 0;
	}
	while (rd_word(&command, " "))
		;
	s->command = command;
	if (command.len == 0)
		s->kind = SESSION_SHELL;
	return asset.len == 0 || copy_name(s->asset, asset);
}

static void say_hello(struct session *s, struct rd address, struct rd auth, uint32_t uid)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct gate *g = s->gate;

	buf_init(&b, IPC_BODY_MAX);
	buf_reset(&g->address);
	(void)!buf_put_rd(&g->address, address);
	struct wr w = wr_to(&b);
	wr_u32(&w, 0);
	wr_part16(&w, rd_str(g->login));
	wr_part16(&w, address);
	wr_part16(&w, auth);
	wr_u32(&w, uid);
	g->uid = uid;
	g->is_asked = true;
	if (!wr_ok(&w) || !g->desk || ipc_send(g->desk, DESK_HELLO, buf_rd(&b)) != 0)
		fail(s, "the desk is not there; try again in a minute, or tell the operator");
}

/* A program of his said hello. */
static void hello_of_program(struct session *s)
{
	struct rd address = s->said.connection, first;

	if (!rd_until(&address, ' ', &first))
		first = address;
	say_hello(s, first, s->said.auth, s->peer_uid);
}

/* His forward came before any session: who he is, the door has said, or will. */
void gate_begin_who(struct session *s)
{
	struct gate_who *who = &s->gate->who;
	struct rd login = buf_rd(&who->login), person;

	if (!s->is_forward || s->phase != PHASE_WHO || s->gate->is_asked || !who->is_told)
		return;
	if (!rd_until(&login, '+', &person) && !rd_until(&login, '%', &person))
		person = login;
	if (copy_name(s->gate->login, person))
		say_hello(s, buf_rd(&who->address), buf_rd(&who->auth), who->uid);
}

/* All sessions of a room are one person's, under one user id. */
static bool identify(struct session *s, uint32_t uid)
{
	struct gate *g = s->gate;
	struct rd person;
	char login[DESK_NAME_MAX + 1];

	if (!split_login(s, s->said.login, &person) || !split_command(s) || !copy_name(login, person))
		return false;
	if (g->is_asked)
		return uid == g->uid && strcmp(login, g->login) == 0;
	memcpy(g->login, login, sizeof(login));
	return true;
}

static bool usable_fds(struct session *s)
{
	return fd_set_nonblock(s->in_fd, true) == 0 && fd_set_nonblock(s->out_fd, true) == 0 &&
	    fd_set_nonblock(s->err_fd, true) == 0;
}

static void begin(struct session *s)
{
	struct gate *g = s->gate;

	if (!usable_fds(s) || !identify(s, s->peer_uid)) {
		fail(s, "this is not a name that the gate can read: use NAME@gate ASSET, or NAME+ASSET@gate");
		return;
	}
	s->phase = PHASE_WHO;
	s->waiting_ns = loop_now_ns(g->loop);
	if (g->is_known)
		gate_begin_known(s);
	else if (!g->is_asked)
		hello_of_program(s);
	session_rewatch(s);
	session_plan(s);
}

static int on_hello(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct rd body;

	if (!rd_take(&in->body, in->body.len, &body) || !buf_put_rd(&s->hello, body))
		return -EBADMSG;
	body = buf_rd(&s->hello);
	if (!session_hello_read(&body, &s->said) || body.len)
		return -EBADMSG;
	s->in_fd = in->fd[0];
	s->out_fd = in->fd[1];
	s->err_fd = in->fd[2];
	in->fd[0] = in->fd[1] = in->fd[2] = -1;
	s->has_tty = s->said.has_tty;
	s->cols = s->said.cols;
	s->rows = s->said.rows;
	ipc_set_state(s->program, 1);
	begin(s);
	return 0;
}

static int on_resize(void *ctx, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct session *s = ctx;

	if (!rd_u16(&in->body, &s->cols) || !rd_u16(&in->body, &s->rows))
		return -EBADMSG;
	if (s->phase != PHASE_JOINED)
		return 0;
	buf_init(&b, 4);
	struct wr w = wr_to(&b);
	wr_u16(&w, s->cols);
	wr_u16(&w, s->rows);
	inspector_resize(s->shown, s->rows, s->cols);
	if (!wr_ok(&w) || (lane_any_resize(&s->lane, s->cols, s->rows, &s->orders) ?
		!release_put(&s->release, STEP_NOWHERE, 0, FRAME_RESIZE, buf_rd(&b)) :
		!release_put(&s->release, STEP_EDGE, EDGE_RESIZE, FRAME_RESIZE, buf_rd(&b))))
		session_record_failed(s, "more than the gate holds");
	session_go_on(s);
	return 0;
}

static int on_signal(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct rd body = in->body;
	uint8_t signal;

	if (!rd_u8(&in->body, &signal))
		return -EBADMSG;
	if (s->phase == PHASE_JOINED && !s->lane.line &&
	    !release_put(&s->release, STEP_EDGE, EDGE_SIGNAL, FRAME_NOTE, body))
		session_record_failed(s, "more than the gate holds");
	return 0;
}

/* 0: nothing said; 1: it said who it is. */
static const struct ipc_row program_rows[] = {
	{ SESSION_HELLO, "hello", 1 << 0, true, 3, IPC_BODY_MAX, on_hello },
	{ SESSION_RESIZE, "resize", 1 << 1, false, 0, 4, on_resize },
	{ SESSION_SIGNAL, "signal", 1 << 1, false, 0, 1, on_signal },
};
static const struct ipc_table program_table = { "gate-session", program_rows, ARRAY_LEN(program_rows) };

static void on_program_closed(void *ctx, int err)
{
	struct session *s = ctx;

	if (err < 0)
		s->gate->calls->refused("session", ipc_refusal(s->program));
	ipc_free(&s->program);
	if (s->phase == PHASE_HELLO)
		s->status = 1;
	if (s->phase == PHASE_OPENING || s->phase == PHASE_ASKING)
		gate_begin_leave(s, 1);
	session_end(s, err < 0 ? "the session program broke its protocol" : "the engineer's connection closed",
	    err < 0 ? "gate" : "engineer");
}

void gate_begin_accept(struct gate *g, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct session *s;

	if (g->n_sessions >= GATE_SESSIONS_MAX || fd_set_nonblock(fd, true) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
		fd_close(&fd);
		return;
	}
	s = session_new(g);
	s->peer_uid = peer.uid;
	if (ipc_new(g->loop, fd, &program_table, s, on_program_closed, &s->program) < 0)
		session_free(&s);
}

void gate_begin_forward(struct gate *g, int fd, struct rd asset)
{
	int other = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* what is watched for reading and for writing apart */
	struct session *s;

	if (g->n_sessions >= GATE_SESSIONS_MAX || other < 0) {
		fd_close(&fd);
		fd_close(&other);
		return;
	}
	s = session_new(g);
	s->in_fd = fd;
	s->out_fd = other;
	s->is_forward = true;
	s->phase = PHASE_WHO;
	if (!copy_name(s->asset, asset) || fd_set_nonblock(fd, true) < 0)
		session_end(s, "no asset has this address", "gate");
	else if (g->is_known)
		gate_begin_known(s);
	else
		gate_begin_who(s);
	session_rewatch(s);
	session_plan(s);
}

/* --- the grant -------------------------------------------------------------------------------------------- */

static void join_if_ready(struct session *s);

static bool keepers_of(const struct session *s, struct recording_keeper *k)
{
	const struct desk_granted *g = &s->grant;

	if (g->n_keepers < 2)
		return false;
	for (uint32_t i = 0; i < g->n_keepers; i++) {
		k[i].name = g->keeper[i].name;
		if (!age_recipient_parse(g->keeper[i].recipient, &k[i].recipient))
			return false;
	}
	return true;
}

/* Files may come: then there is where to keep them before the first byte does. */
static bool ask_spool(struct session *s)
{
	struct gate_log *log = s->log;

	if (s->kind == SESSION_SHELL || s->is_forward || log->is_spool_asked)
		return true;
	log->is_spool_asked = true;
	return recorder_spool(s->recorder);
}

void gate_begin_spool(struct session *s)
{
	join_if_ready(s);
}

static bool start_recording(struct session *s)
{
	struct recording_keeper k[RECORDING_KEEPERS_MAX];
	struct buf shares[RECORDING_KEEPERS_MAX];
	struct recording rec;
	bool ok = keepers_of(s, k);
	uint32_t n = s->grant.n_keepers;

	for (uint32_t i = 0; i < RECORDING_KEEPERS_MAX; i++)
		buf_init(&shares[i], RECORDING_SHARE_MAX);
	ok = ok && recording_start(&rec, k, n, random_system(), shares);
	for (uint32_t i = 0; ok && i < n; i++)
		ok = recorder_share(s->recorder, rec.id, k[i].name, buf_rd(&shares[i]));
	ok = ok && recorder_reel(s->recorder, rec.id, 1) && ask_spool(s);
	for (uint32_t i = 0; i < RECORDING_KEEPERS_MAX; i++)
		buf_wipe(&shares[i]);
	if (!ok)
		return false;
	sealer_init(&s->tape, &rec, random_system());
	s->has_tape = s->wants_reel = true;
	return true;
}

static int on_granted(struct session *s, struct ipc_in *in)
{
	struct rd body;

	if (!rd_take(&in->body, in->body.len, &body) || !buf_put_rd(&s->granted, body))
		return -EBADMSG;
	body = buf_rd(&s->granted);
	if (!desk_granted_read(&body, &s->grant) || body.len)
		return -EBADMSG;
	s->edge_fd = in->fd[0];
	in->fd[0] = -1;
	s->log = s->grant.is_intercept ? &s->gate->intercept : &s->gate->core;
	s->recorder = &s->log->link;
	s->phase = PHASE_STARTING;
	s->waiting_ns = loop_now_ns(s->gate->loop);
	if (s->has_waited)
		gate_terminal_say(s, "Granted. What is typed and shown from here on is recorded.\n");
	if (!start_recording(s))
		fail(s, "the session cannot be recorded, so it does not begin; tell the operator");
	session_rewatch(s);
	session_plan(s);
	return 0;
}

/* --- ready to join -------------------------------------------------------------------------------------------------- */

/* Whether what he types may reach a command is judged before the command is. */
static bool knows_input(struct session *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct desk_judge j = { .id = INPUT_ASK, .act = rd_str("input"), .command = s->command };

	if (s->kind != SESSION_EXEC || !rd_is(&s->grant.protocol, "ssh") || s->is_input_judged || s->command.len > DESK_COMMAND_MAX)
		return true;
	if (s->is_input_asked)
		return false;
	s->is_input_asked = true;
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	desk_judge_write(&w, &j);
	if (!wr_ok(&w))
		return true;
	to_desk(s, DESK_JUDGE, &b);
	return false;
}

static const char held_text[] = "an officer holds the session";

static void join_if_ready(struct session *s)
{
	if (s->phase != PHASE_STARTING || s->n_shared < s->grant.n_keepers || s->tape.fd < 0 ||
	    (s->log->is_spool_asked && !s->log->is_spool_settled) || !knows_input(s))
		return;
	if (gate_record_opened(s) && (!s->is_held || gate_record_held(s, s->held_by, held_text)))
		gate_join(s);
	else
		session_record_failed(s, "the record does not take it");
}

void gate_begin_reel(struct session *s, const struct record_reel *a, int fd)
{
	s->wants_reel = false;
	if (fd < 0 || !sealer_reel(&s->tape, a->reel, fd))
		session_record_failed(s, "there is no room for the recording");
	else
		join_if_ready(s);
}

void gate_begin_share(struct session *s, const struct record_share *a)
{
	if (a->why.len) {
		session_record_failed(s, "the keepers' shares cannot be stored");
		return;
	}
	s->n_shared++;
	join_if_ready(s);
}

/* --- from deskd ------------------------------------------------------------------------------------------------ */

static int on_asks(struct session *s, struct ipc_in *in)
{
	uint8_t what;

	if (!rd_u8(&in->body, &what) || what < 1 || what > 3)
		return -EBADMSG;
	if (s->phase != PHASE_OPENING)
		return 0;
	if (!s->has_tty) {
		gate_terminal_say(s, "%s", how_to_say_why);
		gate_begin_leave(s, 1);
		return 0;
	}
	s->phase = PHASE_ASKING;
	gate_terminal_ask(s, what);
	session_rewatch(s);
	return 0;
}

/* One line as a terminal and a record may have it. */
static void copy_reason(char out[DESK_REASON_MAX + 1], struct rd in)
{
	struct rd rest = in;
	uint32_t rune;

	memset(out, 0, DESK_REASON_MAX + 1);
	while (rd_rune(&rest, &rune))
		if (rune < ' ' || (rune >= 0x7f && rune <= 0x9f))
			return;
	if (rest.len == 0 && in.len <= DESK_REASON_MAX)
		(void)!rd_copy(&in, (uint8_t *)out, in.len);
}

static void keep_verdict(struct session *s, bool allow, struct rd cls, struct rd text)
{
	s->rule[0] = s->cls[0] = s->refusal[0] = '\0';
	(void)!copy_name(s->cls, cls);
	if (allow && text.len <= EVENT_NAME_MAX)
		(void)!copy_name(s->rule, text);
	else if (!allow)
		copy_reason(s->refusal, text);
}

static int on_verdict(struct session *s, struct ipc_in *in)
{
	struct rd text, cls;
	uint32_t id;
	uint8_t verdict;

	if (!rd_u32(&in->body, &id) || !rd_u8(&in->body, &verdict) || verdict > LANE_ASK ||
	    !rd_part16(&in->body, DESK_NAME_MAX, &cls) || !rd_part16(&in->body, DESK_TEXT_MAX, &text))
		return -EBADMSG;
	if (id == INPUT_ASK && s->phase == PHASE_STARTING) {
		s->is_input_judged = true;
		s->may_input = verdict == LANE_ALLOW;
		join_if_ready(s);
	}
	if (s->phase != PHASE_JOINED || id == INPUT_ASK)
		return 0;
	if (verdict == LANE_ASK) {
		for (size_t i = 0; i < s->n_asks; i++)
			if (s->ask[i].is_sent && s->ask[i].id == id)
				s->ask[i].since_ns = 0;
		gate_terminal_say(s, "%% waiting for an officer's approval\n");
	} else {
		keep_verdict(s, verdict == LANE_ALLOW, cls, text);
		gate_orders_verdict(s, id, verdict == LANE_ALLOW);
	}
	session_go_on(s);
	return 0;
}

/* The first file that waits; deskd answers files and ceilings with the same message. */
static int on_hold(struct session *s, struct ipc_in *in)
{
	struct rd name;
	uint8_t hold;
	bool ok;

	if (!rd_u8(&in->body, &hold) || hold > 1 || !rd_part16(&in->body, DESK_NAME_MAX, &name))
		return -EBADMSG;
	if ((s->phase != PHASE_STARTING && s->phase != PHASE_JOINED) || s->is_held == (hold == 1))
		return 0;
	(void)snprintf(s->held_by, sizeof(s->held_by), "officer");
	(void)!copy_name(s->held_by, name);
	gate_terminal_say(s, hold ? "\nslagboom: held by an officer\n" : "\nslagboom: it goes on\n");
	s->is_held = hold == 1;
	if (s->phase == PHASE_STARTING)
		return 0; /* recorded once it is opened */
	ok = hold ? gate_record_held(s, s->held_by, held_text) : gate_record_resumed(s, s->held_by, "an officer lets it go on");
	if (!ok)
		session_record_failed(s, "the record does not take it");
	session_go_on(s);
	return 0;
}

static int on_end(struct session *s, struct ipc_in *in)
{
	char why[200] = "", by[DESK_NAME_MAX + 1] = "officer";
	struct rd text, name;

	if (!rd_part16(&in->body, DESK_TEXT_MAX, &text) || !rd_part16(&in->body, DESK_NAME_MAX, &name))
		return -EBADMSG;
	(void)snprintf(why, sizeof(why), "%.*s", (int)(text.len < sizeof(why) ? text.len : sizeof(why) - 1), (const char *)text.p);
	(void)!copy_name(by, name);
	s->status = 1;
	session_end(s, why, by);
	return 0;
}

static int on_text(struct session *s, struct ipc_in *in, bool last)
{
	struct rd text;

	if (!rd_part16(&in->body, DESK_TEXT_MAX, &text))
		return -EBADMSG;
	if (s->phase >= PHASE_ENDING)
		return 0;
	gate_terminal_line(s, text);
	s->has_waited = s->phase == PHASE_OPENING && s->has_tty;
	if (s->has_waited)
		buf_reset(&s->typed.line);
	if (last) {
		s->status = 1;
		session_end(s, "refused", "desk");
	}
	return 0;
}

static int on_receipt(struct session *s, struct ipc_in *in)
{
	struct rd text;

	if (!rd_part16(&in->body, DESK_TEXT_MAX, &text))
		return -EBADMSG;
	session_receipt(s, text);
	return 0;
}

int gate_begin_desk(struct session *s, unsigned type, struct ipc_in *in)
{
	switch (type) {
	case DESK_TEXT:
		return on_text(s, in, false);
	case DESK_ASKS:
		return on_asks(s, in);
	case DESK_GRANTED:
		return s->phase == PHASE_OPENING ? on_granted(s, in) : -EBADMSG;
	case DESK_REFUSED:
		return on_text(s, in, true);
	case DESK_VERDICT:
		return on_verdict(s, in);
	case DESK_LIMITS:
		return gate_ceiling_limits(s, in);
	case DESK_RAISED:
		return gate_ceiling_raised(s, in);
	case DESK_END:
		return on_end(s, in);
	case DESK_HOLD:
		return on_hold(s, in);
	case DESK_RECEIPT:
		return on_receipt(s, in);
	case DESK_WATCH:
		gate_tap_open(s, in->fd[0]);
		in->fd[0] = -1;
		return 0;
	default:
		return -EBADMSG;
	}
}
