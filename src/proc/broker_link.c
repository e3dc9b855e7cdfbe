/*
 * Is:        both ends of broker.h.
 * Is not:    a check of what the newcomer may do.
 * Called by: door; whoever it joins newcomers with.
 * Owns:      the receiving end's link.
 * Trust:     the door.
 */
#include "proc/broker_link.h"

#include <errno.h>

#include "evidence/event.h"
#include "os/fd.h"
#include "proc/broker.h"
#include "proc/child.h"

int broker_offer(struct ipc *to, const char *name, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	int r;

	buf_init(&b, 1 + BROKER_NAME_MAX);
	struct wr w = wr_to(&b);
	wr_part8(&w, rd_str(name));
	r = wr_ok(&w) ? ipc_send_fds(to, BROKER_LINK, buf_rd(&b), &fd, 1) : IPC_BUSY;
	if (r == IPC_BUSY)
		fd_close(&fd);
	return r == IPC_BUSY ? -EAGAIN : r;
}

static int on_link(void *ctx, struct ipc_in *in)
{
	struct broker *b = ctx;
	struct rd name;
	int fd = in->fd[0], r;

	if (!rd_part8(&in->body, BROKER_NAME_MAX, &name))
		return -EBADMSG;
	in->fd[0] = -1;
	r = b->linked(b->ctx, name, fd);
	if (r < 0)
		child_link_refused("door", "a newcomer that has no place here");
	return 0;
}

static const struct ipc_row rows[] = {
	{ BROKER_LINK, "link", 1 << 0, false, 1, 1 + BROKER_NAME_MAX, on_link },
};
static const struct ipc_table table = { "door", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct broker *b = ctx;

	if (err == -EPROTO || err == -EBADMSG)
		child_link_refused("door", ipc_refusal(b->door));
	ipc_free(&b->door);
}

int broker_serve(struct broker *b, struct loop *l, int fd, broker_linked_fn *linked, void *ctx)
{
	ipc_free(&b->door);
	b->linked = linked;
	b->ctx = ctx;
	return ipc_new(l, fd, &table, b, on_closed, &b->door);
}

void broker_done(struct broker *b)
{
	ipc_free(&b->door);
}
