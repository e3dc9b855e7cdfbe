/*
 * Is:        the fuzz target of a link: packets from a peer that was taken over.
 * Is not:    a fuzz of any one table; those are their processes'.
 * Called by: libFuzzer and the corpus replay.
 * Owns:      nothing.
 * Trust:     hostile bytes: a stream of {u8 length, packet}.
 */
#include <errno.h>
#include <sys/socket.h>

#include "base/assert.h"
#include "base/rd.h"
#include "os/fd.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "testing/fuzz.h"

struct peer {
	struct loop *l;
	struct ipc *ipc;
	unsigned n_handled;
};

static int on_two(void *ctx, struct ipc_in *in)
{
	struct peer *p = ctx;
	struct rd part;

	p->n_handled++;
	ASSERT(in->body.len <= 32);
	return rd_part8(&in->body, 32, &part) ? 0 : -EBADMSG;
}

static int on_next(void *ctx, struct ipc_in *in)
{
	struct peer *p = ctx;

	ipc_set_state(p->ipc, 1);
	return 0;
}

static const struct ipc_row rows[] = {
	{ 1, "two", 1 << 1, false, 0, 32, on_two },
	{ 2, "next", 1 << 0, true, 0, 0, on_next },
};
static const struct ipc_table table = { "fuzz", rows, 2 };

static void on_closed(void *ctx, int err)
{
	struct peer *p = ctx;

	loop_stop(p->l, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size), packet;
	struct peer p = { .n_handled = 0 };
	int pair[2];

	ASSERT(loop_new(&p.l) == 0 && ipc_pair(pair) == 0);
	ASSERT(ipc_new(p.l, pair[1], &table, &p, on_closed, &p.ipc) == 0);
	for (int n = 0; n < 64 && rd_part8(&in, 255, &packet); n++)
		if (packet.len && send(pair[0], packet.p, packet.len, MSG_DONTWAIT) < 0)
			break;
	fd_close(&pair[0]);
	ASSERT(loop_run(p.l) == 0);
	ipc_free(&p.ipc);
	loop_free(&p.l);
	return 0;
}
