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

/* Sends what was not sent on this link yet, as far as it takes it. */
static void send_more(struct recorder_link *r)
{
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
	send_more(r);
	return 0;
}

static const struct ipc_row rows[] = {
	{ RECORD_DURABLE, "durable", 1 << 0, false, 0, 16, on_durable },
};
static const struct ipc_table table = { "recorder", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct recorder_link *r = ctx;

	ipc_free(&r->link);
}

static void on_drained(void *ctx)
{
	send_more(ctx);
}

void recorder_init(struct recorder_link *r, struct loop *l)
{
	*r = (struct recorder_link){ .loop = l };
	buf_init(&r->queue, RECORDER_QUEUE_MAX);
}

void recorder_done(struct recorder_link *r)
{
	ipc_free(&r->link);
	buf_done(&r->queue);
}

int recorder_linked(struct recorder_link *r, int fd)
{
	int result;

	ipc_free(&r->link);
	r->asked = r->durable = 0;
	r->n_sent = r->sent_len = 0;
	result = ipc_new(r->loop, fd, &table, r, on_closed, &r->link);
	if (result < 0)
		return result;
	ipc_on_drained(r->link, on_drained);
	send_more(r);
	return 0;
}

bool recorder_event(struct recorder_link *r, const struct event *e)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_ask a = { .event = *e };

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	record_ask_write(&w, &a);
	if (!wr_ok(&w))
		return false;
	struct wr q = wr_to(&r->queue);
	if (buf_room(&r->queue) < b.len + 2)
		return false;
	wr_part16(&q, buf_rd(&b));
	ASSERT(wr_ok(&q));
	r->n_queue++;
	send_more(r);
	return true;
}
