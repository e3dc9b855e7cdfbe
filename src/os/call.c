/*
 * Is:        a question and its answer before a deadline (contract in the header).
 * Is not:    a loop.
 * Called by: proc/members_link.
 * Owns:      nothing.
 * Trust:     hostile packets.
 */
#include "os/call.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "base/wr.h"
#include "os/clock.h"
#include "os/ipc.h"

/* 0 when `fd` is ready, hung up or broken; the next call on it says which. */
static int wait_for(int fd, short events, uint64_t deadline_ns)
{
	uint64_t now = clock_mono_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
	struct timespec t = { .tv_sec = (time_t)(left / NS_PER_S), .tv_nsec = (long)(left % NS_PER_S) };
	struct pollfd p = { .fd = fd, .events = events };
	int n = ppoll(&p, 1, &t, NULL);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

int call_send(int fd, uint16_t type, struct rd body, uint64_t deadline_ns)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	int r = 0;

	ASSERT(body.len <= IPC_BODY_MAX);
	buf_init(&b, IPC_MAX);
	w = wr_to(&b);
	wr_u16(&w, type);
	wr_bytes(&w, body);
	ASSERT(wr_ok(&w));
	struct iovec v = { b.p, b.len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	while (r == 0) {
		if (sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = wait_for(fd, POLLOUT, deadline_ns);
	}
	return r;
}

/* One packet, without waiting: 0, -EAGAIN or what call_receive says. */
static int receive(int fd, uint16_t *out_type, struct buf *body)
{
	uint8_t raw[IPC_MAX];
	struct iovec v = { raw, sizeof(raw) };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	uint16_t type;
	struct rd in;

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (n == 0 && !(m.msg_flags & MSG_CTRUNC))
		return -ECONNRESET;
	in = rd_of(raw, (size_t)n);
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !rd_u16(&in, &type))
		return -EPROTO;
	if (!buf_put_rd(body, in))
		return -ENOBUFS;
	*out_type = type;
	return 0;
}

int call_receive(int fd, uint64_t deadline_ns, uint16_t *out_type, struct buf *body)
{
	int r, waited = 0;

	while ((r = receive(fd, out_type, body)) == -EAGAIN) {
		if (waited < 0)
			return waited;
		waited = wait_for(fd, POLLIN, deadline_ns);
		if (waited < 0 && waited != -ETIMEDOUT)
			return waited;
		if (waited == 0 && clock_mono_ns() > deadline_ns)
			waited = -ETIMEDOUT;
	}
	return r;
}
