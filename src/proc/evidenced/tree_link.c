/*
 * Is:        the writer's side of the link to treed (contract in the header).
 * Is not:    the tree.
 * Called by: evidenced.
 * Owns:      the link.
 * Trust:     what comes is checked for order.
 */
#include "proc/evidenced/tree_link.h"

#include <errno.h>

#include "base/assert.h"
#include "base/wr.h"
#include "os/ipc.h"
#include "proc/talk/tree_proto.h"

static int send(struct tree_link *t, uint16_t type, struct rd body)
{
	int r = t->link ? ipc_send(t->link, type, body) : -EPIPE;

	return r == IPC_BUSY ? -ENOBUFS : r;
}

static int tell(struct tree_link *t)
{
	AUTO(buf_done) struct buf b = { 0 };

	if (!t->is_open || t->is_telling || t->durable == t->told)
		return 0;
	buf_init(&b, sizeof(t->durable));
	struct wr w = wr_to(&b);
	wr_u64(&w, t->durable);
	t->told = t->durable;
	t->is_telling = true;
	return send(t, TREE_DURABLE, buf_rd(&b));
}

static void set_full(struct tree_link *t, bool is_full)
{
	bool before = t->is_full;

	t->is_full = is_full;
	if (before != is_full)
		t->calls->full(t->ctx);
}

/* It begins again at the last state, below what it had taken. */
static int on_opened(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;
	uint64_t size;

	if (!rd_u64(&in->body, &size) || t->is_open || size > t->durable)
		return -EBADMSG;
	t->is_open = true;
	t->taken = size;
	t->is_telling = t->told > size; /* it goes on to there by itself */
	set_full(t, false);
	return tell(t);
}

static int on_taken(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;
	uint64_t size;
	int r = 0;

	if (!rd_u64(&in->body, &size) || !t->is_open || size < t->taken || size > t->durable)
		return -EBADMSG;
	t->taken = size;
	if (size >= t->told) {
		t->is_telling = false;
		r = tell(t);
	}
	t->calls->taken(t->ctx);
	return r;
}

static int on_settled(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;
	struct tree_state s = t->settled;

	if (!rd_u64(&in->body, &s.size) || !rd_copy(&in->body, s.root.b, sizeof(s.root.b)) || !t->is_busy || !t->is_open ||
	    s.size < t->settled.size || s.size > t->durable)
		return -EBADMSG;
	t->is_busy = false;
	t->settled = s;
	if (s.size > t->taken)
		t->taken = s.size;
	t->calls->settled(t->ctx);
	return 0;
}

static int on_published(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;
	uint64_t size;

	if (!rd_u64(&in->body, &size) || !t->is_busy || size < t->published || size != t->settled.size)
		return -EBADMSG;
	t->is_busy = false;
	t->published = size;
	t->calls->published(t->ctx);
	return 0;
}

static int on_not_now(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;

	if (!t->is_busy)
		return -EBADMSG;
	t->is_busy = false;
	return 0;
}

static int on_full(void *ctx, struct ipc_in *in)
{
	struct tree_link *t = ctx;

	t->is_open = t->is_telling = false;
	set_full(t, true);
	return 0;
}

static const struct ipc_row rows[] = {
	{ TREE_OPENED, "opened", 1 << 0, false, 0, 8, on_opened },
	{ TREE_TAKEN, "taken", 1 << 0, false, 0, 8, on_taken },
	{ TREE_SETTLED, "settled", 1 << 0, false, 0, TREE_SETTLED_LEN, on_settled },
	{ TREE_PUBLISHED, "published", 1 << 0, false, 0, 8, on_published },
	{ TREE_NOT_NOW, "not-now", 1 << 0, false, 0, 0, on_not_now },
	{ TREE_FULL, "full", 1 << 0, false, 0, 0, on_full },
};
static const struct ipc_table table = { "evidenced-tree", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	struct tree_link *t = ctx;

	ipc_free(&t->link);
	t->is_open = false;
	t->calls->gone(t->ctx);
}

int tree_link_open(struct tree_link *t, struct loop *l, int fd, bool has_quorum, uint64_t taken,
    const struct tree_calls *calls, void *ctx)
{
	uint8_t body = has_quorum;
	int r;

	*t = (struct tree_link){ .calls = calls, .ctx = ctx, .durable = taken, .told = taken, .taken = taken };
	r = ipc_new(l, fd, &table, t, on_closed, &t->link);
	return r < 0 ? r : send(t, TREE_OPEN, rd_of(&body, sizeof(body)));
}

void tree_link_done(struct tree_link *t)
{
	ipc_free(&t->link);
}

int tree_link_durable(struct tree_link *t, uint64_t durable)
{
	ASSERT(durable >= t->durable);
	t->durable = durable;
	return tell(t);
}

int tree_link_settle(struct tree_link *t)
{
	ASSERT(!t->is_busy);
	t->is_busy = true;
	return send(t, TREE_SETTLE, rd_of(NULL, 0));
}

int tree_link_publish(struct tree_link *t, struct rd note)
{
	ASSERT(!t->is_busy);
	t->is_busy = true;
	return send(t, TREE_PUBLISH, note);
}

bool tree_link_lags(const struct tree_link *t, uint64_t durable)
{
	return !t->is_full && durable > t->taken && durable - t->taken > TREE_LAG_MAX;
}
