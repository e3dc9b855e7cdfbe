/*
 * Is:        receipts (contract in the header).
 * Is not:    the signing.
 * Called by: sessions, deskd.
 * Owns:      the link to keyd.
 * Trust:     keyd.
 *
 * A receipt is a signed note (C2SP signed-note) of the key ORIGIN/receipts over
 *
 *     slagboom-receipt/1
 *     gate ORIGIN
 *     log core                          (or: intercept)
 *     session 00112233445566778899aabbccddeeff
 *     grant 00112233445566778899aabbccddeeff
 *     engineer wei.zhang
 *     supplier meridian
 *     asset hlr1
 *     channel terminal
 *     began 2026-11-23T08:00:00Z
 *     ended 2026-11-23T08:31:00Z
 *     persons 3                         (shown in the clear)
 *     ceiling 5                         (that the bytes could have carried)
 *     opaque 0                          (bytes)
 *     from-supplier 812
 *     to-supplier 40021
 *     files 0
 *     refused 1
 *     record 48121                      (number of the closing record in that log)
 *     ended-by engineer
 */
#include "proc/desk/receipt.h"

#include <errno.h>

#include "base/wr.h"
#include "os/ipc.h"
#include "policy/scalar.h"
#include "proc/child.h"
#include "proc/desk/checks.h"
#include "proc/desk/desk_sessions.h"
#include "proc/desk/rooms.h"
#include "proc/desk/world.h"
#include "proc/talk/key_proto.h"

static struct {
	struct loop *loop;
	const char *origin;
	struct ipc *link;
} me;

static void put(struct wr *w, const char *key, struct rd value)
{
	wr_str(w, key);
	wr_bytes(w, value);
	wr_str(w, "\n");
}

static void put_number(struct wr *w, const char *key, uint64_t n)
{
	wr_str(w, key);
	wr_dec(w, n);
	wr_str(w, "\n");
}

static void put_instant(struct wr *w, const char *key, int64_t at)
{
	wr_str(w, key);
	w->failed = w->failed || !scalar_put_instant(w->b, at);
	wr_str(w, "\n");
}

static void put_text(struct wr *w, const struct session *s, uint64_t seq)
{
	const struct desk_counts *c = &s->counts;
	char id[2 * SESSION_ID_LEN + 1];

	sessions_id(s, id);
	wr_str(w, RECEIPT_FIRST_LINE);
	put(w, "gate ", rd_str(me.origin));
	put(w, "log ", rd_str(s->is_intercept ? "intercept" : "core"));
	put(w, "session ", rd_str(id));
	put(w, "grant ", rd_str(s->request));
	put(w, "engineer ", s->standing.grant.engineer);
	put(w, "supplier ", s->standing.grant.supplier);
	put(w, "asset ", rd_str(s->asset));
	put(w, "channel ", rd_str(policy_channels[s->channel]));
	put_instant(w, "began ", s->began);
	put_instant(w, "ended ", s->ended);
	put_number(w, "persons ", c->persons);
	put_number(w, "ceiling ", c->ceiling);
	put_number(w, "opaque ", c->opaque);
	put_number(w, "from-supplier ", c->from_supplier);
	put_number(w, "to-supplier ", c->to_supplier);
	put_number(w, "files ", c->files);
	put_number(w, "refused ", c->refused);
	put_number(w, "record ", seq);
	put(w, "ended-by ", rd_str(s->by[0] ? s->by : "unknown"));
}

bool receipt_ask(const struct session *s, uint64_t seq)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 8 + KEY_RECEIPT_MAX);
	struct wr w = wr_to(&b);
	wr_u64(&w, s->serial);
	put_text(&w, s, seq);
	return me.link && wr_ok(&w) && ipc_send(me.link, KEY_RECEIPT, buf_rd(&b)) == 0;
}

static int on_receipt(void *ctx, struct ipc_in *in)
{
	struct rd note;
	uint64_t serial;

	if (!rd_u64(&in->body, &serial) || !rd_take(&in->body, in->body.len, &note))
		return -EBADMSG;
	sessions_receipt(serial, note);
	return 0;
}

static int on_checked(void *ctx, struct ipc_in *in)
{
	struct rd body;

	return rd_take(&in->body, in->body.len, &body) && checks_answered(body) ? 0 : -EBADMSG;
}

static const struct ipc_row rows[] = {
	{ KEY_CHECKED, "checked", 1 << 0, false, 0, 16, on_checked },
	{ KEY_RECEIPT_SIGNED, "receipt-signed", 1 << 0, false, 0, 8 + KEY_NOTE_MAX, on_receipt },
};
static const struct ipc_table table = { "desk-key", rows, ARRAY_LEN(rows) };

static void on_closed(void *ctx, int err)
{
	if (err < 0)
		child_link_refused("keyd", ipc_refusal(me.link));
	ipc_free(&me.link);
	checks_gone();
}

void receipt_init(struct loop *l, const char *origin)
{
	me.loop = l;
	me.origin = origin;
}

void receipt_done(void)
{
	ipc_free(&me.link);
}

bool receipt_to_keyd(uint16_t type, struct rd body)
{
	return me.link && ipc_send(me.link, type, body) == 0;
}

int receipt_linked(int fd)
{
	ipc_free(&me.link);
	return ipc_new(me.loop, fd, &table, NULL, on_closed, &me.link);
}
