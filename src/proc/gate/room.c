/*
 * Is:        the gate of one room (contracts in the header).
 * Is not:    a process or a session.
 * Called by: gate.c; tests and fuzzing.
 * Owns:      struct gate.
 * Trust:     the room is hostile.
 */
#include "proc/gate/room.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/start.h"
#include "inspect/plan.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/gate/begin.h"
#include "proc/gate/gate.h"
#include "proc/gate/grammar.h"
#include "proc/gate/session.h"
#include "proc/gate/ssh_inside.h"
#include "proc/gate/state.h"
#include "proc/gate/terminal.h"
#include "proc/members_link.h"
#include "proc/talk/door_proto.h"
#include "proc/talk/gate_proto.h"

enum { LISTENERS_MAX = 64, LISTEN_GATE = 0, LISTEN_TCP = 2, SSH_PORT = 22 };

/* A listening socket in the room. */
struct listener {
	struct list node;
	struct gate *gate;
	int fd;
	uint8_t kind;
	uint16_t port;
	struct loop_watch *watch;
};

static struct session *session_of(struct gate *g, uint32_t n)
{
	LIST_EACH(it, &g->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->n == n)
			return s;
	}
	return NULL;
}

/* --- deskd ------------------------------------------------------------------------------------------- */

static int on_known(void *ctx, struct ipc_in *in)
{
	struct gate *g = ctx;
	struct rd name[2];
	char *to[2] = { g->engineer, g->supplier };
	uint32_t n;

	if (!rd_u32(&in->body, &n) || n != 0 || !g->is_asked)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		if (!rd_part16(&in->body, DESK_NAME_MAX, &name[i]) || !event_name_ok(name[i]))
			return -EBADMSG;
		memset(to[i], 0, DESK_NAME_MAX + 1);
		if (!rd_copy(&name[i], (uint8_t *)to[i], name[i].len))
			return -EBADMSG;
	}
	g->is_known = true;
	LIST_EACH(it, &g->sessions)
		gate_begin_known(CONTAINER_OF(it, struct session, node));
	return 0;
}

static int on_unknown(void *ctx, struct ipc_in *in)
{
	struct gate *g = ctx;
	struct rd text;
	uint32_t n;

	if (!rd_u32(&in->body, &n) || n != 0 || !rd_part16(&in->body, DESK_TEXT_MAX, &text))
		return -EBADMSG;
	LIST_EACH(it, &g->sessions)
		gate_begin_unknown(CONTAINER_OF(it, struct session, node), text);
	return 0;
}

/* The list that was asked for without a session's number. */
static int on_list(struct gate *g, struct ipc_in *in)
{
	struct rd text;

	if (!rd_part16(&in->body, DESK_TEXT_MAX, &text))
		return -EBADMSG;
	LIST_EACH(it, &g->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->phase != PHASE_OPENING || s->asset[0])
			continue;
		gate_terminal_line(s, text);
		session_end(s, "listed", "engineer");
	}
	return 0;
}

static int on_desk(struct gate *g, struct ipc_in *in, unsigned type)
{
	struct session *s;
	uint32_t n;

	if (!rd_u32(&in->body, &n))
		return -EBADMSG;
	if (n == 0 && type == DESK_TEXT)
		return on_list(g, in);
	s = session_of(g, n);
	if (s)
		return gate_begin_desk(s, type, in);
	/* Of one that is over. */
	return rd_skip(&in->body, in->body.len) ? 0 : -EBADMSG;
}

#define ON_DESK(name, type)                                        \
	static int on_##name(void *ctx, struct ipc_in *in)         \
	{                                                          \
		return on_desk(ctx, in, type);                     \
	}
ON_DESK(text, DESK_TEXT)
ON_DESK(asks, DESK_ASKS)
ON_DESK(granted, DESK_GRANTED)
ON_DESK(refused, DESK_REFUSED)
ON_DESK(verdict, DESK_VERDICT)
ON_DESK(limits, DESK_LIMITS)
ON_DESK(raised, DESK_RAISED)
ON_DESK(end, DESK_END)
ON_DESK(hold, DESK_HOLD)
ON_DESK(watch, DESK_WATCH)
ON_DESK(receipt, DESK_RECEIPT)

static const struct ipc_row desk_rows[] = {
	{ DESK_KNOWN, "known", 1 << 0, false, 0, IPC_BODY_MAX, on_known },
	{ DESK_UNKNOWN, "unknown", 1 << 0, false, 0, IPC_BODY_MAX, on_unknown },
	{ DESK_TEXT, "text", 1 << 0, false, 0, IPC_BODY_MAX, on_text },
	{ DESK_ASKS, "asks", 1 << 0, false, 0, 5, on_asks },
	{ DESK_GRANTED, "granted", 1 << 0, false, 1, IPC_BODY_MAX, on_granted },
	{ DESK_REFUSED, "refused", 1 << 0, false, 0, IPC_BODY_MAX, on_refused },
	{ DESK_VERDICT, "verdict", 1 << 0, false, 0, IPC_BODY_MAX, on_verdict },
	{ DESK_LIMITS, "limits", 1 << 0, false, 0, 21, on_limits },
	{ DESK_RAISED, "raised", 1 << 0, false, 0, 21, on_raised },
	{ DESK_END, "end", 1 << 0, false, 0, IPC_BODY_MAX, on_end },
	{ DESK_HOLD, "hold", 1 << 0, false, 0, 7 + DESK_NAME_MAX, on_hold },
	{ DESK_WATCH, "watch", 1 << 0, false, 1, 4, on_watch },
	{ DESK_RECEIPT, "receipt", 1 << 0, false, 0, IPC_BODY_MAX, on_receipt },
};
static const struct ipc_table desk_table = { "gate-desk", desk_rows, ARRAY_LEN(desk_rows) };

/* Without a desk nothing new is judged: commands that wait end their session in time, and
 * who has not begun does not begin. */
static void on_desk_closed(void *ctx, int err)
{
	struct gate *g = ctx;

	if (err < 0)
		g->calls->refused("deskd", ipc_refusal(g->desk));
	ipc_free(&g->desk);
	g->is_asked = g->is_known = false;
	gate_room_end(g, "the desk is gone", "gate");
}

/* --- evidenced ------------------------------------------------------------------------------------------ */

/* The callbacks' context is the log's link in struct gate; which of the two, its `log` says. */
static struct gate *gate_of(struct recorder_link *r)
{
	struct gate_log *log = CONTAINER_OF(r, struct gate_log, link);

	return log->gate;
}

static void on_durable(void *ctx, uint64_t token)
{
	struct recorder_link *r = ctx;

	LIST_EACH(it, &gate_of(r)->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->recorder == r)
			session_durable(s, token);
	}
}

static void on_gone(void *ctx)
{
	struct recorder_link *r = ctx;
	struct gate_log *log = CONTAINER_OF(r, struct gate_log, link);

	log->is_spool_asked = log->is_spool_settled = false;
	LIST_EACH(it, &log->gate->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->recorder == r && s->has_tape)
			session_record_failed(s, "the record is gone");
	}
}

static struct session *taped(struct recorder_link *r, struct rd id)
{
	LIST_EACH(it, &gate_of(r)->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		struct rd own = rd_of(s->tape.rec.id, RECORDING_ID_LEN);
		if (s->has_tape && s->recorder == r && rd_equal(&own, &id))
			return s;
	}
	return NULL;
}

static void on_reel(void *ctx, const struct record_reel *a, int fd)
{
	struct session *s = taped(ctx, a->recording);

	if (s && s->phase < PHASE_CLOSING)
		gate_begin_reel(s, a, fd);
	else
		fd_close(&fd);
}

static void on_share(void *ctx, const struct record_share *a)
{
	struct session *s = taped(ctx, a->recording);

	if (s)
		gate_begin_share(s, a);
}

static void on_spool(void *ctx, int fd)
{
	struct recorder_link *r = ctx;
	struct gate_log *log = CONTAINER_OF(r, struct gate_log, link);

	spool_take(&log->spool, fd);
	log->is_spool_settled = true;
	LIST_EACH(it, &log->gate->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		if (s->log == log)
			gate_begin_spool(s);
	}
}

static const struct recorder_calls recorder_calls = { on_durable, on_gone, on_reel, on_share, on_spool };

/* --- the room --------------------------------------------------------------------------------------------- */

static void listener_free(struct listener *l)
{
	list_remove(&l->node);
	loop_unwatch(l->gate->loop, &l->watch);
	fd_close(&l->fd);
	mem_free(&l);
}

/* The address that was called is the asset's: "127.1.2.3 NAME" a line; 127.2 of elements of SSH, which
 * have no lane here, but words (door_proto.h). */
static bool asset_of(struct gate *g, int fd, struct rd *out, bool *out_has_lane)
{
	struct sockaddr_in a = { .sin_family = AF_UNSPEC };
	socklen_t len = sizeof(a);
	struct rd all = buf_rd(&g->hosts), line, address;
	char text[INET_ADDRSTRLEN];

	if (getsockname(fd, (struct sockaddr *)&a, &len) < 0 || a.sin_family != AF_INET ||
	    !inet_ntop(AF_INET, &a.sin_addr, text, sizeof(text)))
		return false;
	while (rd_until(&all, '\n', &line))
		if (rd_token(&line, &address) && rd_is(&address, text)) {
			*out_has_lane = rd_word(&address, "127.1.");
			return rd_token(&line, out);
		}
	return false;
}

static void on_accept(void *ctx, uint32_t events)
{
	struct listener *l = ctx;
	struct rd asset;
	bool has_lane = false;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return; /* it comes again */
	if (l->kind == LISTEN_GATE)
		gate_begin_accept(l->gate, fd);
	else if (l->kind != LISTEN_TCP || !asset_of(l->gate, fd, &asset, &has_lane))
		fd_close(&fd);
	else if (!has_lane || l->port == SSH_PORT)
		ssh_inside_accept(l->gate, fd, asset);
	else
		gate_begin_forward(l->gate, fd, asset);
}

static int on_room(void *ctx, struct ipc_in *in)
{
	struct gate *g = ctx;
	struct listener *l;
	uint16_t port;
	uint8_t kind;
	size_t n = 0;

	LIST_EACH(it, &g->listeners)
		n++;
	if (!rd_u8(&in->body, &kind) || !rd_u16(&in->body, &port) || n == LISTENERS_MAX)
		return -EBADMSG;
	l = mem_new(1, sizeof(*l));
	*l = (struct listener){ .gate = g, .fd = in->fd[0], .kind = kind, .port = port };
	in->fd[0] = -1;
	list_init(&l->node);
	list_append(&g->listeners, &l->node);
	if (fd_set_nonblock(l->fd, true) < 0 || loop_watch(g->loop, l->fd, EPOLLIN, on_accept, l, &l->watch) < 0) {
		listener_free(l);
		return -EBADMSG;
	}
	return 0;
}

static int on_hosts(void *ctx, struct ipc_in *in)
{
	struct gate *g = ctx;
	struct rd text;

	return rd_take(&in->body, in->body.len, &text) && buf_put_rd(&g->hosts, text) ? 0 : -EBADMSG;
}

static int on_who(void *ctx, struct ipc_in *in)
{
	struct gate *g = ctx;
	struct gate_who *who = &g->who;
	struct rd login, address, key;

	if (!rd_u32(&in->body, &who->uid) || !rd_part8(&in->body, GATE_WHO_TEXT_MAX, &login) ||
	    !rd_part8(&in->body, GATE_WHO_TEXT_MAX, &address) || !rd_part8(&in->body, GATE_WHO_TEXT_MAX, &key))
		return -EBADMSG;
	who->is_told = buf_put_rd(&who->login, login) && buf_put_rd(&who->address, address) &&
	    buf_put_str(&who->auth, "fingerprint ") && buf_put_rd(&who->auth, key);
	if (!who->is_told)
		return -EBADMSG;
	LIST_EACH(it, &g->sessions)
		gate_begin_who(CONTAINER_OF(it, struct session, node));
	ssh_inside_who(g);
	return 0;
}

static int on_room_end(void *ctx, struct ipc_in *in)
{
	struct rd text;
	uint8_t he_left;
	char why[GATE_WHO_TEXT_MAX + 1];

	if (!rd_u8(&in->body, &he_left) || he_left > 1 || !rd_part8(&in->body, GATE_WHO_TEXT_MAX, &text))
		return -EBADMSG;
	(void)snprintf(why, sizeof(why), "%.*s", (int)text.len, (const char *)text.p);
	gate_room_end(ctx, he_left ? "the engineer's connection closed" : why, he_left ? "engineer" : "door");
	return 0;
}

static const struct ipc_row door_rows[] = {
	{ GATE_ROOM, "room", 1 << 0, false, 1, 3, on_room },
	{ GATE_HOSTS, "hosts", 1 << 0, false, 0, IPC_BODY_MAX, on_hosts },
	{ GATE_WHO, "who", 1 << 0, true, 0, 4 + 3 * (1 + GATE_WHO_TEXT_MAX), on_who },
	{ GATE_END, "end", 1 << 0, true, 0, 2 + GATE_WHO_TEXT_MAX, on_room_end },
};
static const struct ipc_table door_table = { "gate-door", door_rows, ARRAY_LEN(door_rows) };

static void on_door_closed(void *ctx, int err)
{
	struct gate *g = ctx;

	if (err < 0)
		g->calls->refused("door", ipc_refusal(g->door));
	ipc_free(&g->door);
	gate_room_end(g, "the engineer's connection closed", "engineer");
}

void gate_room_end(struct gate *g, const char *why, const char *by)
{
	LIST_EACH(it, &g->sessions)
		session_end(CONTAINER_OF(it, struct session, node), why, by);
}

void gate_room_stop(struct gate *g)
{
	g->is_stopping = true;
	gate_room_end(g, "the gate was stopped", "gate");
	if (g->n_sessions == 0)
		g->calls->stopped();
}

/* --- life --------------------------------------------------------------------------------------------------- */

int gate_room_prepare(struct gate *g, const char *own, const char *installed)
{
	struct plan_error why;

	crypto_start();
	g->grammars = gate_grammars_load(own, installed);
	return plan_parse(plan_default_text(), &g->plan, &why);
}

void gate_room_start(struct gate *g, struct loop *l, const struct gate_calls *calls)
{
	uint64_t key[2];

	g->loop = l;
	g->calls = calls;
	random_seed(key);
	g->members = members_link_new(key);
	mem_wipe(key, sizeof(key));
	list_init(&g->sessions);
	list_init(&g->listeners);
	list_init(&g->inside);
	farewell_init(&g->farewell, l);
	buf_init(&g->address, SESSION_TEXT_MAX);
	buf_init(&g->hosts, HOSTS_MAX);
	buf_init(&g->who.login, GATE_WHO_TEXT_MAX);
	buf_init(&g->who.address, GATE_WHO_TEXT_MAX);
	buf_init(&g->who.auth, 2 * GATE_WHO_TEXT_MAX);
	g->core.gate = g->intercept.gate = g;
	spool_init(&g->core.spool, GATE_SPOOL_MAX, GATE_SPOOL_HELD, random_system());
	spool_init(&g->intercept.spool, GATE_SPOOL_MAX, GATE_SPOOL_HELD, random_system());
	recorder_init(&g->core.link, l);
	recorder_init(&g->intercept.link, l);
	recorder_watch(&g->core.link, &recorder_calls, &g->core.link);
	recorder_watch(&g->intercept.link, &recorder_calls, &g->intercept.link);
}

void gate_room_done(struct gate *g)
{
	if (!g->loop)
		return;
	g->is_stopping = false;
	LIST_EACH(it, &g->sessions) {
		struct session *s = CONTAINER_OF(it, struct session, node);
		session_free(&s);
	}
	LIST_EACH(it, &g->listeners)
		listener_free(CONTAINER_OF(it, struct listener, node));
	ssh_inside_done(g);
	farewell_done(&g->farewell);
	ipc_free(&g->door);
	ipc_free(&g->desk);
	recorder_done(&g->core.link);
	recorder_done(&g->intercept.link);
	spool_done(&g->core.spool);
	spool_done(&g->intercept.spool);
	buf_done(&g->address);
	buf_done(&g->hosts);
	buf_done(&g->who.login);
	buf_done(&g->who.address);
	buf_done(&g->who.auth);
	gate_grammars_free(&g->grammars);
	plan_free(&g->plan);
	members_link_free(&g->members);
}

int gate_room_link(struct gate *g, struct rd peer, int fd)
{
	if (rd_is(&peer, "evidenced-core"))
		return recorder_linked(&g->core.link, fd);
	if (rd_is(&peer, "evidenced-intercept"))
		return recorder_linked(&g->intercept.link, fd);
	if (rd_is(&peer, "tokend")) {
		members_link_linked(g->members, fd);
		return 0;
	}
	if (rd_is(&peer, "deskd")) {
		ipc_free(&g->desk);
		return ipc_new(g->loop, fd, &desk_table, g, on_desk_closed, &g->desk);
	}
	if (rd_is(&peer, "door") && !g->door)
		return ipc_new(g->loop, fd, &door_table, g, on_door_closed, &g->door);
	fd_close(&fd);
	return -EINVAL;
}
