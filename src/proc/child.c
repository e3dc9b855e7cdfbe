/*
 * Is:        how every process but the supervisor begins and ends.
 * Is not:    what it does in between.
 * Called by: the main of each process.
 * Owns:      the loop and the link to the supervisor.
 * Trust:     the supervisor is trusted.
 */
#include "proc/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/assert.h"
#include "os/fd.h"
#include "proc/control.h"
#include "proc/table.h"

enum { STATUS_FAILED = 1 };

/* One process, one life: the only global state of a child. */
static struct {
	const struct child *c;
	struct loop *loop;
	struct ipc *control;
} me;

static int on_link(void *ctx, struct ipc_in *in)
{
	struct rd peer;
	int fd = in->fd[0];

	if (!rd_part8(&in->body, EVENT_NAME_MAX, &peer) || !me.c->linked)
		return -EBADMSG;
	in->fd[0] = -1;
	return me.c->linked(me.c->ctx, peer, fd);
}

static int on_load(void *ctx, struct ipc_in *in)
{
	int data_fd = in->fd[0], report_fd = in->fd[1];

	if (!me.c->load)
		return -EBADMSG;
	in->fd[0] = in->fd[1] = -1;
	return me.c->load(me.c->ctx, data_fd, report_fd);
}

/* A supervisor that does not read is about to end us. */
static int on_ping(void *ctx, struct ipc_in *in)
{
	return ipc_send(me.control, CONTROL_PONG, rd_of(NULL, 0)) < 0 ? -EPIPE : 0;
}

static int on_round(void *ctx, struct ipc_in *in)
{
	struct rd why;
	uint8_t verdict;

	if (!me.c->round || !rd_u8(&in->body, &verdict) || verdict > CONTROL_ROUND_GAP || !rd_part8(&in->body, CONTROL_WHY_MAX, &why))
		return -EBADMSG;
	me.c->round(me.c->ctx, verdict, why);
	return 0;
}

static int on_stop(void *ctx, struct ipc_in *in)
{
	if (me.c->stop)
		me.c->stop(me.c->ctx);
	else
		child_exit(0);
	return 0;
}

static const struct ipc_row rows[] = {
	{ CONTROL_LINK, "link", 1 << 0, false, 1, 1 + EVENT_NAME_MAX, on_link },
	{ CONTROL_STOP, "stop", 1 << 0, true, 0, 0, on_stop },
	{ CONTROL_LOAD, "load", 1 << 0, false, 2, 0, on_load },
	{ CONTROL_PING, "ping", 1 << 0, false, 0, 0, on_ping },
	{ CONTROL_ROUND, "round", 1 << 0, false, 0, 1 + 1 + CONTROL_WHY_MAX, on_round },
};
static const struct ipc_table table = { "child", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	child_exit(STATUS_FAILED);
}

void child_exit(int status)
{
	loop_stop(me.loop, status);
}

void child_event(const struct event *e)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	buf_init(&b, IPC_BODY_MAX);
	w = wr_to(&b);
	event_encode(&w, e);
	/* A supervisor that does not listen any more is about to end us. */
	if (wr_ok(&w) && ipc_send(me.control, CONTROL_EVENT, buf_rd(&b)) != 0)
		child_exit(STATUS_FAILED);
}

void child_link_refused(const char *peer, const char *why)
{
	struct event e = { .id = EVENT_LINK_REFUSED, .value = { { .bytes = rd_str(peer) }, { .bytes = rd_str(why) } } };

	child_event(&e);
}

/* Dies with the supervisor, even while stopped or stuck. Set after the ids
 * changed, since that clears it; a parent that died before is noticed by its
 * changed id. */
static int die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int send_ready(unsigned belts)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;

	buf_init(&b, 16);
	w = wr_to(&b);
	wr_u32(&w, belts);
	return ipc_send(me.control, CONTROL_READY, buf_rd(&b));
}

static int put_belts_on(unsigned *belts)
{
	const struct process *row = process_find(me.c->name);
	const char *what;
	int r;

	ASSERT(row);
	r = process_confine(row, CHILD_ROOT_FD, me.c->reach, belts, &what);
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "cannot put on the belt \"%s\": %s\n", what, strerror(-r));
	return r;
}

static int begin(pid_t parent)
{
	const struct process *row = process_find(me.c->name);
	int dir_fd = row && row->dir ? CHILD_DIR_FD : -1, r = 0;
	unsigned belts = 0;

	if (me.c->prepare)
		r = me.c->prepare(me.c->ctx, dir_fd);
	if (dir_fd >= 0)
		(void)close(dir_fd);
	if (r == 0)
		r = loop_new(&me.loop);
	if (r == 0)
		r = ipc_new(me.loop, CHILD_CONTROL_FD, &table, NULL, on_closed, &me.control);
	if (r == 0)
		r = put_belts_on(&belts);
	if (r == 0)
		r = die_with_parent(parent);
	if (r == 0 && me.c->start)
		r = me.c->start(me.c->ctx, me.loop);
	if (r == 0)
		r = send_ready(belts);
	return r;
}

int child_main(const struct child *c)
{
	pid_t parent = getppid();
	int r;

	me.c = c;
	(void)signal(SIGPIPE, SIG_IGN);
	r = begin(parent);
	if (r == 0)
		r = loop_run(me.loop);
	if (r < 0)
		(void)dprintf(STDERR_FILENO, "%s: %s\n", c->name, strerror(-r));
	if (me.loop && c->done)
		c->done(c->ctx);
	ipc_free(&me.control);
	loop_free(&me.loop);
	return r < 0 ? STATUS_FAILED : r;
}
