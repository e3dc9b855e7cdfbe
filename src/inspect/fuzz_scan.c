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

static void compare_variants(const uint8_t *p, size_t n, bool weak)
{
	const struct anchor_want want = { .lead = '3', .weak = weak, .hex = weak };
	static struct places right, have;
	const size_t from = n > 70 ? 70 : 0;

	anchor_scalar(p, n, from, &want, &right);
	for (int v = ANCHOR_AVX2; v < ANCHOR_VARIANTS; v++) {
		anchor_fn *fn = anchor_get((enum anchor_variant)v);
		if (!fn)
			continue;
		fn(p, n, from, &want, &have);
		ASSERT(have.len == right.len && have.n == right.n);
		ASSERT(memcmp(have.at, right.at, right.n * sizeof(right.at[0])) == 0);
	}
}

/* Chunk sizes are the bytes of `cuts`, over and over; 0 stands for 256. Judges every place there is
 * when `every`. Returns the sum of the settled marks. */
static uint64_t feed_parts(struct rd r, struct rd cuts, unsigned opts, bool every)
{
	struct scan s;
	struct rd part;
	size_t turn = 0;
	uint64_t settled = 0, sum = 0;

	parts.n = 0;
	scan_init(&s, collect_plan(), opts, collect_add, &parts);
	s.want.weak = s.want.weak || every;
	s.want.hex = s.want.hex || every;
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
		sum += settled;
	}
	scan_end(&s);
	collect_sort(&parts);
	return sum;
}

static void parts_are_whole(void)
{
	ASSERT(whole.n == parts.n);
	for (size_t k = 0; k < whole.n && whole.n < COLLECT_MAX; k++)
		ASSERT(strcmp(whole.line[k], parts.line[k]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(data, size), cuts = rd_of(NULL, 0);
	unsigned opts = SCAN_OPT_WEAK | SCAN_OPT_NUMBERS;
	uint8_t n;

	compare_variants(data, size, true);
	compare_variants(data, size, false);
	if (rd_u8(&r, &n)) {
		if (n & 8)
			opts = 0;
		if (!rd_take(&r, n & 7, &cuts))
			cuts.len = 0;
	}
	collect_whole(&whole, r, opts);
	const uint64_t marks = feed_parts(r, cuts, opts, false);
	parts_are_whole();
	ASSERT(feed_parts(r, cuts, opts, true) == marks);
	parts_are_whole();
	return 0;
}
