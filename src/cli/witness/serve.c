/*
 * Is:        tlog-witness over HTTP (contract in the header).
 * Is not:    the judgement.
 * Called by: main.c.
 * Owns:      connections.
 * Trust:     the network is hostile.
 *
 * libmicrohttpd runs inside our loop, without a thread: its epoll descriptor is
 * watched, and its timeouts are a timer of ours.
 */
#include "cli/witness/serve.h"

#include <errno.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "crypto/sha256.h"
#include "os/clock.h"

enum {
	CONNECTIONS_MAX = 64,
	PER_ADDRESS_MAX = 16,
	IDLE_S = 15,
	CONNECTION_MEMORY = 16 * 1024 /* request line and headers */
};
#define REQUEST_NS (30ull * NS_PER_S) /* from its headers to its last byte */

struct serve {
	struct MHD_Daemon *daemon;
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer timer;
	const struct witness *wi;
	struct store *store;
	const struct serve_calls *calls;
	void *ctx;
};

/* One request, while its body comes. */
struct request {
	struct buf body;
	uint64_t began_ns;
};

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *type, struct rd body)
{
	/* The library's prototype lacks a const; it copies. */
	struct MHD_Response *r = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	if (r && MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		result = MHD_queue_response(c, status, r);
	if (r)
		MHD_destroy_response(r);
	return result;
}

static enum MHD_Result reply_status(struct MHD_Connection *c, unsigned status)
{
	return reply(c, status, WITNESS_TEXT_TYPE, rd_of("", 0));
}

/* Closed without an answer: whether it happened is not known. */
static enum MHD_Result poisoned(struct serve *s, int err)
{
	s->calls->poisoned(s->ctx, err);
	return MHD_NO;
}

static enum MHD_Result add_checkpoint(struct serve *s, struct MHD_Connection *c, struct rd body)
{
	AUTO(buf_done) struct buf answer = { 0 };
	struct witness_answer a;
	int r;

	buf_init(&answer, WITNESS_ANSWER_MAX);
	r = witness_add_checkpoint(s->wi, body, clock_wall_ns() / NS_PER_S, &answer, &a);
	if (r < 0)
		return poisoned(s, r);
	if (a.log)
		s->calls->answered(s->ctx, &a);
	return reply(c, a.status, a.status == WITNESS_CONFLICT ? WITNESS_SIZE_TYPE : WITNESS_TEXT_TYPE, buf_rd(&answer));
}

static enum MHD_Result get_checkpoint(struct serve *s, struct MHD_Connection *c, struct rd path)
{
	AUTO(buf_done) struct buf note = { 0 };
	uint8_t wanted[SHA256_LEN], is[SHA256_LEN];
	struct rd hex;
	int r;

	buf_init(&note, WITNESS_NOTE_MAX);
	if (!rd_word(&path, "/") || !rd_until(&path, '/', &hex) || !rd_is(&path, "checkpoint") ||
	    !text_hex(hex, wanted, sizeof(wanted)))
		return reply_status(c, MHD_HTTP_NOT_FOUND);
	for (size_t i = 0; i < s->wi->n_logs; i++) {
		struct rd origin = rd_str(s->wi->logs[i].name);
		sha256_of(origin, is);
		if (memcmp(is, wanted, sizeof(is)) != 0)
			continue;
		r = store_checkpoint(s->store, origin, &note);
		if (r < 0)
			return poisoned(s, r);
		return r == STORE_NONE ? reply_status(c, MHD_HTTP_NOT_FOUND)
				       : reply(c, MHD_HTTP_OK, WITNESS_TEXT_TYPE, buf_rd(&note));
	}
	return reply_status(c, MHD_HTTP_NOT_FOUND);
}

static enum MHD_Result begin(struct MHD_Connection *c, void **state)
{
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct request *q;
	uint64_t n;

	if (length && (!text_u64(rd_str(length), &n) || n > WITNESS_REQUEST_MAX))
		return reply_status(c, MHD_HTTP_CONTENT_TOO_LARGE);
	q = mem_new(1, sizeof(*q));
	buf_init(&q->body, WITNESS_REQUEST_MAX);
	q->began_ns = clock_mono_ns();
	*state = q;
	return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *data, size_t *data_len, void **state) /* Rule Zero: the library's prototype */
{
	struct serve *s = ctx;
	struct request *q = *state;

	if (!q)
		return begin(c, state);
	if (*data_len) {
		/* More than was announced, or for ever: the connection ends. */
		if (!buf_put_rd(&q->body, rd_of(data, *data_len)) || clock_mono_ns() - q->began_ns > REQUEST_NS)
			return MHD_NO;
		*data_len = 0;
		return MHD_YES;
	}
	if (strcmp(url, "/add-checkpoint") == 0)
		return strcmp(method, MHD_HTTP_METHOD_POST) == 0 ? add_checkpoint(s, c, buf_rd(&q->body))
								  : reply_status(c, MHD_HTTP_METHOD_NOT_ALLOWED);
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		return get_checkpoint(s, c, rd_str(url));
	return reply_status(c, MHD_HTTP_METHOD_NOT_ALLOWED);
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct request *q = *state;

	if (!q)
		return;
	buf_done(&q->body);
	mem_free(&q);
	*state = NULL;
}

static void turn(struct serve *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	(void)MHD_run(s->daemon);
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		loop_timer_set(s->loop, &s->timer, (ms < 1000 ? ms : 1000) * (uint64_t)NS_PER_MS);
	else
		loop_timer_clear(s->loop, &s->timer);
}

static void on_ready(void *ctx, uint32_t events)
{
	turn(ctx);
}

static void on_timer(void *ctx)
{
	turn(ctx);
}

int serve_start(struct serve **out, int fd, struct loop *l, const struct witness *wi, struct store *store,
    const struct serve_calls *calls, void *ctx)
{
	struct serve *s = mem_new(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	int r;

	*s = (struct serve){ .loop = l, .wi = wi, .store = store, .calls = calls, .ctx = ctx };
	loop_timer_init(&s->timer, on_timer, s);
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)PER_ADDRESS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	r = info ? loop_watch(l, info->epoll_fd, EPOLLIN, on_ready, s, &s->watch) : -EIO;
	if (r < 0)
		serve_stop(&s);
	else
		*out = s;
	return r;
}

void serve_stop(struct serve **s)
{
	if (!*s)
		return;
	loop_unwatch((*s)->loop, &(*s)->watch);
	loop_timer_clear((*s)->loop, &(*s)->timer);
	if ((*s)->daemon)
		MHD_stop_daemon((*s)->daemon);
	mem_free(s);
}
