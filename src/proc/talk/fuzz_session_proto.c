/*
 * Is:        fuzzing of the session program's greeting and of deskd's orders: what is
 *            accepted is written back the same.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proc/talk/door_proto.h"
#include "proc/talk/session_proto.h"
#include "testing/fuzz.h"

static void same(struct rd all, size_t left, const struct wr *w)
{
	struct rd used, wrote = buf_rd(w->b);

	ASSERT(wr_ok(w) && rd_take(&all, all.len - left, &used) && rd_equal(&wrote, &used));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd in = rd_of(data, size), all = in;
	struct session_hello h;
	struct door_edge e;

	buf_init(&b, 1 << 17);
	struct wr w = wr_to(&b);
	if (session_hello_read(&in, &h)) {
		session_hello_write(&w, &h);
		same(all, in.len, &w);
	} else {
		ASSERT(in.len == size);
	}
	in = all;
	buf_reset(&b);
	if (door_edge_read(&in, &e)) {
		door_edge_write(&w, &e);
		same(all, in.len, &w);
	} else {
		ASSERT(in.len == size);
	}
	return 0;
}
