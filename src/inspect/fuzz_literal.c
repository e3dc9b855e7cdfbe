/*
 * Is:        the fuzz target of the literal matcher: any bytes in any chunks.
 * Is not:    a check against a naive search (test_literal.c).
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include "base/assert.h"
#include "inspect/literal.h"
#include "inspect/word.h"
#include "testing/fuzz.h"

struct sum {
	uint64_t n, hash, size;
};

static void add(void *ctx, const struct literal_hit *h)
{
	struct sum *s = ctx;

	ASSERT(h->offset + h->len <= s->size && h->len > 0);
	s->n++;
	s->hash = s->hash * 31 + h->offset * 7 + h->len;
}

/* Dismisses nothing. */
static void every(const struct prefixes *t, const uint8_t *p, size_t n, size_t from, size_t nb, uint64_t *ev)
{
}

static struct sum search(struct rd r, size_t chunk, word_fn *words, prefix_fn *prefixes)
{
	struct sum s = { .size = r.len };
	struct literals l;
	struct rd part;

	literal_init(&l, add, &s);
	l.words = words;
	l.prefixes = prefixes;
	while (r.len > 0 && rd_take(&r, chunk < r.len ? chunk : r.len, &part))
		literal_feed(&l, part);
	literal_end(&l);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rd r = rd_of(data, size);
	const struct sum want = search(r, size + 1, word_scalar, every);

	for (size_t chunk = 1; chunk < 400; chunk = chunk * 7 + 1) {
		const struct sum have = search(r, chunk, word_best(), prefix_best());
		ASSERT(have.n == want.n && have.hash == want.hash);
	}
	return 0;
}
