/*
 * Is:        a fuzz target: reels, whole and in two portions.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "evidence/reel.h"
#include "testing/fuzz.h"

struct tally {
	uint64_t n_bytes, whole;
	uint32_t n_members;
	const char *why, *end;
};

static void take(struct reel_reader *r, struct rd in, struct tally *t)
{
	enum reel_result e;
	struct rd bytes;

	while ((e = reel_read(r, &in, &bytes)) != REEL_MORE && e != REEL_BAD) {
		ASSERT(r->m.len <= REEL_MEMBER_MAX && r->m.segment <= REEL_NUMBER_MAX);
		t->n_bytes += e == REEL_BYTES ? bytes.len : 0;
		t->n_members += e == REEL_WHOLE;
	}
}

static struct tally count(struct rd in, size_t cut)
{
	AUTO(reel_reader_done) struct reel_reader r = { .why = NULL };
	struct tally t = { .n_bytes = 0 };
	struct rd first;

	reel_reader_init(&r);
	if (!rd_take(&in, cut, &first))
		UNREACHABLE();
	take(&r, first, &t);
	take(&r, in, &t);
	t.whole = r.whole;
	t.why = r.why;
	t.end = reel_read_end(&r);
	ASSERT(t.n_members == r.n_members);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	uint8_t at = 0;

	if (!rd_at(&in, size / 2, &at))
		return 0;
	struct tally a = count(in, 0), b = count(in, size * at / 255);
	ASSERT(a.n_members == b.n_members && a.whole == b.whole && a.why == b.why && a.end == b.end);
	ASSERT(a.why || a.n_bytes == b.n_bytes);
	return 0;
}
