/*
 * Is:        an HTTP server within our loop: whole requests in, whole answers out.
 * Is not:    what is asked or answered. No TLS: a proxy in front brings it.
 * Called by: the servers of cli/witness and cli/mirror.
 * Owns:      connections, within limits of number, size and time.
 * Trust:     the network is hostile.
 *
 * libmicrohttpd without a thread: its epoll descriptor is watched by our loop, and its
 * timeouts are a timer of ours.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/timefmt.h"
#include "os/loop.h"

struct httpd;

#define HTTPD_HEADERS_NS (20ull * NS_PER_S) /* for whom nothing else is said */

struct httpd_limits {
	size_t body_max, answer_max;
	unsigned connections, per_address;
	uint64_t headers_ns; /* within which the headers of a request have to come */
};

struct httpd_request {
	const char *method, *url;
	struct rd body;
};

struct httpd_reply {
	unsigned status;
	const char *type;
	struct buf body; /* empty, of the size that was asked for */
};

/* Answers: 0, or negative to close the connection without a word. */
typedef int httpd_fn(void *ctx, const struct httpd_request *q, struct httpd_reply *out);

/* On the listening socket `fd` (taken). Reads nothing before the
 * loop runs. */
struct httpd_calls {
	struct httpd_limits limits;
	httpd_fn *answer;
	void *ctx;
};
MUST_USE int httpd_start(struct httpd **out, int fd, struct loop *l, const struct httpd_calls *calls);
void httpd_stop(struct httpd **h);
