/*
 * Is:        the asker's side of record_proto.
 * Is not:    the record.
 * Called by: the supervisor, and every process that records.
 * Owns:      its link and queue.
 * Trust:     evidenced.
 */
#include "proc/recorder.h"

#include <errno.h>

#include "base/assert.h"
#include "evidence/recording.h"

/* A request's token counts from 1 on each link, so it is written when it is sent. */
static int send_one(struct recorder_link *r, struct rd request)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd old;

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	wr_u64(&w, r->asked + 1);
	if (!rd_take(&request, 8, &old))
		UNREACHABLE();
	wr_bytes(&w, request);
	ASSERT(wr_ok(&w));
	int result = ipc_send(r->link, RECORD_ASK, buf_rd(&b));
	if (result == 0)
		r->asked++;
	return result;
}

static void send_others(struct recorder_link *r)
{
	struct rd all = buf_rd(&r->other), body;
	size_t done = 0;
	uint16_t type;

	while (rd_u16(&all, &type) && rd_part16(&all, IPC_BODY_MAX, &body) && ipc_send(r->link, type, body) == 0)
		done += 2 + 2 + body.len;
	buf_drop(&r->other, done);
}

/* Sends what was not sent on this link yet, as far as it takes it. */
static void send_more(struct recorder_link *r)
{
	if (r->link)
		send_others(r);
	struct rd all = buf_rd(&r->queue), request;
	size_t before;

	if (!rd_skip(&all, r->sent_len))
		UNREACHABLE();
	for (before = all.len; r->link && rd_part16(&all, IPC_BODY_MAX, &request); before = all.len) {
		if (send_one(r, request) != 0)
			return;
		r->n_sent++;
		r->sent_len += before - all.len;
	}
}

static void drop_oldest(struct recorder_link *r)
{
	struct rd all = buf_rd(&r->queue), request;
	size_t before = all.len;

	if (!rd_part16(&all, IPC_BODY_MAX, &request))
		UNREACHABLE();
	buf_drop(&r->queue, before - all.len);
	r->n_queue--;
	r->n_sent--;
	r->sent_len -= before - all.len;
}

static int on_durable(void *ctx, struct ipc_in *in)
{
	struct recorder_link *r = ctx;
	uint64_t token, seq;

	if (!rd_u64(&in->body, &token) || !rd_u64(&in->body, &seq) || token > r->asked || token < r->durable)
		return -EBADMSG;
	for (; r->durable < token; r->durable++)
		drop_oldest(r);
	r->durable_seq = seq;
	while (in->body.len) {
		struct mark m;
		if (!rd_u64(&in->body, &m.token) || !rd_u64(&in->body, &m.seq) || m.token > token || m.seq > seq)
			return -EBADMSG;
		marks_keep(&r->closed, m);
	}
	send_more(r);
	if (r->calls)
		r->calls->durable(r->ctx, token);
	return 0;
}

static int on_reel(struct recorder_link *r, struct ipc_in *in, uint16_t type)
{
	struct record_reel a;
	int fd = type == RECORD_REEL_FD ? in->fd[0] : -1;

	if (!r->calls || !record_reel_read(&in->body, type, &a))
		return -EBADMSG;
	if (fd >= 0)
		in->fd[0] = -1;
	r->calls->reel(r->ctx, &a, fd);
	return 0;
}

static int on_reel_fd(void *ctx, struct ipc_in *in)
{
	return on_reel(ctx, in, RECORD_REEL_FD);
}

static int on_reel_no(void *ctx, struct ipc_in *in)
{
	return on_reel(ctx, in, RECORD_REEL_NO);
}

static int on_share(struct recorder_link *r, struct ipc_in *in, uint16_t type)
{
	struct record_share a;

	if (!r->calls || !record_share_read(&in->body, type, &a))
		return -EBADMSG;
	r->calls->share(r->ctx, &a);
	return 0;
}

static int on_shared(void *ctx, struct ipc_in *in)
{
	return on_share(ctx, in, RECORD_SHARED);
}

static int on_share_no(void *ctx, struct ipc_in *in)
{
	return on_share(ctx, in, RECORD_SHARE_NO);
}

static int on_spool_fd(void *ctx, struct ipc_in *in)
{
	struct recorder_link *r = ctx;
	int fd = in->fd[0];

	if (!r->calls || !r->calls->spool)
		return -EBADMSG;
	in->fd[0] = -1;
	r->calls->spool(r->ctx, fd);
	return 0;
}

static int on_spool_no(void *ctx, struct ipc_in *in)
{
	struct recorder_link *r = ctx;
	struct rd why;

	if (!r->calls || !r->calls->spool || !rd_part8(&in->body, RECORD_WHY_MAX, &why))
		return -EBADMSG;
	r->calls->spool(r->ctx, -1);
	return 0;
}

enum { REEL_LEN = RECORDING_ID_LEN + 4, SHARED_LEN = RECORDING_ID_LEN + 1 + KEEPER_NAME_MAX, WHY_LEN = 1 + RECORD_WHY_MAX };

static const struct ipc_row rows[] = {
	{ RECORD_DURABLE, "durable", 1 << 0, false, 0, RECORD_DURABLE_MAX, on_durable },
	{ RECORD_REEL_FD, "reel", 1 << 0, false, 1, REEL_LEN, on_reel_fd },
	{ RECORD_REEL_NO, "no reel", 1 << 0, false, 0, REEL_LEN + WHY_LEN, on_reel_no },
	{ RECORD_SHARED, "shared", 1 << 0, false, 0, SHARED_LEN, on_shared },
	{ RECORD_SHARE_NO, "not shared", 1 << 0, false, 0, SHARED_LEN + WHY_LEN, on_share_no },
	{ RECORD_SPOOL_FD, "spool", 1 << 0, true, 1, 0, on_spool_fd },
	{ RECORD_SPOOL_NO, "no spool", 1 << 0, true, 0, WHY_LEN, on_spool_no },
};
static const struct ipc_table table = { "recorder", rows, ARRAY_LEN(rows) };

static void forget_all(struct recorder_link *r)
{
	buf_reset(&r->queue);
	buf_reset(&r->other);
	r->n_queue = r->n_sent = r->sent_len = 0;
}

static void on_closed(void *ctx, int err)
{
	struct recorder_link *r = ctx;

	ipc_free(&r->link);
	if (!r->calls)
		return;
	forget_all(r);
	r->calls->gone(r->ctx);
}

static void on_drained(void *ctx)
{
	send_more(ctx);
}

void recorder_init(struct recorder_link *r, struct loop *l)
{
	*r = (struct recorder_link){ .loop = l };
	buf_init(&r->queue, RECORDER_QUEUE_MAX);
	buf_init(&r->other, RECORDER_OTHER_MAX);
}

void recorder_done(struct recorder_link *r)
{
	ipc_free(&r->link);
	buf_done(&r->queue);
	buf_done(&r->other);
}

void recorder_watch(struct recorder_link *r, const struct recorder_calls *calls, void *ctx)
{
	r->calls = calls;
	r->ctx = ctx;
}

int recorder_linked(struct recorder_link *r, int fd)
{
	int result;

	if (r->link && r->calls) {
		/* Another link takes the place of one that still held: what was asked on it
		 * is as unknown as after its end. */
		ipc_free(&r->link);
		forget_all(r);
		r->calls->gone(r->ctx);
	}
	ipc_free(&r->link);
	r->asked = r->durable = r->durable_seq = 0;
	r->closed.n = 0;
	r->n_sent = r->sent_len = 0;
	result = ipc_new(r->loop, fd, &table, r, on_closed, &r->link);
	if (result < 0)
		return result;
	ipc_on_drained(r->link, on_drained);
	send_more(r);
	return 0;
}

static bool queue_request(struct recorder_link *r, const struct record_ask *a)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	record_ask_write(&w, a);
	if (!wr_ok(&w))
		return false;
	struct wr q = wr_to(&r->queue);
	if (buf_room(&r->queue) < b.len + 2)
		return false;
	wr_part16(&q, buf_rd(&b));
	ASSERT(wr_ok(&q));
	r->n_queue++;
	return true;
}

bool recorder_event(struct recorder_link *r, const struct event *e)
{
	struct record_ask a = { .event = *e };

	if (!queue_request(r, &a))
		return false;
	send_more(r);
	return true;
}

bool recorder_ask(struct recorder_link *r, const struct record_ask *a, uint64_t *out_token)
{
	if (!r->link || !queue_request(r, a))
		return false;
	/* The queue goes out in order, and its oldest is the one after `durable`. */
	*out_token = r->durable + r->n_queue;
	send_more(r);
	return true;
}

static bool queue_other(struct recorder_link *r, uint16_t type, const struct buf *body)
{
	struct wr q = wr_to(&r->other);

	if (!r->link || buf_room(&r->other) < 2 + 2 + body->len)
		return false;
	wr_u16(&q, type);
	wr_part16(&q, buf_rd(body));
	ASSERT(wr_ok(&q));
	send_more(r);
	return true;
}

bool recorder_reel(struct recorder_link *r, const uint8_t *recording, uint32_t reel)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_reel a = { .recording = rd_of(recording, RECORDING_ID_LEN), .reel = reel };

	buf_init(&b, REEL_LEN);
	struct wr w = wr_to(&b);
	record_reel_write(&w, RECORD_REEL, &a);
	return wr_ok(&w) && queue_other(r, RECORD_REEL, &b);
}

bool recorder_share(struct recorder_link *r, const uint8_t *recording, struct rd keeper, struct rd sealed)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_share a = { .recording = rd_of(recording, RECORDING_ID_LEN), .keeper = keeper, .sealed = sealed };

	buf_init(&b, SHARED_LEN + 2 + RECORDING_SHARE_MAX);
	struct wr w = wr_to(&b);
	record_share_write(&w, RECORD_SHARE, &a);
	return wr_ok(&w) && queue_other(r, RECORD_SHARE, &b);
}

bool recorder_spool(struct recorder_link *r)
{
	AUTO(buf_done) struct buf none = { 0 };

	return queue_other(r, RECORD_SPOOL, &none);
}
