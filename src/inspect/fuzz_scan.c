/*
 * Is:        the fuzz target of the scanner: any bytes, cut by their own first bytes,
 *            give what the whole gives, with every variant.
 * Is not:    a check of what is found.
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include "base/assert.h"
#include "base/mem.h"
#include "inspect/anchor.h"
#include "inspect/test_collect.h"
#include "testing/fuzz.h"

static struct collect whole, parts;

static void compare_variants(const uint8_t *p, size_t n)
{
	uint64_t want[ANCHOR_BLOCKS], have[ANCHOR_BLOCKS];
	const size_t from = n > 70 ? 70 : 0, nb = anchor_scalar(p, n, from, '3', want);

	for (int v = ANCHOR_AVX2; v < ANCHOR_VARIANTS; v++) {
		anchor_fn *fn = anchor_get((enum anchor_variant)v);
		if (!fn)
			continue;
		ASSERT(fn(p, n, from, '3', have) == nb);
		ASSERT(nb == 0 || memcmp(want, have, nb * sizeof(want[0])) == 0);
	}
}

/* Chunk sizes are the bytes of `cuts`, over and over; 0 stands for 256. */
static void feed_parts(struct rd r, struct rd cuts, unsigned opts)
{
	struct scan s;
	struct rd part;
	size_t turn = 0;
	uint64_t settled = 0;

	parts.n = 0;
	scan_init(&s, collect_plan(), opts, collect_add, &parts);
	while (r.len > 0) {
		uint8_t c = 1;
		if (cuts.len > 0 && !rd_at(&cuts, turn++ % cuts.len, &c))
			abort();
		const size_t k = c ? c : 256;
		if (!rd_take(&r, k < r.len ? k : r.len, &part))
			abort();
		scan_feed(&s, part);
		ASSERT(scan_settled(&s) >= settled);
		settled = scan_settled(&s);
	}
	scan_end(&s);
	collect_sort(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size), cuts = rd_of(NULL, 0);
	unsigned opts = SCAN_OPT_WEAK | SCAN_OPT_NUMBERS;
	uint8_t n;

	compare_variants(data, size);
	if (rd_u8(&r, &n)) {
		if (n & 8)
			opts = 0;
		if (!rd_take(&r, n & 7, &cuts))
			cuts.len = 0;
	}
	collect_whole(&whole, r, opts);
	feed_parts(r, cuts, opts);
	ASSERT(whole.n == parts.n);
	for (size_t k = 0; k < whole.n && whole.n < COLLECT_MAX; k++)
		ASSERT(strcmp(whole.line[k], parts.line[k]) == 0);
	return 0;
}
