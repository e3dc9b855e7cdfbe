/*
 * Is:        tests of the opaque measure and of the ceiling.
 * Is not:    part of the product.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#include "inspect/opaque.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inspect/ceiling.h"
#include "testing/test.h"

enum { LEN = 20000 };

static uint64_t measure(const uint8_t *p, size_t n, uint64_t explained)
{
	struct opaque o;

	opaque_init(&o);
	opaque_put(&o, rd_of(p, n), explained);
	return opaque_total(&o);
}

static size_t fill(uint8_t *p, size_t n, const char *chars)
{
	for (size_t i = 0; i < n; i++)
		p[i] = i % 77 == 76 ? '\n' : (uint8_t)chars[test_below(strlen(chars))];
	return n;
}

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

TEST(what_nobody_writes_counts)
{
	static const char *const alphabets[] = { BASE64, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "xkWpzQvmtJ" };
	uint8_t p[LEN];

	for (size_t i = 0; i < ARRAY_LEN(alphabets); i++)
		CHECK(measure(p, fill(p, LEN, alphabets[i]), 0) > LEN * 9 / 10);
	for (size_t i = 0; i < LEN; i++)
		p[i] = (uint8_t)"\xe2\x96\x88\xe2\xa0\xbf"[i % 6];
	CHECK(measure(p, LEN, 0) > LEN * 9 / 10);
}

/* Each as the one byte that it was. */
TEST(what_is_no_text_counts_once)
{
	uint8_t p[LEN];

	for (size_t i = 0; i < LEN; i++)
		p[i] = (uint8_t)"\xef\xbf\xbd"[i % 3];
	const uint64_t n = measure(p, LEN, 0);
	CHECK(n > LEN / 3 * 9 / 10 && n <= LEN / 3);
}

TEST(ordinary_text_does_not)
{
	static const char *const files[] = { "src/inspect/strip.c", "src/inspect/README.md", "tests/corpus/terminal/planted.txt" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(mem_free) uint8_t *p = NULL;
		size_t n = test_file(files[i], &p);

		CHECK_U64(measure(p, n, 0), 0);
	}
	uint8_t p[LEN];
	CHECK_U64(measure(p, fill(p, LEN, "0123456789"), 0), 0);
	CHECK_U64(measure(p, fill(p, LEN, "0123456789abcdef"), 0), 0);
}

TEST(what_a_decoder_read_does_not)
{
	uint8_t p[LEN];
	struct opaque o;

	(void)fill(p, LEN, BASE64);
	opaque_init(&o);
	for (size_t at = 0; at < LEN; at += 100)
		opaque_put(&o, rd_of(p + at, 100), 100);
	CHECK_U64(opaque_total(&o), 0);
	/* It does not pay for what comes much later. */
	opaque_put(&o, rd_of(p, LEN), 0);
	CHECK(opaque_total(&o) > LEN * 9 / 10);
}

TEST(armour_is_exempt_and_bounded)
{
	uint8_t p[LEN], line[LEN + 64];
	struct opaque o;
	size_t n;

	(void)fill(p, 4000, BASE64);
	n = (size_t)snprintf((char *)line, sizeof(line), "-----BEGIN CERTIFICATE-----\n%.4000s\n-----END CERTIFICATE-----\n", (char *)p);
	CHECK(measure(line, n, 0) < 100);
	opaque_init(&o);
	for (int i = 0; i < 100; i++)
		opaque_put(&o, rd_of(line, n), 0);
	CHECK(opaque_total(&o) > 90 * 4000 - OPAQUE_PEM_MAX);
	/* Armour must look like armour. */
	n = (size_t)snprintf((char *)line, sizeof(line), "-----\n%.100s %.4000s", (char *)p, (char *)p);
	CHECK(measure(line, n, 0) > 3000);
}

TEST(the_ceiling_is_above_what_was_carried)
{
	struct ceiling c;
	char line[16];

	ceiling_init(&c);
	CHECK_U64(ceiling_ids(&c), 0);
	for (int i = 0; i < 1000; i++) {
		int n = snprintf(line, sizeof(line), "316%08u\n", (unsigned)test_below(100000000));

		ceiling_put(&c, rd_of(line, (size_t)n));
	}
	CHECK(ceiling_ids(&c) >= 1000 && ceiling_ids(&c) < 3000);
	uint64_t before = ceiling_ids(&c);
	for (int i = 0; i < 1000; i++)
		ceiling_put(&c, rd_str("the same line again and again\n"));
	CHECK(ceiling_ids(&c) < before + 60);
	ceiling_done(&c);
}

static int compare_u32(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Of a list the order need not be told: sorted, each is its distance from the one before. */
TEST(the_ceiling_is_above_what_a_sorted_list_carries)
{
	static const unsigned sizes[] = { 1, 30, 1000, 20000 };
	static uint32_t number[20000];

	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		struct ceiling c;

		for (unsigned i = 0; i < sizes[k]; i++)
			number[i] = (uint32_t)test_below(100000000);
		qsort(number, sizes[k], sizeof(number[0]), compare_u32);
		ceiling_init(&c);
		for (unsigned i = 0; i < sizes[k]; i++) {
			uint8_t out[5];
			size_t n = 0;

			for (uint32_t d = number[i] - (i ? number[i - 1] : 0); n == 0 || d; d >>= 7)
				out[n++] = (uint8_t)((d & 127) | (d > 127 ? 128 : 0));
			ceiling_put(&c, rd_of(out, n));
		}
		CHECK(ceiling_ids(&c) >= sizes[k] && ceiling_ids(&c) < 2 * sizes[k] + 10);
		ceiling_done(&c);
	}
}

/* Lines, and armour that opens, or nearly, in places where it may and where it may not. */
static uint8_t rare_byte(void)
{
	static const char some[] = "\n\n\r-----";

	return (uint8_t)(test_below(2) ? test_below(256) : (uint64_t)some[test_below(sizeof(some) - 1)]);
}

TEST(plain_text_costs_the_same_byte_by_byte)
{
	static const char *const lines[] = { "\n-----BEGIN X-----\nTUlJ\n", "\n----BEGIN", "\n-----END X-----\n", "-----" };
	for (unsigned k = 0; k < 2000; k++) {
		const unsigned rare = 1 + (unsigned)test_below(200);
		struct opaque quick, each;
		uint8_t p[LEN];

		opaque_init(&quick);
		opaque_init(&each);
		for (unsigned part = 0; part < 3; part++) {
			const size_t n = test_below(LEN);

			for (size_t i = 0; i < n; i++)
				p[i] = test_below(rare) ? (uint8_t)(0x20 + test_below(0x5f)) : rare_byte();
			for (size_t i = test_below(LEN), j = test_below(ARRAY_LEN(lines)), c = 0; lines[j][c] && i + c < n; c++)
				p[i + c] = (uint8_t)lines[j][c];
			opaque_put(&quick, rd_of(p, n), part * 10);
			opaque_put_each(&each, rd_of(p, n), part * 10);
			CHECK_U64(opaque_total(&quick), opaque_total(&each));
			CHECK_U64(quick.cost, each.cost);
			CHECK_U64(quick.n, each.n);
			CHECK_INT(quick.pem, each.pem);
			CHECK_U64(quick.pem_used, each.pem_used);
		}
	}
}
