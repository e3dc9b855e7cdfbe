/*
 * Is:        a listening TCP socket (contract in the header).
 * Is not:    a resolver.
 * Called by: main.c of witness and mirror; up.c, which only tries.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#include "cli/witness/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/text.h"
#include "os/fd.h"

enum { BACKLOG = 64 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool parse(struct rd text, union address *out, socklen_t *out_len)
{
	char host[INET6_ADDRSTRLEN];
	struct rd name;
	bool is_v6 = rd_word(&text, "[");
	uint64_t port;

	if (!rd_until(&text, is_v6 ? ']' : ':', &name) || (is_v6 && !rd_word(&text, ":")) || name.len >= sizeof(host) ||
	    !text_u64(text, &port) || port > UINT16_MAX)
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)name.len, (const char *)name.p);
	memset(out, 0, sizeof(*out));
	if (is_v6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons((uint16_t)port);
		*out_len = sizeof(out->v6);
		return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons((uint16_t)port);
	*out_len = sizeof(out->v4);
	return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1;
}

static void print(const union address *a, char *out)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host)))
		(void)snprintf(out, ADDRESS_ROOM, "[%s]:%u", host, ntohs(a->v6.sin6_port));
	else if (inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host)))
		(void)snprintf(out, ADDRESS_ROOM, "%s:%u", host, ntohs(a->v4.sin_port));
}

int address_listen(const char *text, int *out_fd, char *out)
{
	AUTO(fd_close) int fd = -1;
	union address a;
	socklen_t len;
	int one = 1;

	if (!parse(rd_str(text), &a, &len))
		return -EINVAL;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 || bind(fd, &a.any, len) < 0 ||
	    listen(fd, BACKLOG) < 0 || getsockname(fd, &a.any, &len) < 0)
		return -errno;
	print(&a, out);
	*out_fd = fd;
	fd = -1;
	return 0;
}
