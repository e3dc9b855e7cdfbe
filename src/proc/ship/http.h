/*
 * Is:        requests over HTTP and HTTPS to addresses that were looked up before the
 *            belts went on: libcurl within our loop, without a thread or a file.
 * Is not:    a resolver once it runs, a follower of redirects, or a cookie jar.
 * Called by: shipd.
 * Owns:      connections, which it keeps for the next request.
 * Trust:     whoever answers is hostile: answers are bounded in size and time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "os/loop.h"

enum { HTTP_ANSWER_MAX = 16 * 1024, HTTP_TYPE_MAX = 64, HTTP_HOST_MAX = 256 };

/* A URL prefix, taken apart and looked up. */
struct http_place {
	char url[512];    /* without a slash at the end */
	char host[HTTP_HOST_MAX];
	uint16_t port;
	bool is_https;
	char resolve[512]; /* for libcurl: host:port:address; empty: no address was found */
};

/* Judges `url`: http or https, a host, perhaps a port and a path; no user, query or
 * fragment. NULL, or what is wrong with it. */
MUST_USE const char *http_place_parse(const char *url, struct http_place *out);
/* Asks the system's resolver, which may take its time. False: it knows no address. */
bool http_place_resolve(struct http_place *p);

struct http;

/* Before the belts: everything that reads a file. `authorities` are PEM certificates
 * that https is judged by; they are copied. */
MUST_USE int http_new(struct http **out, struct rd authorities);
/* The loop is there. */
void http_start(struct http *h, struct loop *l);
void http_free(struct http **h);

struct http_answer {
	const char *failure; /* why there is none, for people; else NULL */
	unsigned status;
	char type[HTTP_TYPE_MAX];
	struct rd body;      /* at most HTTP_ANSWER_MAX */
};

/* Called once for each request, from the loop; may ask again at once. */
typedef void http_done_fn(void *ctx, const struct http_answer *a);

struct http_ask {
	const struct http_place *place;
	const char *path;   /* after the prefix, with its slash */
	const char *type;   /* of the body; NULL: a GET without one */
	struct rd body;     /* borrowed until it is done */
	unsigned timeout_ms;
};

struct http_call;

/* Asks. The call lives until its answer has come, or http_cancel. */
MUST_USE int http_begin(struct http *h, const struct http_ask *ask, http_done_fn *done, void *ctx, struct http_call **out);
/* NULL-safe; nulls. */
void http_cancel(struct http_call **c);
