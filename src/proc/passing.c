/*
 * Is:        the life of one process that the door starts and does not start again.
 * Is not:    supervise.c.
 * Called by: door_room.c.
 * Owns:      the process.
 * Trust:     it may have been taken over.
 */
#include "proc/passing.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "base/assert.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "proc/child.h"
#include "proc/control.h"

static int on_ready(void *ctx, struct ipc_in *in)
{
	struct passing *p = ctx;
	uint32_t belts;

	if (!rd_u32(&in->body, &belts))
		return -EBADMSG;
	p->is_ready = true;
	return 0;
}

static int on_event(void *ctx, struct ipc_in *in)
{
	struct passing *p = ctx;
	struct event e;

	if (!event_decode(&in->body, &e) || !process_may_tell(p->row, e.id))
		return -EBADMSG;
	child_event(&e);
	return 0;
}

static const struct ipc_row rows[] = {
	{ CONTROL_READY, "ready", 1 << 0, true, 0, 4, on_ready },
	{ CONTROL_EVENT, "event", 1 << 0, false, 0, IPC_BODY_MAX, on_event },
};
static const struct ipc_table table = { "door", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct passing *p = ctx;

	if (err == -EPROTO || err == -EBADMSG) {
		child_link_refused(p->name, ipc_refusal(p->control));
		(void)kill(p->pid, SIGKILL);
	}
	ipc_free(&p->control);
}

static void on_line(void *ctx, struct rd line)
{
	struct passing *p = ctx;
	AUTO(buf_done) struct buf text = { 0 };

	buf_init(&text, EVENT_TEXT_MAX);
	struct wr w = wr_to(&text);
	spoken_text(&w, line);
	struct event e = { .id = EVENT_PROCESS_SPOKE,
		.value = { { .bytes = rd_str(p->name) }, { .bytes = buf_rd(&text) } } };
	if (text.len)
		child_event(&e);
}

static void release(struct passing *p)
{
	loop_unwatch(p->loop, &p->pid_watch);
	spoken_close(&p->said);
	fd_close(&p->pidfd);
	ipc_free(&p->control);
	loop_timer_clear(p->loop, &p->patience);
}

/* Ending well is its own business; everything else is told. */
static bool tell_end(const struct passing *p, int status)
{
	char how[32];
	const char *signal = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
	struct event e = { .value = { { .number = 0 }, { .number = p->pid }, { .bytes = rd_str(p->name) },
		{ .number = 0 } } };

	if (p->was_killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return false;
	e.id = WIFSIGNALED(status) ? EVENT_PROCESS_CRASHED : EVENT_PROCESS_FAILED;
	(void)snprintf(how, sizeof(how), "SIG%s", signal ? signal : "unknown");
	if (WIFSIGNALED(status))
		e.value[4].bytes = rd_str(how);
	else
		e.value[4].number = WEXITSTATUS(status);
	child_event(&e);
	return true;
}

static void on_pidfd(void *ctx, uint32_t events)
{
	struct passing *p = ctx;
	int status = 0;
	bool crashed;

	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return;
	spoken_finish(&p->said);
	crashed = tell_end(p, status);
	release(p);
	p->pid = 0;
	p->ended(p->ctx, p, crashed);
}

static void on_patience(void *ctx)
{
	struct passing *p = ctx;

	p->was_killed = true;
	(void)kill(p->pid, SIGKILL);
}

void passing_init(struct passing *p, struct loop *l, passing_ended_fn *ended, void *ctx)
{
	*p = (struct passing){ .loop = l, .pidfd = -1, .ended = ended, .ctx = ctx };
	loop_timer_init(&p->patience, on_patience, p);
	spoken_init(&p->said, l, on_line, p);
}

static int run_program(struct passing *p, const struct passing_start *s, int control, int error)
{
	char path[4096], arg0[64];
	const char *argv[PASSING_ARGS_MAX + 2] = { arg0 };
	const char *envp[] = { "PATH=", "LANG=C.UTF-8", NULL };
	struct spawn_fd fds[] = { { error, 2 }, { control, CHILD_CONTROL_FD }, { s->root_fd, CHILD_ROOT_FD } };
	struct spawn run = { .path = path, .argv = argv, .envp = envp, .fds = fds, .n_fds = ARRAY_LEN(fds),
		.netns = s->netns };
	int n = snprintf(path, sizeof(path), "%s/slagboom-%s", s->libexec, s->row->program);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	(void)snprintf(arg0, sizeof(arg0), "slagboom-%s", s->row->program);
	for (size_t i = 0; i < PASSING_ARGS_MAX && s->args[i]; i++)
		argv[i + 1] = s->args[i];
	return spawn(&run, &p->pid, &p->pidfd);
}

int passing_start(struct passing *p, const struct passing_start *s)
{
	AUTO(fd_close) int theirs = -1;
	AUTO(fd_close) int error = -1;
	int pair[2], r;

	ASSERT(p->pid == 0);
	(void)snprintf(p->name, sizeof(p->name), "%s", s->name);
	p->row = s->row;
	r = ipc_pair(pair);
	if (r < 0)
		return r;
	theirs = pair[1];
	r = ipc_new(p->loop, pair[0], &table, p, on_closed, &p->control);
	if (r == 0)
		r = spoken_open(&p->said, &error);
	if (r == 0)
		r = run_program(p, s, theirs, error);
	if (r == 0)
		r = loop_watch(p->loop, p->pidfd, EPOLLIN, on_pidfd, p, &p->pid_watch);
	if (r < 0) {
		if (p->pid > 0) {
			(void)kill(p->pid, SIGKILL);
			(void)waitpid(p->pid, NULL, 0);
		}
		p->pid = 0;
		release(p);
	}
	return r;
}

bool passing_is_up(const struct passing *p)
{
	return p->pid > 0;
}

int passing_link(struct passing *p, const char *peer, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, 1 + EVENT_NAME_MAX);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(peer));
	if (!p->control || !wr_ok(&w)) {
		fd_close(&fd);
		return -EPIPE;
	}
	r = ipc_send_fds(p->control, CONTROL_LINK, buf_rd(&b), &fd, 1);
	if (r == IPC_BUSY)
		fd_close(&fd);
	return r == IPC_BUSY ? -EAGAIN : r;
}

void passing_end(struct passing *p, uint64_t patience_ns)
{
	if (!passing_is_up(p) || p->was_killed)
		return;
	if (patience_ns == 0) {
		on_patience(p);
		return;
	}
	if (p->was_told)
		return;
	p->was_told = true;
	loop_timer_set(p->loop, &p->patience, patience_ns);
	if (!p->control || ipc_send(p->control, CONTROL_STOP, rd_of(NULL, 0)) != 0)
		on_patience(p);
}

void passing_done(struct passing *p)
{
	if (passing_is_up(p)) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		p->pid = 0;
	}
	release(p);
	spoken_done(&p->said);
}
