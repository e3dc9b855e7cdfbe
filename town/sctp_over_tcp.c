/*
 * Is:        a library that is loaded before osmo-msc and gives it SCTP over TCP: one
 *            stream, each message behind its length of four bytes.
 * Is not:    part of the product; SCTP for anybody but the town's own two ends.
 * Called by: osmo-msc, through LD_PRELOAD; parts/phones.py is the other end.
 * Owns:      nothing.
 * Trust:     both ends are ours, on the loopback of one zone.
 *
 * osmo-msc ends when it cannot open its SCTP socket, and many kernels (containers, small
 * virtual machines) have no SCTP. With this it needs none, and no kernel module is loaded
 * where there is one.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { HEAD = 4, EVENTS = 11, OLD_EVENTS_LEN = 13, END_OF_MESSAGE = 0x80 };

/* What libsctp and the C library offer; the program calls these instead. */
int sctp_bindx(int fd, struct sockaddr *addrs, int n, int flags);
int sctp_connectx(int fd, struct sockaddr *addrs, int n, void *id);
int sctp_recvmsg(int fd, void *msg, size_t len, struct sockaddr *from, socklen_t *fromlen, void *info, int *flags);
int sctp_sendmsg(int fd, const void *msg, size_t len, struct sockaddr *to, socklen_t tolen, uint32_t ppid,
    uint32_t flags, uint16_t stream, uint32_t ttl, uint32_t context);
int sctp_send(int fd, const void *msg, size_t len, const void *info, int flags);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int socket(int domain, int type, int protocol)
{
	static int (*real)(int, int, int);

	if (!real)
		*(void **)&real = next("socket");
	if (protocol != IPPROTO_SCTP)
		return real(domain, type, protocol);
	return real(domain, (type & ~0xf) | SOCK_STREAM, IPPROTO_TCP);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	static int (*real)(int, int, int, const void *, socklen_t);

	if (!real)
		*(void **)&real = next("setsockopt");
	return level == IPPROTO_SCTP ? 0 : real(fd, level, name, value, len);
}

/* libosmocore asks how long the kernel's list of events is, and knows this length. */
int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	static int (*real)(int, int, int, void *, socklen_t *);

	if (!real)
		*(void **)&real = next("getsockopt");
	if (level != IPPROTO_SCTP)
		return real(fd, level, name, value, len);
	if (name == EVENTS && *len > OLD_EVENTS_LEN)
		*len = OLD_EVENTS_LEN;
	memset(value, 0, *len);
	return 0;
}

static socklen_t size_of(const struct sockaddr *a)
{
	return a->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int sctp_bindx(int fd, struct sockaddr *addrs, int n, int flags)
{
	return bind(fd, addrs, size_of(addrs));
}

int sctp_connectx(int fd, struct sockaddr *addrs, int n, void *id)
{
	return connect(fd, addrs, size_of(addrs));
}

/* One whole message, or -1 with EAGAIN when it is not all there. */
int sctp_recvmsg(int fd, void *msg, size_t len, struct sockaddr *from, socklen_t *fromlen, void *info, int *flags)
{
	uint32_t head;
	int there;
	ssize_t n = recv(fd, &head, HEAD, MSG_PEEK | MSG_DONTWAIT);

	if (flags)
		*flags = END_OF_MESSAGE;
	if (n <= 0)
		return (int)n;
	if (n < HEAD || ioctl(fd, FIONREAD, &there) < 0 || (size_t)there < HEAD + (size_t)ntohl(head)) {
		errno = EAGAIN;
		return -1;
	}
	if (ntohl(head) > len) {
		errno = EMSGSIZE;
		return -1;
	}
	if (recv(fd, &head, HEAD, 0) != HEAD)
		return -1;
	return (int)recv(fd, msg, ntohl(head), 0);
}

int sctp_send(int fd, const void *msg, size_t len, const void *info, int flags)
{
	uint32_t head = htonl((uint32_t)len);
	struct iovec parts[] = { { &head, HEAD }, { (void *)(uintptr_t)msg, len } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = sendmsg(fd, &m, flags | MSG_NOSIGNAL);

	if (n >= 0 && (size_t)n != HEAD + len) {
		errno = EPIPE; /* the town's messages never fill a socket */
		return -1;
	}
	return n < 0 ? -1 : (int)len;
}

int sctp_sendmsg(int fd, const void *msg, size_t len, struct sockaddr *to, socklen_t tolen, uint32_t ppid,
    uint32_t flags, uint16_t stream, uint32_t ttl, uint32_t context)
{
	return sctp_send(fd, msg, len, NULL, 0);
}
