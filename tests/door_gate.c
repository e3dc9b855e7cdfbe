/*
 * Is:        a gate for the door's tests: takes the room's listeners, greets whoever comes,
 *            and does what the command says.
 * Is not:    the gate. It records nothing.
 * Called by: tests/door, as slagboom-gate of a folder of its own.
 * Owns:      the sessions of one room.
 * Trust:     no input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "os/fd.h"
#include "proc/child.h"
#include "proc/talk/door_proto.h"
#include "proc/talk/gate_proto.h"
#include "proc/talk/session_proto.h"

enum { SESSIONS_MAX = 32, LISTENERS_MAX = 40 };

struct session {
	struct ipc *link;
	int in, out, err;
	struct loop_watch *in_watch;
	bool is_shell;
};

static struct {
	struct loop *loop;
	struct ipc *door;
	struct session session[SESSIONS_MAX];
	struct listener { int fd; uint8_t kind; struct loop_watch *watch; } listener[LISTENERS_MAX];
	size_t n_listeners;
} gate;

static void say(struct session *s, const char *text)
{
	if (fd_write_all(s->out, rd_str(text)) < 0)
		s->is_shell = false;
}

static void over(struct session *s)
{
	loop_unwatch(gate.loop, &s->in_watch);
	fd_close(&s->in);
	fd_close(&s->out);
	fd_close(&s->err);
	ipc_free(&s->link);
}

static void end_with(struct session *s, uint8_t kind, uint8_t value)
{
	uint8_t exit[2] = { kind, value };

	if (ipc_send(s->link, SESSION_EXIT, rd_of(exit, sizeof(exit))) != 0)
		child_exit(3);
	over(s);
}

static void end(struct session *s, uint8_t status)
{
	end_with(s, 0, status);
}

static void on_input(void *ctx, uint32_t events)
{
	struct session *s = ctx;
	uint8_t raw[4096];
	ssize_t n = read(s->in, raw, sizeof(raw));

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		end(s, 0);
		return;
	}
	if (fd_write_all(s->out, rd_of(raw, (size_t)n)) < 0 || (s->is_shell && raw[0] == 'q'))
		end(s, 7);
}

static void show(struct session *s, const char *name, struct rd value)
{
	char line[9000];

	(void)snprintf(line, sizeof(line), "%s=%.*s\n", name, (int)value.len, (const char *)value.p);
	say(s, line);
}

static void show_hello(struct session *s, const struct session_hello *h)
{
	static const char *const kinds[] = { "shell", "exec", "subsystem" };
	char line[64];

	show(s, "kind", rd_str(kinds[h->kind]));
	(void)snprintf(line, sizeof(line), "tty=%d %ux%u\n", h->has_tty, h->cols, h->rows);
	say(s, line);
	show(s, "login", h->login);
	show(s, "command", h->command);
	show(s, "term", h->term);
	show(s, "connection", h->connection);
	show(s, "auth", h->auth);
	for (uint32_t i = 0; i < h->n_env; i++)
		show(s, "env", h->env[i]);
}

static void obey(struct session *s, const struct session_hello *h)
{
	struct rd command = h->command;
	uint64_t status;

	if (h->kind == SESSION_SHELL)
		s->is_shell = true;
	if (h->kind == SESSION_SUBSYSTEM || rd_is(&command, "hello")) {
		show_hello(s, h);
		end(s, 0);
	} else if (rd_word(&command, "status ") && text_u64(command, &status)) {
		end(s, (uint8_t)status);
	} else if (rd_word(&command, "signal ") && text_u64(command, &status)) {
		end_with(s, 1, (uint8_t)status);
	} else if (rd_is(&command, "vanish")) {
		over(s);
	} else if (rd_is(&command, "crash")) {
		(void)kill(getpid(), SIGSEGV); /* not in its list: SIGSYS */
	} else if (rd_is(&command, "lie")) { /* what keyd alone tells */
		child_event(&(struct event){ .id = EVENT_CREDENTIAL_REMOVED, .value = { { .number = 0 }, { .bytes = rd_str("box") } } });
	} else if (rd_is(&command, "errors")) {
		if (fd_write_all(s->err, rd_str("to errors\n")) == 0)
			end(s, 0);
	} else {
		if (s->is_shell)
			show_hello(s, h);
		if (loop_watch(gate.loop, s->in, EPOLLIN, on_input, s, &s->in_watch) < 0)
			end(s, 1);
	}
}

static int on_hello(void *ctx, struct ipc_in *in)
{
	struct session *s = ctx;
	struct session_hello h;

	if (!session_hello_read(&in->body, &h))
		return -EBADMSG;
	s->in = in->fd[0];
	s->out = in->fd[1];
	s->err = in->fd[2];
	in->fd[0] = in->fd[1] = in->fd[2] = -1;
	obey(s, &h);
	return 0;
}

static int on_resize(void *ctx, struct ipc_in *in)
{
	uint16_t cols, rows;
	char line[64];

	if (!rd_u16(&in->body, &cols) || !rd_u16(&in->body, &rows))
		return -EBADMSG;
	(void)snprintf(line, sizeof(line), "resize %ux%u\n", cols, rows);
	say(ctx, line);
	return 0;
}

static int on_signal(void *ctx, struct ipc_in *in)
{
	uint8_t signal;

	if (!rd_u8(&in->body, &signal))
		return -EBADMSG;
	end(ctx, (uint8_t)(100 + signal));
	return 0;
}

static const struct ipc_row session_rows[] = {
	{ SESSION_HELLO, "hello", 1 << 0, true, 3, IPC_BODY_MAX, on_hello },
	{ SESSION_RESIZE, "resize", 1 << 0, false, 0, 4, on_resize },
	{ SESSION_SIGNAL, "signal", 1 << 0, false, 0, 1, on_signal },
};
static const struct ipc_table session_table = { "session", session_rows, ARRAY_LEN(session_rows) };

static void on_session_closed(void *ctx, int err)
{
	over(ctx);
}

static void on_lane(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof(a);
	char line[64];

	if (getsockname(fd, (struct sockaddr *)&a, &n) == 0) {
		uint32_t ip = ntohl(a.sin_addr.s_addr);
		(void)snprintf(line, sizeof(line), "lane %u.%u.%u.%u:%u\n", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255,
		    ntohs(a.sin_port));
		if (fd_write_all(fd, rd_str(line)) < 0)
			errno = 0;
	}
	fd_close(&fd);
}

static void on_listener(void *ctx, uint32_t events)
{
	struct listener *l = ctx;
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (l->kind == ROOM_TCP) {
		on_lane(fd);
		return;
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *s = &gate.session[i];
		if (s->link)
			continue;
		*s = (struct session){ .in = -1, .out = -1, .err = -1 };
		if (ipc_new(gate.loop, fd, &session_table, s, on_session_closed, &s->link) < 0)
			child_exit(4);
		return;
	}
	fd_close(&fd);
}

static int on_room(void *ctx, struct ipc_in *in)
{
	struct listener *l = &gate.listener[gate.n_listeners];
	uint16_t port;

	if (gate.n_listeners == LISTENERS_MAX || !rd_u8(&in->body, &l->kind) || !rd_u16(&in->body, &port))
		return -EBADMSG;
	l->fd = in->fd[0];
	in->fd[0] = -1;
	gate.n_listeners++;
	return loop_watch(gate.loop, l->fd, EPOLLIN, on_listener, l, &l->watch);
}

static int on_hosts(void *ctx, struct ipc_in *in)
{
	in->body.len = 0;
	return 0;
}

static const struct ipc_row door_rows[] = {
	{ GATE_ROOM, "room", 1 << 0, false, 1, 3, on_room },
	{ GATE_HOSTS, "hosts", 1 << 0, true, 0, IPC_BODY_MAX, on_hosts },
	{ GATE_WHO, "who", 1 << 0, true, 0, IPC_BODY_MAX, on_hosts },
	{ GATE_END, "end", 1 << 0, true, 0, IPC_BODY_MAX, on_hosts },
};
static const struct ipc_table door_table = { "gate", door_rows, ARRAY_LEN(door_rows) };

static void on_door_closed(void *ctx, int err)
{
	child_exit(0);
}

static int linked(void *ctx, struct rd peer, int fd)
{
	if (rd_is(&peer, "door"))
		return ipc_new(gate.loop, fd, &door_table, NULL, on_door_closed, &gate.door);
	fd_close(&fd);
	return 0;
}

static int start(void *ctx, struct loop *l)
{
	gate.loop = l;
	return 0;
}

int main(void)
{
	static const struct child me = { .name = "gate", .start = start, .linked = linked };

	return child_main(&me);
}
