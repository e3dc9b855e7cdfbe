/*
 * Is:        fuzzing of the message that opens a channel: what is read is written back
 *            byte for byte.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proc/talk/edge_proto.h"
#include "testing/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd in = rd_of(data, size), all = in, used;
	struct edge_open o;

	if (!edge_open_read(&in, &o)) {
		ASSERT(in.len == size);
		return 0;
	}
	buf_init(&b, 1 << 17);
	struct wr w = wr_to(&b);
	edge_open_write(&w, &o);
	ASSERT(wr_ok(&w) && rd_take(&all, size - in.len, &used));
	struct rd wrote = buf_rd(&b);
	ASSERT(rd_equal(&wrote, &used));
	return 0;
}
