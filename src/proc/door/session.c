/*
 * Is:        slagboom-session, the login shell of every engineer: hands its terminal or its
 *            pipes to the gate, and waits for the exit status.
 * Is not:    a shell: it starts no program and reads no byte of the session.
 * Called by: sshd in the room, as `-slagboom-session`, or with -c COMMAND.
 * Owns:      the state of the terminal, which it gives back.
 * Trust:     argv and environment are the client's; they go on as they are, cut to size.
 *
 * A command is taken for a subsystem when it is the one that the room's sshd_config has for
 * it; who types exactly that asks for the same.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/door/room.h"
#include "proc/table.h"
#include "proc/talk/session_proto.h"
#include "proto/sshsignal.h"
#include "proto/ttymodes.h"

enum { STATUS_LOST = 254, STATUS_SIGNALLED = 255 /* what ssh makes of a signal */ };
#define PATIENCE_NS (3ull * NS_PER_S) /* for the gate, after a signal */

extern char **environ;

static struct session {
	struct loop *loop;
	struct ipc *gate;
	struct loop_watch *out_watch;
	struct loop_timer patience;
	struct termios before;
	bool has_tty, is_raw, is_over;
	int signal, dies_of;
} me;

/* The engineer's screen may be raw: lines end as there. */
static void say(const char *text)
{
	char line[SESSION_SAID_MAX + 32];

	(void)snprintf(line, sizeof(line), "slagboom: %s\r\n", text);
	if (fd_write_all(STDERR_FILENO, rd_str(line)) < 0)
		errno = 0; /* nobody reads any more */
}

static void restore(void)
{
	if (me.is_raw && tcsetattr(STDIN_FILENO, TCSADRAIN, &me.before) < 0)
		me.is_raw = false; /* nobody is there any more */
}

static void make_raw(void)
{
	struct termios t;

	me.has_tty = tcgetattr(STDIN_FILENO, &me.before) == 0;
	if (!me.has_tty)
		return;
	t = me.before;
	cfmakeraw(&t);
	me.is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

/* The first reason counts: a gate that said the status may close in the same moment. */
static void finish(int status)
{
	if (!me.is_over)
		loop_stop(me.loop, status);
	me.is_over = true;
}

static struct rd cut(const char *s, size_t max)
{
	return s ? rd_of(s, strnlen(s, max)) : rd_of(NULL, 0);
}

static bool is_passed_on(const char *variable)
{
	struct rd r = rd_str(variable);

	return rd_word(&r, "LANG=") || rd_word(&r, "LC_") || rd_word(&r, "SLAGBOOM_PURPOSE=") ||
	    rd_word(&r, "SLAGBOOM_TICKET=") || rd_word(&r, "SLAGBOOM_RULE=");
}

static void fill_size(uint16_t *cols, uint16_t *rows)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
		*cols = size.ws_col;
		*rows = size.ws_row;
	}
}

/* A command too long to judge is none: the gate must not see half of it. */
static bool fill_command(struct session_hello *h, int argc, char **argv)
{
	const char *command = getenv("SSH_ORIGINAL_COMMAND");

	if (!command && argc == 3 && strcmp(argv[1], "-c") == 0)
		command = argv[2];
	else if (!command && argc != 1)
		return false;
	if (!command)
		return true;
	h->command = cut(command, SESSION_COMMAND_MAX + 1);
	h->kind = rd_word(&h->command, ROOM_SUBSYSTEM) ? SESSION_SUBSYSTEM : SESSION_EXEC;
	return h->command.len <= SESSION_COMMAND_MAX;
}

/* As sshd set them from what the client asked for, before they were made raw. */
static struct rd write_modes(struct buf *b)
{
	struct wr w = wr_to(b);

	ttymodes_write(&w, &me.before);
	return wr_ok(&w) ? buf_rd(b) : rd_of(NULL, 0);
}

static void fill_hello(struct session_hello *h, struct rd auth, struct buf *modes)
{
	h->has_tty = me.has_tty;
	if (me.has_tty) {
		fill_size(&h->cols, &h->rows);
		h->modes = write_modes(modes);
	}
	h->login = cut(getenv("LOGNAME"), SESSION_LOGIN_MAX);
	h->term = cut(getenv("TERM"), SESSION_TEXT_MAX);
	h->connection = cut(getenv("SSH_CONNECTION"), SESSION_TEXT_MAX);
	h->auth = auth;
	for (char **e = environ; *e && h->n_env < SESSION_ENV_MAX; e++)
		if (is_passed_on(*e))
			h->env[h->n_env++] = cut(*e, SESSION_TEXT_MAX);
}

/* What ExposeAuthInfo wrote, whole lines as far as they fit. */
static struct rd read_auth(struct buf *b)
{
	const char *path = getenv("SSH_USER_AUTH");
	struct rd all, line, kept = { NULL, 0 };
	size_t n = 0;

	if (!path || fd_read_file(-1, path, b) < 0)
		return kept;
	all = buf_rd(b);
	while (rd_until(&all, '\n', &line) && n + line.len + 1 <= SESSION_TEXT_MAX)
		n += line.len + 1;
	all = buf_rd(b);
	(void)!rd_take(&all, n, &kept);
	return kept;
}

static int on_exit_told(void *ctx, struct ipc_in *in)
{
	uint8_t kind, value;

	if (!rd_u8(&in->body, &kind) || kind > 1 || !rd_u8(&in->body, &value) || (kind == 1 && !sshsignal_name(value)))
		return -EBADMSG;
	if (kind == 1 && !me.is_over)
		me.dies_of = value;
	finish(kind == 1 ? STATUS_SIGNALLED : value);
	return 0;
}

static int on_turned_away(void *ctx, struct ipc_in *in)
{
	char text[SESSION_SAID_MAX];
	struct rd words;

	if (!rd_take(&in->body, in->body.len, &words))
		return -EBADMSG;
	(void)snprintf(text, sizeof(text), "%.*s", (int)words.len, (const char *)words.p);
	say(text);
	finish(STATUS_LOST);
	return 0;
}

static const struct ipc_row rows[] = {
	{ SESSION_EXIT, "exit", 1 << 0, true, 0, 2, on_exit_told },
	{ SESSION_TURNED_AWAY, "turned away", 1 << 0, true, 0, SESSION_SAID_MAX, on_turned_away },
};
static const struct ipc_table table = { "gate", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	if (!me.is_over)
		say("the gate has ended without a word; this session is over and its record closed.");
	finish(STATUS_LOST);
}

/* The client is gone: nobody reads what the gate would write. */
static void on_out(void *ctx, uint32_t events)
{
	finish(STATUS_LOST);
}

static void on_patience(void *ctx)
{
	finish(128 + me.signal);
}

static void send_small(uint16_t type, const struct buf *b)
{
	if (ipc_send(me.gate, type, buf_rd(b)) < 0)
		finish(STATUS_LOST);
}

static void on_signal(void *ctx, int signal, int pid)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint16_t cols = 0, rows_now = 0;

	buf_init(&b, 4);
	struct wr w = wr_to(&b);
	if (signal == SIGWINCH) {
		fill_size(&cols, &rows_now);
		wr_u16(&w, cols);
		wr_u16(&w, rows_now);
		send_small(SESSION_RESIZE, &b);
		return;
	}
	wr_u8(&w, (uint8_t)signal);
	send_small(SESSION_SIGNAL, &b);
	/* By SIGHUP sshd says that he is gone; the others are for the element's program, which may live on. */
	if (signal != SIGHUP)
		return;
	me.signal = signal;
	loop_timer_set(me.loop, &me.patience, PATIENCE_NS);
}

static int connect_gate(int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = ROOM_GATE };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		r = -errno;
		fd_close(&fd);
		return r;
	}
	*out = fd;
	return fd_set_nonblock(fd, true);
}

static int begin(const struct session_hello *h)
{
	AUTO(buf_done) struct buf b = { 0 };
	int fds[3] = { -1, -1, -1 }, fd = -1, r = connect_gate(&fd);
	sigset_t set;

	buf_init(&b, IPC_BODY_MAX);
	if (r == 0)
		r = ipc_new(me.loop, fd, &table, NULL, on_closed, &me.gate);
	for (int i = 0; r == 0 && i < 3; i++)
		if ((fds[i] = dup(i)) < 0)
			r = -errno;
	if (r < 0)
		return r;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGWINCH);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	r = loop_signals(me.loop, &set, on_signal, NULL);
	if (r < 0)
		return r;
	/* A file would be refused here, and does not hang up. */
	if (loop_watch(me.loop, STDOUT_FILENO, 0, on_out, NULL, &me.out_watch) < 0)
		me.out_watch = NULL;
	struct wr w = wr_to(&b);
	session_hello_write(&w, h);
	return wr_ok(&w) ? ipc_send_fds(me.gate, SESSION_HELLO, buf_rd(&b), fds, 3) : -E2BIG;
}

static int run(const struct session_hello *h)
{
	int r = loop_new(&me.loop);

	if (r == 0) {
		loop_timer_init(&me.patience, on_patience, NULL);
		r = begin(h);
	}
	if (r < 0) {
		say("the gate is not there, so nothing can be asked for now. Try again in a minute; if it stays, "
		    "tell the operator.");
		return STATUS_LOST;
	}
	/* It has read what it needs, and been given what it keeps. */
	r = process_confine_calls(process_find("session"));
	if (r == 0)
		r = loop_run(me.loop);
	return r < 0 ? STATUS_LOST : r;
}

/* As the element's program did: sshd tells the client which signal it was. Not where sshd is
 * gone: then the room's first process would take it for a crash. */
static void die_of(int signal_number)
{
	sigset_t set;

	if (getppid() == 1)
		return;
	(void)signal(signal_number, SIG_DFL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, signal_number);
	if (raise(signal_number) == 0)
		(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	AUTO(buf_done) struct buf auth = { 0 }, modes = { 0 };
	struct session_hello h = { .kind = SESSION_SHELL };
	int r;

	buf_init(&auth, 1 << 16);
	buf_init(&modes, TTYMODES_MAX);
	/* Whatever ends it leaves nothing of the session behind. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return STATUS_LOST;
	(void)signal(SIGPIPE, SIG_IGN);
	if (!fill_command(&h, argc, argv)) {
		say("the command is too long, or this program was not started by sshd.");
		return STATUS_LOST;
	}
	make_raw();
	fill_hello(&h, read_auth(&auth), &modes);
	r = run(&h);
	restore();
	ipc_free(&me.gate);
	loop_free(&me.loop);
	if (me.dies_of)
		die_of(me.dies_of);
	return r;
}
