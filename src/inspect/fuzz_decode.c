/*
 * Is:        the fuzz target of the decoders: text and raw, in pieces.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/decode.h"
#include "testing/fuzz.h"

static void count(void *ctx, const struct derived *d)
{
	uint64_t *out = ctx;

	ASSERT(d->kind < DECODE_KINDS && d->depth <= DECODE_DEPTH_MAX + 1 && d->stream <= DECODE_STREAMS_MAX);
	*out += d->text.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t out = 0;
	struct rd in = rd_of(data, size), head;
	struct decode *d = decode_new(count, &out);

	if (rd_take(&in, size / 2, &head)) {
		decode_raw(d, head);
		decode_text(d, head);
	}
	if (size % 2)
		decode_pause(d);
	decode_raw(d, in);
	decode_text(d, in);
	decode_free(&d);
	ASSERT(out <= 2 * (DECODE_BASE + 2 * size * DECODE_RATIO));
	return 0;
}
