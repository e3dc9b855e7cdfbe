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
	const struct anchor_want want = { .lead = '3', .weak = test_below(2), .hex = test_below(2) };
	static struct places right, have;

	anchor_scalar(p, n, from, &want, &right);
	fn(p, n, from, &want, &have);
	CHECK_U64(have.len, right.len);
	CHECK_U64(have.n, right.n);
	for (size_t k = 0; k < right.n; k++)
		CHECK_U64(have.at[k], right.at[k]);
	*places += right.n;
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

/* Of a text with so many letters behind. */
static size_t n_places(const char *text, size_t behind, bool weak)
{
	const struct anchor_want want = { .lead = '3', .weak = weak, .hex = weak };
	static struct places places;
	char all[256];

	memset(all, 'x', sizeof(all));
	memcpy(all, text, strlen(text));
	anchor_scalar((const uint8_t *)all, strlen(text) + behind, 0, &want, &places);
	return places.n;
}

TEST(no_place_where_only_weak_forms_can_be)
{
	static const char *const none[] = {
		"blk_1608999687919862906", "time: 1.2345678", "at 10:11:09.123 12345", "on 30 09:41:22 af 1;",
	};
	static const char *const one[] = {
		"blk-1608999687919862906", "time: .2345678", "at 09.123 12345", "on 00 12:41:22 af 1;",
		"suci-0-204-08-0-1-1-abcdef", "\\n0612345678",
	};

	for (size_t k = 0; k < ARRAY_LEN(none); k++) {
		CHECK_U64(n_places(none[k], 128, false), 0);
		CHECK(n_places(none[k], 128, true) > 0);
	}
	for (size_t k = 0; k < ARRAY_LEN(one); k++)
		CHECK_U64(n_places(one[k], 128, false), 1);
	/* more may come that makes it a number */
	CHECK(n_places("on 30 09:41:22 af 1;", 0, false) > 0);
}

TEST(nothing_in_nothing)
{
	const struct anchor_want want = { .lead = '3' };
	struct places places;

	anchor_scalar((const uint8_t *)"", 0, 0, &want, &places);
	CHECK(places.len == 0 && places.n == 0);
	anchor_best()((const uint8_t *)"x", 1, 1, &want, &places);
	CHECK(places.len == 0 && places.n == 0);
	CHECK(anchor_get(ANCHOR_VARIANTS) == NULL);
}
