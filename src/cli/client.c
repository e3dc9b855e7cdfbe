/*
 * Is:        one question to the supervisor and its answer.
 * Is not:    the supervisor's side.
 * Called by: subcommands.
 * Owns:      its socket.
 * Trust:     the supervisor of the same user.
 */
#include "cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/wr.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "proc/control.h"

enum { FDS_MAX = 2, MESSAGE_MAX = 64 };

int client_connect(const char *dir, const char *name, int *out)
{
	AUTO(fd_close) int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO(fd_close) int fd = -1;
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (dir_fd < 0)
		return -errno;
	/* a path through the descriptor: sun_path has room for few */
	if (snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d/%s", dir_fd, name) >= (int)sizeof(a.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	*out = fd;
	fd = -1;
	return 0;
}

static int receive(int fd, uint16_t want, struct buf *out)
{
	AUTO(buf_done) struct buf packet = { 0 };
	uint16_t type;
	ssize_t n;

	buf_init(&packet, IPC_MAX);
	n = fd_read(fd, &packet);
	if (n <= 0)
		return n ? (int)n : -ECONNRESET;
	struct rd r = buf_rd(&packet);
	if (!rd_u16(&r, &type) || type != want)
		return -EPROTO;
	return buf_put_rd(out, r) ? 0 : -ENOBUFS;
}

static int wait_for(int fd, int patience_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = poll(&p, 1, patience_ms);

	return r > 0 ? 0 : r == 0 ? -ETIMEDOUT : -errno;
}

static int ask(int fd, uint16_t type, uint16_t want, int patience_ms, struct buf *out)
{
	AUTO(buf_done) struct buf packet = { 0 };
	int r;

	buf_init(&packet, IPC_MAX);
	struct wr w = wr_to(&packet);
	wr_u16(&w, type);
	r = fd_write_all(fd, buf_rd(&packet));
	if (r == 0)
		r = wait_for(fd, patience_ms);
	return r == 0 ? receive(fd, want, out) : r;
}

int client_ask(const char *dir, uint16_t type, uint16_t want, int patience_ms, struct buf *out)
{
	AUTO(fd_close) int fd = -1;
	int r = client_connect(dir, "control", &fd);

	return r == 0 ? ask(fd, type, want, patience_ms, out) : r;
}

int client_down(const char *dir, int patience_ms)
{
	AUTO(buf_done) struct buf nothing = { 0 };
	AUTO(fd_close) int fd = -1;
	AUTO(fd_close) int pidfd = -1;
	struct ucred peer;
	socklen_t n = sizeof(peer);
	int r = client_connect(dir, "control", &fd);

	if (r < 0)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0)
		pidfd = (int)syscall(SYS_pidfd_open, peer.pid, 0);
	if (pidfd < 0)
		return -errno;
	buf_init(&nothing, 16);
	r = ask(fd, CONTROL_DOWN, CONTROL_DONE, patience_ms, &nothing);
	return r == 0 ? wait_for(pidfd, patience_ms) : r;
}

/* The supervisor passes them on before it reads our hang-up. */
static int send_fds(const char *dir, struct rd message, const int *fds, size_t n)
{
	AUTO(fd_close) int fd = -1;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { .room = { 0 } };
	uint8_t raw[MESSAGE_MAX];
	struct iovec v = { raw, message.len };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	int r = client_connect(dir, "control", &fd);

	ASSERT(n <= FDS_MAX && message.len <= sizeof(raw));
	if (r < 0 || !rd_copy(&message, raw, message.len))
		return r;
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ASSERT(c); /* there is room for one */
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int client_members(const char *dir, const int fds[2])
{
	uint8_t type[2] = { CONTROL_MEMBERS >> 8, CONTROL_MEMBERS & 0xff };

	return send_fds(dir, rd_of(type, sizeof(type)), fds, 2);
}

int client_keys(const char *dir, int *out_fd)
{
	uint8_t type[2] = { CONTROL_KEYS >> 8, CONTROL_KEYS & 0xff };
	AUTO(fd_close) int theirs = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	theirs = pair[1];
	r = fd_set_nonblock(theirs, true);
	if (r == 0)
		r = send_fds(dir, rd_of(type, sizeof(type)), &theirs, 1);
	if (r == 0)
		*out_fd = pair[0];
	else
		fd_close(&pair[0]);
	return r;
}

int client_retention(const char *dir, const char *log, struct rd request, int patience_ms, struct buf *out)
{
	AUTO(buf_done) struct buf message = { 0 };
	AUTO(fd_close) int mine = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	mine = pair[0];
	buf_init(&message, MESSAGE_MAX);
	struct wr w = wr_to(&message);
	wr_u16(&w, CONTROL_RETENTION);
	wr_part8(&w, rd_str(log));
	r = wr_ok(&w) ? send_fds(dir, buf_rd(&message), &pair[1], 1) : -ENAMETOOLONG;
	fd_close(&pair[1]);
	if (r == 0)
		r = fd_write_all(mine, request);
	if (r == 0)
		r = wait_for(mine, patience_ms);
	if (r < 0)
		return r;
	ssize_t n = fd_read(mine, out);
	return n > 0 ? 0 : n < 0 ? (int)n : -ECONNRESET;
}
