/*
 * Is:        tests of CRC-32C: the answers of RFC 3720 B.4, and instruction against table.
 * Is not:    a measurement.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/crc32c.h"

#include <string.h>

#include "testing/test.h"

static void known(struct rd r, uint32_t want)
{
	CHECK_U64(crc32c(0, r), want);
	CHECK_U64(crc32c_by_table(0, r), want);
}

TEST(rfc_3720_answers)
{
	uint8_t b[32];

	known(rd_of(NULL, 0), 0);
	known(rd_str("123456789"), 0xe3069283);
	memset(b, 0, sizeof(b));
	known(rd_of(b, sizeof(b)), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	known(rd_of(b, sizeof(b)), 0x62a8ab43);
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)i;
	known(rd_of(b, sizeof(b)), 0x46dd794e);
}

TEST(instruction_and_table_agree_in_any_pieces)
{
	uint8_t b[300];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)test_random();
	for (int k = 0; k < 2000; k++) {
		size_t n = test_below(sizeof(b) + 1), cut = test_below(n + 1);
		uint32_t whole = crc32c_by_table(0, rd_of(b, n));
		CHECK_U64(crc32c(0, rd_of(b, n)), whole);
		CHECK_U64(crc32c(crc32c(0, rd_of(b, cut)), rd_of(b + cut, n - cut)), whole);
	}
}

TEST(one_changed_bit_is_seen)
{
	uint8_t b[64] = { 0 };
	uint32_t before = crc32c(0, rd_of(b, sizeof(b)));

	for (size_t bit = 0; bit < sizeof(b) * 8; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		CHECK(crc32c(0, rd_of(b, sizeof(b))) != before);
		b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
}
