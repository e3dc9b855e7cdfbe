/*
 * Is:        the life of a room: made, waiting, open, ending, gone.
 * Is not:    its gate (door_room_gate.c) or what is told of it (door_room_log.c).
 * Called by: door.c.
 * Owns:      the room's first process, its listeners, its place in the limits.
 * Trust:     what is in the room may have been taken over.
 */
#include "proc/door/door_room.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/spawn.h"
#include "proc/broker_link.h"
#include "proc/door/door_room_int.h"
#include "proc/door/room.h"
#include "proc/talk/session_proto.h"

/* sshd has 60 s for a login; this is for one that hangs. */
#define LOGIN_PATIENCE_NS (70ull * NS_PER_S)
#define MAKING_PATIENCE_NS (10ull * NS_PER_S)
/* For a gate to close the record of its sessions. */
#define GATE_PATIENCE_NS (4ull * NS_PER_S)
/* For him to read why. */
#define TURNED_AWAY_NS (5ull * NS_PER_S)

const char *const door_peer_names[PEERS] = { "evidenced-core", "evidenced-intercept", "tokend", "deskd", "keyd" };

static void close_listeners(struct door_room *r)
{
	for (size_t i = 0; i < r->n_listeners; i++) {
		loop_unwatch(r->world->loop, &r->listener[i].watch);
		fd_close(&r->listener[i].fd);
	}
	r->n_listeners = 0;
}

static bool is_gone(const struct door_room *r)
{
	bool gone = r->pid == 0 && !passing_is_up(&r->gate);

	for (size_t i = 0; i < ROOM_EDGES_MAX; i++)
		gone = gone && !r->edge[i];
	return gone;
}

static void room_free(struct door_room *r)
{
	struct loop *l = r->world->loop;

	list_remove(&r->in);
	close_listeners(r);
	if (r->pid > 0) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, 0);
	}
	loop_unwatch(l, &r->pid_watch);
	fd_close(&r->pidfd);
	fd_close(&r->client);
	ipc_free(&r->control);
	ipc_free(&r->gate_link);
	ipc_free(&r->turned_link);
	spoken_done(&r->log);
	passing_done(&r->gate);
	for (size_t i = 0; i < ROOM_EDGES_MAX; i++) {
		if (r->edge[i])
			passing_done(&r->edge[i]->process);
		mem_free(&r->edge[i]);
	}
	loop_timer_clear(l, &r->watchdog);
	if (r->from)
		source_left(&r->world->sources, r->from, !r->logged_in);
	mem_free(&r);
}

/* The last of it is gone: now it can be told how it went. */
static void check_gone(struct door_room *r)
{
	struct door_world *w = r->world;

	if (r->state != ROOM_ENDS || !is_gone(r))
		return;
	room_tell_end(r);
	room_free(r);
	w->changed();
}

void room_process_ended(struct door_room *r, bool crashed)
{
	r->has_crashed = r->has_crashed || crashed;
	door_room_end(r, crashed ? "a process of it crashed" : "its gate ended it");
	check_gone(r);
}

static void kill_room(struct door_room *r)
{
	if (r->pid > 0)
		(void)kill(r->pid, SIGKILL);
}

void door_room_end(struct door_room *r, const char *how)
{
	if (r->state == ROOM_ENDS)
		return;
	r->state = ROOM_ENDS;
	(void)snprintf(r->how, sizeof(r->how), "%s", how);
	close_listeners(r);
	ipc_free(&r->turned_link);
	fd_close(&r->client);
	loop_timer_clear(r->world->loop, &r->watchdog);
	kill_room(r);
	room_gate_end(r, how, r->pid == 0 && !r->has_crashed);
	passing_end(&r->gate, GATE_PATIENCE_NS);
	for (size_t i = 0; i < ROOM_EDGES_MAX; i++)
		if (r->edge[i])
			passing_end(&r->edge[i]->process, GATE_PATIENCE_NS);
}

/* The room's first process says as a status how sshd was killed. */
static bool is_crash(int status)
{
	return WIFSIGNALED(status) || (WEXITSTATUS(status) > ROOM_SIGNALLED && WEXITSTATUS(status) != 255);
}

static const char *signal_name(int signal)
{
	const char *name = sigabbrev_np(signal);

	return name ? name : "unknown";
}

/* The first process is gone, and with it everything in its namespace. */
static void on_pidfd(void *ctx, uint32_t events)
{
	struct door_room *r = ctx;
	bool was_open = r->state == ROOM_IS_OPEN;
	int status = 0;
	char how[64];

	if (waitpid(r->pid, &status, WNOHANG) != r->pid)
		return;
	r->pid = 0;
	loop_unwatch(r->world->loop, &r->pid_watch);
	spoken_finish(&r->log);
	if (was_open && is_crash(status))
		r->has_crashed = true;
	if (r->state == ROOM_IN_MAKING && WIFSIGNALED(status))
		room_tell_failed(r, "it was killed in the making");
	(void)snprintf(how, sizeof(how), r->has_crashed ? "sshd was killed by SIG%s" : "the connection ended",
	    signal_name(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - ROOM_SIGNALLED));
	door_room_end(r, r->turned_away && !r->has_crashed ? r->turned_away : how);
	check_gone(r);
}

/* The room's first process, before it has a client. */

/* His session program says in his terminal why he is turned away. One at a time: the listener is not
 * watched until this one is told. */

static void next_turned_away(struct door_room *r)
{
	ipc_free(&r->turned_link);
	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listener[i].kind == ROOM_GATE_SOCKET && r->listener[i].watch &&
		    loop_rewatch(r->world->loop, r->listener[i].watch, EPOLLIN) < 0)
			door_room_end(r, r->turned_away);
}

/* What he asked for goes unread; his terminal, which came with it, is let go. */
static int on_turned_hello(void *ctx, struct ipc_in *in)
{
	struct door_room *r = ctx;

	in->body.len = 0;
	if (ipc_send(r->turned_link, SESSION_TURNED_AWAY, rd_str(r->turned_words)) != 0)
		door_room_end(r, r->turned_away);
	else
		next_turned_away(r);
	return 0;
}

static const struct ipc_row turned_rows[] = {
	{ SESSION_HELLO, "hello", 1 << 0, true, 3, IPC_BODY_MAX, on_turned_hello },
};
static const struct ipc_table turned_table = { "turned away", turned_rows, ARRAY_LEN(turned_rows) };

static void on_turned_closed(void *ctx, int err)
{
	next_turned_away(ctx);
}

static void turn_away_session(struct room_listener *l)
{
	struct door_room *r = l->room;
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (loop_rewatch(r->world->loop, l->watch, 0) < 0 ||
	    ipc_new(r->world->loop, fd, &turned_table, r, on_turned_closed, &r->turned_link) < 0)
		door_room_end(r, r->turned_away);
}

void room_turn_away(struct door_room *r, const char *why, const char *words)
{
	if (r->gate_was_up) {
		door_room_end(r, why); /* which then says so, as far as it got */
		return;
	}
	r->turned_away = why;
	r->turned_words = words;
	for (size_t i = 0; i < r->n_listeners; i++)
		if (r->listener[i].kind == ROOM_TCP) {
			loop_unwatch(r->world->loop, &r->listener[i].watch);
			fd_close(&r->listener[i].fd);
		}
	loop_timer_set(r->world->loop, &r->watchdog, TURNED_AWAY_NS);
}

/* keyd's links are for all rooms together: none gets more than its sshd needs, which is one. */
static void offer_host_keys(struct room_listener *l)
{
	struct door_room *r = l->room;
	struct ipc *keyd = r->world->peer[PEER_KEYD];
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (!keyd || r->n_host_keys == ROOM_HOST_KEYS_LINKS_MAX) {
		fd_close(&fd);
		if (keyd)
			door_room_end(r, "it asked for the host keys too often");
		return;
	}
	r->n_host_keys++;
	if (broker_offer(keyd, "host", fd) < 0)
		door_room_end(r, "keyd does not listen");
}

static void on_knock(void *ctx, uint32_t events)
{
	struct room_listener *l = ctx;

	if (l->kind != ROOM_HOST_KEYS && l->room->turned_away) {
		turn_away_session(l);
		return;
	}
	if (l->kind != ROOM_HOST_KEYS) {
		room_gate_start(l->room);
		room_gate_who(l->room);
		return;
	}
	offer_host_keys(l);
}

static int on_listens(void *ctx, struct ipc_in *in)
{
	struct door_room *r = ctx;
	struct room_listener *l = &r->listener[r->n_listeners];
	uint8_t n, kind;
	uint16_t port;

	if (!rd_u8(&in->body, &n) || n != 1 || !rd_u8(&in->body, &kind) || kind >= ROOM_KINDS ||
	    !rd_u16(&in->body, &port) || r->n_listeners == ROOM_LISTENERS_MAX)
		return -EBADMSG;
	*l = (struct room_listener){ .room = r, .kind = kind, .port = port, .fd = in->fd[0] };
	in->fd[0] = -1;
	r->n_listeners++;
	return 0;
}

static void open_room(struct door_room *r)
{
	int client = r->client, e;

	r->client = -1;
	e = ipc_send_fds(r->control, ROOM_GO, buf_rd(&r->world->host_keys), &client, 1);
	if (e == IPC_BUSY)
		fd_close(&client);
	for (size_t i = 0; e == 0 && i < r->n_listeners; i++)
		e = loop_watch(r->world->loop, r->listener[i].fd, EPOLLIN, on_knock, &r->listener[i], &r->listener[i].watch);
	r->state = ROOM_IS_OPEN;
	if (e != 0)
		door_room_end(r, "the room did not take its client");
}

static int on_ready(void *ctx, struct ipc_in *in)
{
	struct door_room *r = ctx;

	if (r->state != ROOM_IN_MAKING)
		return r->state == ROOM_ENDS ? 0 : -EBADMSG;
	r->state = ROOM_WAITS;
	if (r->client >= 0) {
		open_room(r);
		return 0;
	}
	loop_timer_clear(r->world->loop, &r->watchdog);
	r->world->changed();
	return 0;
}

static int on_failed(void *ctx, struct ipc_in *in)
{
	struct door_room *r = ctx;
	char why[256];

	(void)snprintf(why, sizeof(why), "%.*s", (int)(in->body.len < 200 ? in->body.len : 200), (const char *)in->body.p);
	in->body.len = 0;
	room_tell_failed(r, why);
	r->world->n_failed_in_row++;
	return 0;
}

static const struct ipc_row rows[] = {
	{ ROOM_LISTENS, "listens", 1 << 0, false, 1, 4, on_listens },
	{ ROOM_READY, "ready", 1 << 0, true, 0, 0, on_ready },
	{ ROOM_FAILED, "failed", 1 << 0, true, 0, 200, on_failed },
};
static const struct ipc_table table = { "room", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct door_room *r = ctx;

	/* It closes as it ends, and its status comes with that. */
	ipc_free(&r->control);
	if (err < 0)
		kill_room(r);
}

static void on_watchdog(void *ctx)
{
	struct door_room *r = ctx;

	if (r->turned_away) {
		door_room_end(r, r->turned_away);
		return;
	}
	r->was_late = r->from != NULL;
	if (!r->from)
		room_tell_failed(r, "it was not ready in time");
	door_room_end(r, "no login in time");
}

static int run_program(struct door_room *r, int control, int error)
{
	const struct door_world *w = r->world;
	char path[4200], uid[16], gid[16];
	const char *argv[] = { "slagboom-room", w->etc_path, w->libexec, uid, gid, w->has_otp ? "otp" : NULL, NULL };
	const char *envp[] = { "PATH=", "LANG=C.UTF-8", NULL };
	struct spawn_fd fds[] = { { error, 2 }, { control, ROOM_CONTROL_FD }, { w->etc_fd, ROOM_ETC_FD } };
	struct spawn s = { .path = path, .argv = argv, .envp = envp, .fds = fds, .n_fds = ARRAY_LEN(fds),
		.namespaces = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		    (w->uid ? CLONE_NEWUSER : 0) };

	(void)snprintf(path, sizeof(path), "%s/slagboom-room", w->libexec);
	(void)snprintf(uid, sizeof(uid), "%u", w->uid);
	(void)snprintf(gid, sizeof(gid), "%u", w->gid);
	return spawn(&s, &r->pid, &r->pidfd);
}

static int start(struct door_room *r)
{
	AUTO(fd_close) int theirs = -1;
	AUTO(fd_close) int error = -1;
	int pair[2], e = ipc_pair(pair);

	if (e < 0)
		return e;
	theirs = pair[1];
	e = ipc_new(r->world->loop, pair[0], &table, r, on_closed, &r->control);
	if (e == 0)
		e = spoken_open(&r->log, &error);
	if (e == 0)
		e = run_program(r, theirs, error);
	if (e == 0)
		e = loop_watch(r->world->loop, r->pidfd, EPOLLIN, on_pidfd, r, &r->pid_watch);
	return e;
}

static void on_gate_ended(void *ctx, struct passing *p, bool crashed)
{
	room_process_ended(ctx, crashed);
}

struct door_room *door_room_new(struct door_world *w)
{
	struct door_room *r = mem_new(1, sizeof(*r));
	int e;

	r->world = w;
	r->pidfd = r->client = -1;
	r->since_ns = clock_mono_ns();
	list_init(&r->in);
	list_append(&w->rooms, &r->in);
	(void)snprintf(r->name, sizeof(r->name), "gate-%llu", (unsigned long long)++w->n_rooms_ever % 1000000);
	(void)snprintf(r->user, sizeof(r->user), "nobody");
	loop_timer_init(&r->watchdog, on_watchdog, r);
	spoken_init(&r->log, w->loop, room_log_line, r);
	passing_init(&r->gate, w->loop, on_gate_ended, r);
	e = start(r);
	if (e < 0) {
		room_tell_failed(r, strerror(-e));
		room_free(r);
		return NULL;
	}
	loop_timer_set(w->loop, &r->watchdog, MAKING_PATIENCE_NS);
	return r;
}

/* As far as somebody is away, and never nearer: the way through tunnels and relays counts. */
static uint32_t least_round_trip(int client)
{
	struct tcp_info info = { .tcpi_min_rtt = 0 };
	socklen_t n = sizeof(info);

	if (getsockopt(client, IPPROTO_TCP, TCP_INFO, &info, &n) < 0 || n < offsetof(struct tcp_info, tcpi_min_rtt) +
	    sizeof(info.tcpi_min_rtt) || info.tcpi_min_rtt == UINT32_MAX)
		return 0;
	return info.tcpi_min_rtt;
}

void door_room_admit(struct door_room *r, int client, const uint8_t *address, struct source *from)
{
	memcpy(r->address, address, sizeof(r->address));
	r->round_trip_us = least_round_trip(client);
	r->from = from;
	r->client = client;
	r->since_ns = clock_mono_ns();
	loop_timer_set(r->world->loop, &r->watchdog, LOGIN_PATIENCE_NS);
	room_tell_connected(r);
	if (r->state == ROOM_WAITS)
		open_room(r);
}

struct door_room *door_room_find_waiting(struct door_world *w)
{
	LIST_EACH(it, &w->rooms) {
		struct door_room *r = CONTAINER_OF(it, struct door_room, in);
		if (r->state == ROOM_WAITS)
			return r;
	}
	return NULL;
}

size_t door_room_n_spare(const struct door_world *w)
{
	size_t n = 0;

	LIST_EACH(it, &w->rooms) {
		const struct door_room *r = CONTAINER_OF(it, struct door_room, in);
		n += r->state == ROOM_WAITS || (r->state == ROOM_IN_MAKING && !r->from);
	}
	return n;
}

size_t door_room_n(const struct door_world *w)
{
	size_t n = 0;

	LIST_EACH(it, &w->rooms)
		n++;
	return n;
}

void door_room_cut(struct door_world *w, struct rd gate)
{
	LIST_EACH(it, &w->rooms) {
		struct door_room *r = CONTAINER_OF(it, struct door_room, in);
		if (rd_is(&gate, r->name) && r->from)
			door_room_end(r, "cut by order of the desk");
	}
}

void door_room_end_spare(struct door_world *w)
{
	LIST_EACH(it, &w->rooms) {
		struct door_room *r = CONTAINER_OF(it, struct door_room, in);
		if (!r->from)
			door_room_end(r, "made from what is no longer so");
	}
}

void door_room_end_all(struct door_world *w, const char *how)
{
	LIST_EACH(it, &w->rooms)
		door_room_end(CONTAINER_OF(it, struct door_room, in), how);
}

void door_room_free_all(struct door_world *w)
{
	LIST_EACH(it, &w->rooms)
		room_free(CONTAINER_OF(it, struct door_room, in));
}
