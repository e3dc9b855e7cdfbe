/*
 * Is:        the life of one child.
 * Is not:    the supervisor's main.
 * Called by: supervisor.c.
 * Owns:      the child's pidfd, link and pipe.
 * Trust:     a child may have been taken over.
 */
#include "proc/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "proc/control.h"

/* A child that lived this long had a good start: its back-off begins anew. */
#define STEADY_NS (60ull * NS_PER_S)
#define BACKOFF_MIN_NS (100ull * NS_PER_MS)
#define BACKOFF_MAX_NS (30ull * NS_PER_S)
enum { ARGS_MAX = 16 };
#define STOP_PATIENCE_NS (5ull * NS_PER_S)
enum { LISTEN_MAX = 64 };

const char *supervise_state_name(enum child_state s)
{
	static const char *const names[] = { "down", "starting", "ready", "stopping", "back-off" };

	return names[s];
}

static struct rd name_of(const struct supervised *s)
{
	return rd_str(s->row->name);
}

/* What the child says. */

static int on_ready(void *ctx, struct ipc_in *in)
{
	struct supervised *s = ctx;
	char missing[128] = "nothing";
	uint32_t belts;
	size_t n = 0;

	if (!rd_u32(&in->body, &belts) || s->state != CHILD_STARTING)
		return -EBADMSG;
	s->belts = belts;
	s->state = CHILD_READY;
	s->ready_ns = clock_mono_ns();
	for (unsigned bit = 1; bit <= SANDBOX_ALL; bit <<= 1)
		if (!(belts & bit))
			n += (size_t)snprintf(missing + n, sizeof(missing) - n, "%s%s", n ? " " : "",
			    sandbox_belt_name((enum sandbox_belt)bit));
	struct event e = { .id = EVENT_PROCESS_STARTED, .value = { { .bytes = rd_str(missing) },
		{ .number = s->pid }, { .bytes = name_of(s) },
		{ .number = (int64_t)((s->ready_ns - s->started_ns) / NS_PER_US) } } };
	s->calls->event(s->ctx, &e);
	s->calls->changed(s->ctx, s);
	return 0;
}

static int on_event(void *ctx, struct ipc_in *in)
{
	struct supervised *s = ctx;
	struct event e;

	if (!event_decode(&in->body, &e) || !process_may_tell(s->row, e.id))
		return -EBADMSG;
	s->calls->event(s->ctx, &e);
	return 0;
}

static void tell_silence(struct supervised *s, enum event_id id)
{
	struct event e = { .id = id, .value = { { .number = s->pid }, { .bytes = name_of(s) },
		{ .number = (int64_t)((clock_mono_ns() - s->asked_ns) / NS_PER_MS) } } };

	s->calls->event(s->ctx, &e);
}

static int on_pong(void *ctx, struct ipc_in *in)
{
	struct supervised *s = ctx;

	if (s->asked_ns == 0)
		return -EBADMSG;
	if (s->is_silent)
		tell_silence(s, EVENT_PROCESS_ANSWERS);
	s->is_silent = false;
	s->asked_ns = 0;
	return 0;
}

void supervise_ping(struct supervised *s)
{
	if (s->state != CHILD_READY || !s->control)
		return;
	if (s->asked_ns == 0 && ipc_send(s->control, CONTROL_PING, rd_of(NULL, 0)) == 0) {
		s->asked_ns = clock_mono_ns();
	} else if (s->asked_ns && !s->is_silent && clock_mono_ns() - s->asked_ns >= SUPERVISE_SILENT_NS) {
		s->is_silent = true;
		tell_silence(s, EVENT_PROCESS_SILENT);
	}
}

static const struct ipc_row rows[] = {
	{ CONTROL_READY, "ready", 1 << 0, true, 0, 4, on_ready },
	{ CONTROL_EVENT, "event", 1 << 0, false, 0, IPC_BODY_MAX, on_event },
	{ CONTROL_PONG, "pong", 1 << 0, false, 0, 0, on_pong },
};
static const struct ipc_table table = { "supervisor", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct supervised *s = ctx;

	if (err == -EPROTO || err == -EBADMSG) {
		struct event e = { .id = EVENT_LINK_REFUSED,
			.value = { { .bytes = name_of(s) }, { .bytes = rd_str(ipc_refusal(s->control)) } } };
		s->calls->event(s->ctx, &e);
		(void)kill(s->pid, SIGKILL);
	}
	ipc_free(&s->control);
}

/* Standard error: every line is an event, long ones are cut. */
static void on_line(void *ctx, struct rd line)
{
	struct supervised *s = ctx;
	AUTO(buf_done) struct buf text = { 0 };

	buf_init(&text, EVENT_TEXT_MAX);
	struct wr w = wr_to(&text);
	spoken_text(&w, line);
	struct event e = { .id = EVENT_PROCESS_SPOKE,
		.value = { { .bytes = name_of(s) }, { .bytes = buf_rd(&text) } } };
	if (text.len)
		s->calls->event(s->ctx, &e);
}

/* The end of a child. */

static uint64_t backoff_ns(const struct supervised *s)
{
	unsigned doubled = s->n_quick < 10 ? s->n_quick : 10;
	uint64_t ns = BACKOFF_MIN_NS << doubled;

	return ns < BACKOFF_MAX_NS ? ns : BACKOFF_MAX_NS;
}

static const char *signal_name(int signal)
{
	const char *abbreviated = sigabbrev_np(signal);

	return abbreviated ? abbreviated : "unknown";
}

static void note_end(struct supervised *s, int status)
{
	if (WIFSIGNALED(status))
		(void)snprintf(s->last_end, sizeof(s->last_end), "SIG%s", signal_name(WTERMSIG(status)));
	else
		(void)snprintf(s->last_end, sizeof(s->last_end), "status-%d", WEXITSTATUS(status));
}

static void plan_restart(struct supervised *s, int status)
{
	uint64_t wait = backoff_ns(s);
	struct event e = { .id = WIFSIGNALED(status) ? EVENT_PROCESS_CRASHED : EVENT_PROCESS_FAILED,
		.value = { { .number = (int64_t)(wait / NS_PER_MS) }, { .number = s->pid }, { .bytes = name_of(s) },
		    { .number = ++s->n_restarts } } };

	if (WIFSIGNALED(status))
		e.value[4].bytes = rd_str(s->last_end);
	else
		e.value[4].number = WEXITSTATUS(status);
	s->n_quick++;
	s->calls->event(s->ctx, &e);
	s->state = CHILD_BACKOFF;
	loop_timer_set(s->loop, &s->timer, wait);
}

/* It was told to stop: with status 0, or by our own kill when it was stuck. */
static void stopped(struct supervised *s, int status)
{
	bool well = s->was_stuck || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
	struct event e = { .id = EVENT_PROCESS_STOPPED,
		.value = { { .number = s->pid }, { .bytes = name_of(s) } } };

	if (!well)
		e = (struct event){ .id = EVENT_PROCESS_ENDED_BADLY, .value = { { .bytes = rd_str(s->last_end) },
			{ .number = s->pid }, { .bytes = name_of(s) } } };
	s->calls->event(s->ctx, &e);
	s->state = CHILD_DOWN;
}

static void release(struct supervised *s)
{
	loop_unwatch(s->loop, &s->pid_watch);
	spoken_close(&s->said);
	fd_close(&s->pidfd);
	ipc_free(&s->control);
	loop_timer_clear(s->loop, &s->timer);
}

static void ended(struct supervised *s)
{
	bool was_stopping = s->state == CHILD_STOPPING;
	int status = 0;

	if (waitpid(s->pid, &status, WNOHANG) != s->pid)
		return;
	spoken_finish(&s->said);
	if (clock_mono_ns() - s->started_ns > STEADY_NS)
		s->n_quick = 0;
	release(s);
	note_end(s, status);
	if (was_stopping)
		stopped(s, status);
	else
		plan_restart(s, status);
	s->pid = 0;
	s->calls->changed(s->ctx, s);
}

static void on_pidfd(void *ctx, uint32_t events)
{
	ended(ctx);
}

/* The start of a child. */

/* The process's private directory, made and owned as its row says; -1 when it has none. */
static int open_dir(struct supervised *s, int *out)
{
	int fd;

	*out = -1;
	if (!s->row->dir)
		return 0;
	if (mkdirat(s->state_dir, s->row->dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(s->state_dir, s->row->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (geteuid() == 0 && fchown(fd, PROCESS_UID_BASE + s->row->uid_offset, 0) < 0) {
		fd_close(&fd);
		return -errno;
	}
	*out = fd;
	return 0;
}

/* A directory that is deleted the moment it is open: nothing can ever be in it. */
static int open_empty_root(int state_dir, int *out)
{
	static const char name[] = "empty";
	int fd;

	if (mkdirat(state_dir, name, 0711) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(state_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || unlinkat(state_dir, name, AT_REMOVEDIR) < 0) {
		fd_close(&fd);
		return -errno;
	}
	*out = fd;
	return 0;
}

/* The row's socket: made once, so that who connects while the process starts anew waits. The
 * state directory may then be passed through by all; what is in it says itself who may. */
static int open_socket(struct supervised *s)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	AUTO(fd_close) int fd = -1;

	if (!s->row->socket || s->listen_fd >= 0)
		return 0;
	/* The directory's own path may be longer than a socket address can be. */
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", s->state_dir, s->row->socket);
	if (unlinkat(s->state_dir, s->row->socket, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, LISTEN_MAX) < 0 ||
	    fchmodat(s->state_dir, s->row->socket, 0666, 0) < 0 || fchmod(s->state_dir, 0711) < 0)
		return -errno;
	s->listen_fd = fd;
	fd = -1;
	return 0;
}

/* Those of the words after its name that are meant for it. */
static void add_arguments(const struct supervised *s, const char **argv)
{
	size_t n = strlen(s->row->name);

	for (size_t i = 0, at = 2; s->args && s->args[i] && at < ARGS_MAX + 2; i++)
		if (strncmp(s->args[i], s->row->name, n) == 0 && s->args[i][n] == '.')
			argv[at++] = &s->args[i][n + 1];
}

static int run_program(struct supervised *s, int control, int error, int root, int dir)
{
	char path[4096], arg0[64];
	const char *argv[ARGS_MAX + 3] = { arg0, s->row->argument ? s->row->argument : s->origin };
	const char *envp[] = { "PATH=", "LANG=C.UTF-8", NULL };
	struct spawn_fd fds[5] = { { error, 2 }, { control, CHILD_CONTROL_FD }, { root, CHILD_ROOT_FD } };
	struct spawn run = { path, argv, envp, fds, 3 };
	int n = snprintf(path, sizeof(path), "%s/slagboom-%s", s->libexec, s->row->program);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (dir >= 0)
		fds[run.n_fds++] = (struct spawn_fd){ dir, CHILD_DIR_FD };
	if (s->listen_fd >= 0)
		fds[run.n_fds++] = (struct spawn_fd){ s->listen_fd, CHILD_LISTEN_FD };
	(void)snprintf(arg0, sizeof(arg0), "slagboom-%s", s->row->program);
	add_arguments(s, argv);
	return spawn(&run, &s->pid, &s->pidfd);
}

static int try_start(struct supervised *s)
{
	AUTO(fd_close) int dir = -1;
	AUTO(fd_close) int root = -1;
	AUTO(fd_close) int theirs = -1;
	AUTO(fd_close) int error = -1;
	int pair[2] = { -1, -1 }, r;

	r = open_dir(s, &dir);
	if (r == 0 && s->row->root == ROOT_EMPTY)
		r = open_empty_root(s->state_dir, &root);
	else if (r == 0)
		root = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (r == 0)
		r = open_socket(s);
	if (r == 0)
		r = ipc_pair(pair);
	if (r < 0)
		return r;
	theirs = pair[1];
	r = ipc_new(s->loop, pair[0], &table, s, on_closed, &s->control);
	if (r == 0)
		r = spoken_open(&s->said, &error);
	if (r == 0)
		r = run_program(s, theirs, error, root, dir);
	if (r == 0)
		r = loop_watch(s->loop, s->pidfd, EPOLLIN, on_pidfd, s, &s->pid_watch);
	return r;
}

void supervise_start(struct supervised *s)
{
	int r;

	ASSERT(s->state == CHILD_DOWN || s->state == CHILD_BACKOFF);
	s->state = CHILD_STARTING;
	s->started_ns = clock_mono_ns();
	s->belts = 0;
	s->asked_ns = 0;
	s->is_silent = false;
	r = try_start(s);
	if (r < 0) {
		char why[128];
		(void)snprintf(why, sizeof(why), "cannot start it: %s", strerror(-r));
		on_line(s, rd_str(why));
		release(s);
		s->pid = 0;
		note_end(s, 127 << 8);
		plan_restart(s, 127 << 8);
		s->calls->changed(s->ctx, s);
	}
}

static void on_timer(void *ctx)
{
	struct supervised *s = ctx;

	if (s->state == CHILD_BACKOFF) {
		supervise_start(s);
		return;
	}
	struct event e = { .id = EVENT_PROCESS_STUCK, .value = { { .number = s->pid }, { .bytes = name_of(s) },
		{ .number = (int64_t)(STOP_PATIENCE_NS / NS_PER_MS) } } };
	s->calls->event(s->ctx, &e);
	s->was_stuck = true;
	(void)kill(s->pid, SIGKILL);
}

void supervise_stop(struct supervised *s)
{
	if (s->state == CHILD_DOWN || s->state == CHILD_STOPPING)
		return;
	if (s->state == CHILD_BACKOFF) {
		loop_timer_clear(s->loop, &s->timer);
		s->state = CHILD_DOWN;
		s->calls->changed(s->ctx, s);
		return;
	}
	s->state = CHILD_STOPPING;
	s->was_stuck = false;
	loop_timer_set(s->loop, &s->timer, STOP_PATIENCE_NS);
	if (!s->control || ipc_send(s->control, CONTROL_STOP, rd_of(NULL, 0)) != 0)
		(void)kill(s->pid, SIGKILL);
}

void supervise_link(struct supervised *s, const char *peer, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 1 + EVENT_NAME_MAX);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(peer));
	/* A child that cannot take it has ended, or is about to be ended by its link. */
	if (!s->control || ipc_send_fds(s->control, CONTROL_LINK, buf_rd(&b), &fd, 1) == IPC_BUSY)
		fd_close(&fd);
}

bool supervise_load(struct supervised *s, int data_fd, int report_fd)
{
	int fds[] = { data_fd, report_fd };

	if (s->state == CHILD_READY && s->control &&
	    ipc_send_fds(s->control, CONTROL_LOAD, rd_of(NULL, 0), fds, ARRAY_LEN(fds)) == 0)
		return true;
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	return false;
}

void supervise_init(struct supervised *s, const struct process *row, struct loop *l)
{
	*s = (struct supervised){ .row = row, .loop = l, .pidfd = -1, .listen_fd = -1 };
	loop_timer_init(&s->timer, on_timer, s);
	spoken_init(&s->said, l, on_line, s);
}

void supervise_done(struct supervised *s)
{
	release(s);
	spoken_done(&s->said);
	if (s->listen_fd >= 0)
		(void)unlinkat(s->state_dir, s->row->socket, 0);
	fd_close(&s->listen_fd);
}
