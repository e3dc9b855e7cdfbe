/*
 * Is:        messages between our processes (contract in the header).
 * Is not:    a protocol for strangers.
 * Called by: proc/, cli/.
 * Owns:      its socket and the queue.
 * Trust:     hostile. Rule Zero: the kernel takes descriptors in a cmsghdr, whose
 *            place and length are computed.
 */
#include "os/ipc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/wr.h"
#include "os/fd.h"
#include "os/loop.h"

enum { PACKETS_PER_TURN = 32, FLUSHED_INTO_NOTHING = 1 };

struct packet {
	struct list node;
	int fd[IPC_FDS_MAX];
	size_t n_fds;
	struct buf bytes;
};

struct ipc {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	const struct ipc_table *table;
	void *ctx;
	ipc_closed_fn *on_closed;
	ipc_drained_fn *on_drained;
	unsigned state;
	uint64_t seen; /* bit n: row n has come */
	bool held, in_handler, freed;
	struct list queue;
	size_t n_queued;
	char refusal[160];
};

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
};

static void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fd_close(&fds[i]);
}

static void packet_free(struct packet *p)
{
	close_fds(p->fd, p->n_fds);
	buf_done(&p->bytes);
	mem_free(&p);
}

static void really_free(struct ipc *i)
{
	LIST_EACH(it, &i->queue)
		packet_free(CONTAINER_OF(it, struct packet, node));
	mem_free(&i);
}

void ipc_free(struct ipc **i)
{
	struct ipc *gone = *i;

	*i = NULL;
	if (!gone)
		return;
	loop_unwatch(gone->loop, &gone->watch);
	fd_close(&gone->fd);
	gone->freed = true;
	if (!gone->in_handler)
		really_free(gone);
}

static int want_events(struct ipc *i)
{
	uint32_t events = (i->held ? 0 : (uint32_t)EPOLLIN) | (i->n_queued ? (uint32_t)EPOLLOUT : 0);

	return loop_rewatch(i->loop, i->watch, events);
}

/* Receiving. */

static int refuse(struct ipc *i, uint16_t type, const char *why)
{
	const char *name = "unknown";

	for (size_t k = 0; k < i->table->n_rows; k++)
		if (i->table->rows[k].type == type)
			name = i->table->rows[k].name;
	(void)snprintf(i->refusal, sizeof(i->refusal), "%s: message %u (%s) in state %u: %s", i->table->name,
	    type, name, i->state, why);
	return -EPROTO;
}

static int dispatch(struct ipc *i, struct ipc_in *in)
{
	const struct ipc_row *row = NULL;
	uint16_t type = 0;
	size_t at;
	int r;

	if (!rd_u16(&in->body, &type))
		return refuse(i, type, "shorter than its type");
	for (at = 0; at < i->table->n_rows && !row; at++)
		if (i->table->rows[at].type == type)
			row = &i->table->rows[at];
	at--;
	if (!row)
		return refuse(i, type, "not in the table");
	if (!(row->states >> i->state & 1))
		return refuse(i, type, "not allowed in this state");
	if (row->once && i->seen >> at & 1)
		return refuse(i, type, "came twice");
	if (in->n_fds != row->n_fds)
		return refuse(i, type, "wrong number of descriptors");
	if (in->body.len > row->body_max)
		return refuse(i, type, "too long");
	i->seen |= (uint64_t)1 << at;
	r = row->handle(i->ctx, in);
	if (r == 0 && in->body.len)
		return refuse(i, type, "bytes left over");
	if (r < 0 && !i->freed)
		(void)refuse(i, type, strerror(-r));
	return r;
}

static void take_fds(struct msghdr *m, struct ipc_in *in)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t k = 0; k < n && in->n_fds < IPC_FDS_MAX; k++)
			memcpy(&in->fd[in->n_fds++], CMSG_DATA(c) + k * sizeof(int), sizeof(int));
	}
}

/* One packet: 1 taken, 0 the peer has closed, -EAGAIN none, or another error. */
static int receive(struct ipc *i)
{
	uint8_t raw[IPC_MAX] UNCLEARED;
	union control control;
	struct iovec v = { raw, sizeof(raw) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct ipc_in in = { .n_fds = 0 };
	ssize_t n = recvmsg(i->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int r;

	/* The peer closed before it had read everything: told once, in front of its last words. */
	if (n < 0 && errno == ECONNRESET)
		n = recvmsg(i->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : errno == ECONNRESET ? 0 : -errno;
	take_fds(&m, &in);
	in.body = rd_of(raw, (size_t)n);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		r = refuse(i, 0, "larger than a message may be");
	else if (n == 0 && in.n_fds == 0)
		return 0;
	else
		r = dispatch(i, &in);
	close_fds(in.fd, in.n_fds);
	return r < 0 ? r : 1;
}

/* Sending. */

static ssize_t send_packet(int fd, struct rd bytes, const int *fds, size_t n_fds)
{
	union control control;
	uint8_t *room;
	struct iovec v = { NULL, bytes.len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	/* sendmsg does not write through iov_base, whatever its type says. */
	memcpy(&room, &bytes.p, sizeof(room));
	v.iov_base = room;
	if (n_fds) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		ASSERT(c);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The peer has closed. What is on its way to it is lost as if it had left with that unread; the
 * link ends when its own last words were read. */
static bool is_left(int err)
{
	return err == EPIPE || err == ECONNRESET;
}

static int flush_queue(struct ipc *i)
{
	bool left = false;

	LIST_EACH(it, &i->queue) {
		struct packet *p = CONTAINER_OF(it, struct packet, node);
		if (!left && send_packet(i->fd, buf_rd(&p->bytes), p->fd, p->n_fds) < 0) {
			if (!is_left(errno))
				return errno == EAGAIN || errno == EINTR ? 0 : -errno;
			left = true;
		}
		list_remove(it);
		packet_free(p);
		i->n_queued--;
	}
	int r = want_events(i);
	return r == 0 && left ? FLUSHED_INTO_NOTHING : r;
}

static struct packet *packet_new(struct rd bytes, const int *fds, size_t n_fds)
{
	struct packet *p = mem_new(1, sizeof(*p));

	buf_init(&p->bytes, IPC_MAX);
	ASSERT(buf_put_rd(&p->bytes, bytes));
	for (size_t k = 0; k < n_fds; k++)
		p->fd[k] = fds[k];
	p->n_fds = n_fds;
	return p;
}

int ipc_send_fds(struct ipc *i, uint16_t type, struct rd body, const int *fds, size_t n_fds)
{
	AUTO(buf_done) struct buf b = { 0 };
	int taken[IPC_FDS_MAX], err = EAGAIN;

	ASSERT(body.len <= IPC_BODY_MAX && n_fds <= IPC_FDS_MAX);
	if (i->n_queued == IPC_QUEUE_MAX)
		return IPC_BUSY;
	for (size_t k = 0; k < n_fds; k++)
		taken[k] = fds[k];
	if (!i->watch) { /* closed, and not freed yet */
		close_fds(taken, n_fds);
		return -ENOTCONN;
	}
	buf_init(&b, IPC_MAX);
	struct wr w = wr_to(&b);
	wr_u16(&w, type);
	wr_bytes(&w, body);
	ASSERT(wr_ok(&w));
	if (i->n_queued == 0) {
		err = send_packet(i->fd, buf_rd(&b), taken, n_fds) < 0 ? errno : 0;
		if (err == 0 || is_left(err)) {
			close_fds(taken, n_fds);
			return 0;
		}
	}
	if (err != EAGAIN && err != EINTR) {
		close_fds(taken, n_fds);
		return -err;
	}
	list_append(&i->queue, &packet_new(buf_rd(&b), taken, n_fds)->node);
	i->n_queued++;
	return want_events(i);
}

int ipc_send(struct ipc *i, uint16_t type, struct rd body)
{
	return ipc_send_fds(i, type, body, NULL, 0);
}

/* The loop's side. */

static int turn(struct ipc *i, uint32_t events)
{
	int r = 0;

	if (events & EPOLLOUT) {
		bool had = i->n_queued > 0;
		r = flush_queue(i);
		if (r == 0 && had && i->n_queued == 0 && i->on_drained)
			i->on_drained(i->ctx);
	}
	if (r < 0 || i->freed)
		return r;
	/* A hang-up is believed only after the last packet was read. */
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		r = 1;
		for (int k = 0; k < PACKETS_PER_TURN && !i->freed && !(i->held && events & EPOLLIN); k++) {
			r = receive(i);
			if (r <= 0)
				break;
		}
		if (r == 0)
			return -ENOTCONN;
	}
	return r == -EAGAIN || r > 0 ? 0 : r;
}

static void on_events(void *ctx, uint32_t events)
{
	struct ipc *i = ctx;
	int r;

	i->in_handler = true;
	r = turn(i, events);
	i->in_handler = false;
	if (i->freed) {
		really_free(i);
		return;
	}
	if (r < 0) {
		loop_unwatch(i->loop, &i->watch);
		i->on_closed(i->ctx, r == -ENOTCONN ? 0 : r);
	}
}

int ipc_new(struct loop *l, int fd, const struct ipc_table *table, void *ctx, ipc_closed_fn *on_closed,
    struct ipc **out)
{
	struct ipc *i = mem_new(1, sizeof(*i));
	int r;

	ASSERT(table->n_rows <= IPC_ROWS_MAX);
	*i = (struct ipc){ .loop = l, .fd = fd, .table = table, .ctx = ctx, .on_closed = on_closed };
	list_init(&i->queue);
	r = loop_watch(l, fd, EPOLLIN, on_events, i, &i->watch);
	if (r < 0)
		ipc_free(&i);
	else
		*out = i;
	return r;
}

void ipc_set_state(struct ipc *i, unsigned state)
{
	ASSERT(state < 32);
	i->state = state;
}

void ipc_on_drained(struct ipc *i, ipc_drained_fn *fn)
{
	i->on_drained = fn;
}

size_t ipc_n_queued(const struct ipc *i)
{
	return i->n_queued;
}

int ipc_hold(struct ipc *i, bool hold)
{
	i->held = hold;
	return i->watch ? want_events(i) : -ENOTCONN;
}

const char *ipc_refusal(const struct ipc *i)
{
	return i->refusal;
}

int ipc_pair(int out[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, out) < 0 ? -errno : 0;
}
