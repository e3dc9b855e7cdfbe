/*
 * Is:        an HTTP server within our loop (contract in the header).
 * Is not:    what is asked or answered.
 * Called by: the servers of cli/witness and cli/mirror.
 * Owns:      connections.
 * Trust:     the network is hostile.
 */
#include "cli/witness/httpd.h"

#include <errno.h>
#include <microhttpd.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "os/clock.h"

enum { IDLE_S = 15, CONNECTION_MEMORY = 16 * 1024 /* request line and headers */ };
#define REQUEST_NS (30ull * NS_PER_S) /* from its headers to its last byte */

struct httpd {
	struct MHD_Daemon *daemon;
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer timer;
	struct httpd_calls calls;
	struct list peers;
};

/* A connection. The library knows who says nothing, and not who says a byte now and then. */
struct peer {
	struct list in;
	struct MHD_Connection *c;
	uint64_t since_ns; /* it was made, or had its last answer */
	bool has_asked;    /* the headers of a request are there */
};

/* One request, while its body comes. */
struct request {
	struct buf body;
	uint64_t began_ns;
};

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **own, enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = ctx;
	struct peer *p = *own;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED && p) {
		list_remove(&p->in);
		mem_free(&p);
		*own = NULL;
	} else if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*own = p = mem_new(1, sizeof(*p));
		*p = (struct peer){ .c = c, .since_ns = clock_mono_ns() };
		list_append(&h->peers, &p->in);
	}
}

static void expect_request(struct MHD_Connection *c, bool has_asked)
{
	struct peer *p = peer_of(c);

	if (p)
		p->has_asked = has_asked;
	if (p && !has_asked)
		p->since_ns = clock_mono_ns();
}

/* Whoever does not get to the end of his headers loses the connection: there are few, and others wait for one. */
static void end_slow(struct httpd *h)
{
	const uint64_t now_ns = clock_mono_ns();

	LIST_EACH (it, &h->peers) {
		const struct peer *p = CONTAINER_OF(it, struct peer, in);
		const union MHD_ConnectionInfo *info = p->has_asked || now_ns - p->since_ns < h->calls.limits.headers_ns ? NULL :
		    MHD_get_connection_info(p->c, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info)
			(void)shutdown(info->connect_fd, SHUT_RDWR);
	}
}

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *type, struct rd body)
{
	/* The library's prototype lacks a const; it copies. */
	struct MHD_Response *r = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	if (r && (!type || MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES))
		result = MHD_queue_response(c, status, r);
	if (r)
		MHD_destroy_response(r);
	return result;
}

struct framing {
	unsigned n_lengths, n_codings;
};

static enum MHD_Result note_framing(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct framing *f = ctx;

	f->n_lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	f->n_codings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	return MHD_YES;
}

/* RFC 9112, 6.3: where a body ends must be said once. Else a proxy in front may read another end than the
 * library does, and hand one client's answer to the next. */
static bool ends_once(struct MHD_Connection *c)
{
	struct framing f = { 0, 0 };

	(void)MHD_get_connection_values(c, MHD_HEADER_KIND, note_framing, &f);
	return f.n_lengths + f.n_codings <= 1;
}

static enum MHD_Result begin(struct httpd *h, struct MHD_Connection *c, void **state)
{
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct request *q;
	uint64_t n;

	expect_request(c, true);
	if (!ends_once(c))
		return MHD_NO;
	if (length && (!text_u64(rd_str(length), &n) || n > h->calls.limits.body_max))
		return reply(c, MHD_HTTP_CONTENT_TOO_LARGE, NULL, rd_of("", 0));
	q = mem_new(1, sizeof(*q));
	buf_init(&q->body, h->calls.limits.body_max);
	q->began_ns = clock_mono_ns();
	*state = q;
	return MHD_YES;
}

static enum MHD_Result finish(struct httpd *h, struct MHD_Connection *c, const struct httpd_request *q)
{
	struct httpd_reply r = { .status = MHD_HTTP_INTERNAL_SERVER_ERROR };
	enum MHD_Result result;

	buf_init(&r.body, h->calls.limits.answer_max);
	result = h->calls.answer(h->calls.ctx, q, &r) == 0 ? reply(c, r.status, r.type, buf_rd(&r.body)) : MHD_NO;
	buf_done(&r.body);
	return result;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *data_len, void **state) /* Rule Zero: the library's prototype */
{
	struct request *q = *state;

	if (!q)
		return begin(ctx, c, state);
	if (*data_len) {
		/* More than was announced, or for ever: the connection ends. */
		if (!buf_put_rd(&q->body, rd_of(data, *data_len)) || clock_mono_ns() - q->began_ns > REQUEST_NS)
			return MHD_NO;
		*data_len = 0;
		return MHD_YES;
	}
	struct httpd_request whole = { method, url, buf_rd(&q->body) };
	return finish(ctx, c, &whole);
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct request *q = *state;

	expect_request(c, false);
	if (!q)
		return;
	buf_done(&q->body);
	mem_free(&q);
	*state = NULL;
}

static void turn(struct httpd *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	end_slow(h);
	(void)MHD_run(h->daemon);
	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		loop_timer_set(h->loop, &h->timer, (ms < 1000 ? ms : 1000) * (uint64_t)NS_PER_MS);
	else
		loop_timer_clear(h->loop, &h->timer);
}

static void on_ready(void *ctx, uint32_t events)
{
	turn(ctx);
}

static void on_timer(void *ctx)
{
	turn(ctx);
}

int httpd_start(struct httpd **out, int fd, struct loop *l, const struct httpd_calls *calls)
{
	struct httpd *h = mem_new(1, sizeof(*h));
	const union MHD_DaemonInfo *info;
	int r;

	*h = (struct httpd){ .loop = l, .calls = *calls };
	loop_timer_init(&h->timer, on_timer, h);
	list_init(&h->peers);
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_CONNECTION_LIMIT, calls->limits.connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, calls->limits.per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	info = h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	r = info ? loop_watch(l, info->epoll_fd, EPOLLIN, on_ready, h, &h->watch) : -EIO;
	if (r < 0)
		httpd_stop(&h);
	else
		*out = h;
	return r;
}

void httpd_stop(struct httpd **h)
{
	if (!*h)
		return;
	loop_unwatch((*h)->loop, &(*h)->watch);
	loop_timer_clear((*h)->loop, &(*h)->timer);
	if ((*h)->daemon)
		MHD_stop_daemon((*h)->daemon);
	mem_free(h);
}
