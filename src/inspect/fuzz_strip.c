/*
 * Is:        the fuzz target of strip: whole and cut in two must agree.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/strip.h"
#include "testing/fuzz.h"

static void run(struct rd in, size_t cut, struct traced *text, struct traced *aside)
{
	struct strip s;
	struct rd head;

	strip_init(&s);
	if (rd_take(&in, cut, &head))
		strip_put(&s, head, 0, text, aside);
	strip_put(&s, in, (uint32_t)cut, text, aside);
	strip_flush(&s, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct traced t[4];
	struct rd a, b;

	for (int i = 0; i < 4; i++)
		traced_init(&t[i], 1 << 24, true);
	run(rd_of(data, size), 0, &t[0], &t[1]);
	run(rd_of(data, size), size / 2, &t[2], &t[3]);
	a = buf_rd(&t[0].text);
	b = buf_rd(&t[2].text);
	ASSERT(rd_equal(&a, &b));
	for (int i = 0; i < 4; i++)
		traced_done(&t[i]);
	return 0;
}
