/*
 * Is:        the lane and the edge of a session whose recording stands (contracts in the header).
 * Is not:    what came before (gate/begin.h).
 * Called by: gate/begin.c, gate/orders.c.
 * Owns:      nothing.
 * Trust:     the command and the variables are hostile.
 */
#include "proc/gate/join.h"

#include "os/ipc.h"
#include "proc/gate/gate.h"
#include "proc/gate/grammar.h"
#include "proc/gate/look.h"
#include "proc/gate/record.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"
#include "proc/talk/edge_proto.h"
#include "proto/ttymodes.h"

static bool is_line_protocol(struct rd p)
{
	return rd_is(&p, "telnet") || rd_is(&p, "line") || rd_is(&p, "tcp");
}

/* As the terminal there will have them: of the tamed modes. */
static void keys_of(const struct session *s, struct ttymodes_keys *keys)
{
	AUTO(buf_done) struct buf modes = { 0 };
	struct edge_open o = { .wants_tty = s->has_tty };

	gate_join_terminal(s, &o, &modes);
	ttymodes_keys(o.modes, keys);
}

static bool choose_lane(struct session *s, struct lane_any_config *c)
{
	struct rd p = s->grant.protocol;
	enum dialect d = DIALECT_GENERIC_LINE;

	*c = (struct lane_any_config){ .kind = LANE_SHELL, .guard = true, .input = s->may_input, .width = s->cols, .height = s->rows,
		.keys = TTYMODES_KEYS,
		.file_max = GATE_SPOOL_MAX, .total_max = UINT64_MAX, .hooks = gate_look_hooks(s) };
	if (is_line_protocol(p)) {
		c->kind = LANE_LINE;
		c->element_is_telnet = s->is_telnet = rd_is(&p, "telnet");
		c->engineer_is_telnet = s->is_forward;
		if (s->grant.dialect.len && !dialect_of(s->grant.dialect, &d))
			return false;
		return s->kind != SESSION_SUBSYSTEM && gate_grammars_find(s->gate->grammars, d, s->grant.asset, c);
	}
	if (!rd_is(&p, "ssh") || s->is_forward)
		return false;
	if (s->kind == SESSION_SUBSYSTEM && !rd_is(&s->command, "sftp"))
		return false;
	c->kind = s->kind == SESSION_SHELL ? LANE_SHELL : s->kind == SESSION_EXEC ? LANE_EXEC : LANE_SFTP;
	keys_of(s, &c->keys);
	return true;
}

void gate_join_terminal(const struct session *s, struct edge_open *o, struct buf *modes)
{
	buf_init(modes, TTYMODES_MAX);
	struct wr w = wr_to(modes);
	o->cols = s->cols;
	o->rows = s->rows;
	o->term = s->said.term;
	if (!o->wants_tty)
		return;
	ttymodes_tame(&w, s->said.modes);
	o->modes = buf_rd(modes);
}

void gate_join_env(const struct session *s, struct edge_open *o)
{
	for (uint32_t i = 0; i < s->said.n_env && o->n_env < EDGE_ENV_MAX; i++) {
		struct rd v = s->said.env[i];
		if (!rd_word(&v, "SLAGBOOM_"))
			o->env[o->n_env++] = s->said.env[i];
	}
}

static bool put_open(struct session *s, enum lane_kind kind)
{
	AUTO(buf_done) struct buf b = { 0 }, modes = { 0 };
	struct edge_open o = { .kind = kind == LANE_LINE ? EDGE_STREAM : kind == LANE_SHELL ? EDGE_SHELL : EDGE_SUBSYSTEM,
		.wants_tty = kind == LANE_SHELL && s->has_tty, .command = kind == LANE_SFTP ? rd_str("sftp") : rd_of(NULL, 0) };

	if (kind == LANE_EXEC)
		return true; /* the lane orders it, once the command was judged */
	gate_join_terminal(s, &o, &modes);
	gate_join_env(s, &o);
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	edge_open_write(&w, &o);
	return wr_ok(&w) && release_put(&s->release, STEP_EDGE, EDGE_OPEN, FRAME_NOTE, buf_rd(&b));
}

/* A command for an element of lines is typed for him. */
static void type_command(struct session *s)
{
	AUTO(buf_wipe) struct buf keys = { 0 };

	if (s->lane.kind != LANE_LINE || s->kind != SESSION_EXEC)
		return;
	buf_init(&keys, SESSION_COMMAND_MAX + 2);
	if (buf_put_rd(&keys, s->command) && buf_put_str(&keys, "\r\x04"))
		lane_any_feed(&s->lane, LANE_ENGINEER, false, buf_rd(&keys), &s->orders);
	s->engineer_eof = true;
}

/* What nobody here can read does not pass; which, and what to use in its place. */
static void refuse_lane(struct session *s)
{
	const bool netconf = s->kind == SESSION_SUBSYSTEM && rd_is(&s->command, "netconf");
	const char *why = netconf ? "NETCONF is not carried yet: the gate cannot read it; use a terminal or commands" :
	    s->kind == SESSION_SUBSYSTEM && !rd_is(&s->command, "sftp") ? "the gate knows no such subsystem; it has sftp" :
	    "the gate does not speak what this asset needs";

	s->status = 1;
	if (gate_record_refused(s, s->kind == SESSION_SUBSYSTEM ? "subsystem" : "lane", s->kind == SESSION_SUBSYSTEM ? s->command :
	    s->grant.protocol, why))
		session_end(s, why, "gate");
	else
		session_record_failed(s, "the record does not take it");
}

void gate_join(struct session *s)
{
	struct lane_any_config c;

	s->phase = PHASE_JOINED;
	s->began_ns = s->last_key_ns = s->release.began_ns = loop_now_ns(s->gate->loop);
	s->typed.asks = 0;
	if (!choose_lane(s, &c)) {
		refuse_lane(s);
		return;
	}
	if (session_join_edge(s) < 0 || !put_open(s, c.kind)) {
		session_record_failed(s, "more than the gate holds");
		return;
	}
	/* a command may draw on a terminal too */
	gate_look_init(s, (s->has_tty || s->is_forward) && c.kind != LANE_SFTP);
	lane_any_init(&s->lane, &c);
	s->has_lane = true;
	lane_any_start(&s->lane, s->command, &s->orders);
	type_command(s);
	session_go_on(s);
}
