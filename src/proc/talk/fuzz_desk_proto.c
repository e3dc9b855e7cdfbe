/*
 * Is:        the fuzz target of desk_proto: what reads writes the same bytes.
 * Is not:    a fuzz of the desk.
 * Called by: the fuzzer and the replay of its corpus.
 * Owns:      nothing.
 * Trust:     hostile bytes: u8 which message, then its body.
 */
#include "base/assert.h"
#include "proc/talk/desk_proto.h"
#include "testing/fuzz.h"

static bool again(uint8_t kind, struct rd *r, struct wr *w)
{
	struct desk_open o;
	struct desk_judge j;
	struct desk_counts c;
	struct desk_granted g;
	bool ok = false;

	if (kind % 4 == 0 && (ok = desk_open_read(r, &o)))
		desk_open_write(w, &o);
	if (kind % 4 == 1 && (ok = desk_judge_read(r, &j)))
		desk_judge_write(w, &j);
	if (kind % 4 == 2 && (ok = desk_counts_read(r, &c)))
		desk_counts_write(w, &c);
	if (kind % 4 == 3 && (ok = desk_granted_read(r, &g)))
		desk_granted_write(w, &g);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf back = { 0 };
	struct rd in = rd_of(data, size), whole, read;
	uint8_t kind;

	if (!rd_u8(&in, &kind))
		return 0;
	buf_init(&back, 65536);
	struct wr w = wr_to(&back);
	whole = in;
	if (!again(kind, &in, &w)) {
		ASSERT(in.len == whole.len);
		return 0;
	}
	ASSERT(wr_ok(&w) && rd_slice(&whole, 0, whole.len - in.len, &read));
	struct rd written = buf_rd(&back);
	ASSERT(rd_equal(&written, &read));
	return 0;
}
