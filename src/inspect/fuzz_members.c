/*
 * Is:        the fuzz target of the CSV reader and of canonical values: any file, in any
 *            chunks, loads the same set; a canonical value is its own canonical value.
 * Is not:    a check of which cells are right.
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include <string.h>

#include "base/assert.h"
#include "inspect/canon.h"
#include "inspect/members_csv.h"
#include "inspect/test_collect.h"
#include "testing/fuzz.h"

struct outcome {
	int err;
	uint64_t lines, bad, ids;
};

static struct outcome load(struct rd r, size_t chunk)
{
	static const uint8_t key[SIPHASH_KEY_LEN] = { 1 };
	struct members_load *l = members_load_new(key, 1000);
	struct members_csv c;
	struct outcome out = { 0 };
	struct rd part;

	members_csv_init(&c, l, collect_plan());
	while (out.err == 0 && rd_take(&r, chunk < r.len ? chunk : r.len, &part) && part.len > 0)
		out.err = members_csv_feed(&c, part);
	if (out.err == 0)
		out.err = members_csv_end(&c);
	ASSERT((out.err == 0) == (c.why == NULL));
	out.lines = c.n_lines;
	out.bad = c.n_bad;
	out.ids = members_load_ids(l);
	members_csv_done(&c);
	members_load_free(&l);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct outcome whole = load(rd_of(data, size), size + 1), parts = load(rd_of(data, size), 7);

	ASSERT(whole.err == parts.err && whole.lines == parts.lines && whole.bad == parts.bad &&
	       whole.ids == parts.ids);
	for (int k = 0; k < SCAN_KINDS; k++) {
		struct canon a, b;
		if (!canon((enum scan_kind)k, rd_of(data, size), collect_plan(), &a))
			continue;
		ASSERT(a.n > 0 && a.n <= SCAN_VALUE_MAX);
		if (k == SCAN_ICCID)
			continue; /* without its check digit it may pass for one with */
		ASSERT(canon((enum scan_kind)k, rd_of(a.text, a.n), collect_plan(), &b));
		ASSERT(k == SCAN_MSISDN || (a.n == b.n && memcmp(a.text, b.text, a.n) == 0));
	}
	return 0;
}
