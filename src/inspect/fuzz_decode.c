/*
 * Is:        the fuzz target of the decoders: text and raw, in pieces, with and without
 *            the gates that skip what cannot matter.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "inspect/decode_priv.h"
#include "testing/fuzz.h"

struct sum {
	uint64_t out, hash, explained, refused;
};

static void count(void *ctx, const struct derived *d)
{
	struct sum *s = ctx;

	ASSERT(d->kind < DECODE_KINDS && d->depth <= DECODE_DEPTH_MAX + 1 && d->stream <= DECODE_STREAMS_MAX);
	s->out += d->text.len;
	s->hash = (s->hash ^ d->via ^ (uint64_t)d->stream << 32) * 31 + d->last;
	for (size_t i = 0; i < d->text.len; i++)
		s->hash = s->hash * 31 + d->text.p[i];
}

static void put_raw(struct decode *d, struct rd bytes)
{
	bool packed;

	while (bytes.len)
		ASSERT(rd_skip(&bytes, decode_raw(d, bytes, &packed)));
}

static struct sum run(const uint8_t *data, size_t size, bool ungated)
{
	struct sum s = { 0 };
	struct rd in = rd_of(data, size), head;
	struct decode *d = decode_new(count, &s);

	d->ungated = ungated;
	if (rd_take(&in, size / 2, &head)) {
		put_raw(d, head);
		decode_text(d, head);
	}
	if (size % 2)
		decode_pause(d);
	put_raw(d, in);
	decode_text(d, in);
	s.explained = decode_take_explained(d).all;
	s.refused = decode_refused(d);
	decode_free(&d);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sum quick = run(data, size, false), full = run(data, size, true);

	ASSERT(quick.out <= 2 * (DECODE_BASE + 2 * size * DECODE_RATIO));
	ASSERT(quick.out == full.out && quick.hash == full.hash);
	ASSERT(quick.explained == full.explained && quick.refused == full.refused);
	return 0;
}
