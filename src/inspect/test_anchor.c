/*
 * Is:        the differential test of the variants: every one that this processor
 *            runs marks the same places as the scalar one.
 * Is not:    a test of which places are right (test_scan.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/anchor.h"

#include <string.h>

#include "base/def.h"
#include "base/mem.h"
#include "testing/test.h"

/* Few kinds of bytes, so that runs and patterns are common. */
static void fill(uint8_t *p, size_t n)
{
	static const char some[] = "0123456789001123 3. -.+()/:@<AFZafz\n_";
	const uint64_t mode = test_below(4);

	for (size_t k = 0; k < n; k++)
		p[k] = mode == 0 ? (uint8_t)test_random() :
		       mode == 1 ? (uint8_t)some[test_below(sizeof(some) - 1)] :
		       mode == 2 ? (uint8_t)some[test_below(19)] :
		       (uint8_t)(test_below(5) ? '0' + test_below(10) : (uint64_t)some[test_below(sizeof(some))]);
}

static void compare(anchor_fn *fn, const uint8_t *p, size_t n, size_t from, uint64_t *places)
{
	uint64_t want[ANCHOR_BLOCKS], have[ANCHOR_BLOCKS];
	const size_t nb = anchor_scalar(p, n, from, '3', want);

	CHECK_U64(fn(p, n, from, '3', have), nb);
	for (size_t b = 0; b < nb; b++) {
		CHECK_U64(have[b], want[b]);
		*places += (unsigned)__builtin_popcountll(want[b]);
	}
}

static void all_rounds(enum anchor_variant v)
{
	anchor_fn *fn = anchor_get(v);
	uint64_t places = 0;

	if (!fn)
		test_skip("this processor has no %s", anchor_name(v));
	for (unsigned round = 0; round < 4000; round++) {
		const size_t n = test_below(round % 16 ? 700 : 9000);
		uint8_t *p = mem_new(n, 1);
		fill(p, n);
		compare(fn, p, n, n ? test_below(n) : 0, &places);
		compare(fn, p, n, 0, &places);
		mem_free(&p);
	}
	CHECK(places > 10000);
}

TEST(avx2_is_scalar)
{
	all_rounds(ANCHOR_AVX2);
}

TEST(avx512_is_scalar)
{
	all_rounds(ANCHOR_AVX512);
}

TEST(nothing_in_nothing)
{
	uint64_t ev[ANCHOR_BLOCKS];

	CHECK_U64(anchor_scalar((const uint8_t *)"", 0, 0, '3', ev), 0);
	CHECK_U64(anchor_best()((const uint8_t *)"x", 1, 1, '3', ev), 0);
	CHECK(anchor_get(ANCHOR_VARIANTS) == NULL);
}
