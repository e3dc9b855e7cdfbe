/*
 * Is:        the fuzz target of tame: the output is tame itself, and the same when cut.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/tame.h"
#include "testing/fuzz.h"

enum { ROOM = 64 << 20, IN_MAX = 65536 };

static void run(struct rd in, size_t cut, struct buf *out)
{
	struct tame t;
	struct rd head;

	tame_init(&t);
	buf_init(out, ROOM);
	if (rd_take(&in, cut, &head))
		ASSERT(tame_put(&t, head, out));
	ASSERT(tame_put(&t, in, out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_done) struct buf whole = { 0 }, halves = { 0 }, again = { 0 };
	struct rd a, b;

	if (size > IN_MAX)
		return 0;
	run(rd_of(data, size), 0, &whole);
	run(rd_of(data, size), size / 2, &halves);
	a = buf_rd(&whole);
	b = buf_rd(&halves);
	ASSERT(rd_equal(&a, &b));
	if (a.len > IN_MAX)
		return 0;
	run(a, 0, &again);
	b = buf_rd(&again);
	ASSERT(rd_equal(&a, &b));
	return 0;
}
