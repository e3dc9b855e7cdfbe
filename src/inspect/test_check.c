/*
 * Is:        tests of check digits against published examples.
 * Is not:    exhaustive over prefixes.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/check.h"

#include <string.h>

#include "testing/test.h"

static size_t values(const char *text, uint8_t *d)
{
	size_t n = strlen(text);

	for (size_t k = 0; k < n; k++)
		d[k] = (uint8_t)(text[k] - '0');
	return n;
}

TEST(luhn)
{
	uint8_t d[32];

	CHECK(check_luhn(d, values("79927398713", d)));
	for (unsigned x = 0; x < 10; x++) {
		size_t n = values("79927398710", d);
		d[n - 1] = (uint8_t)x;
		CHECK(check_luhn(d, n) == (x == 3));
	}
	CHECK_U64(check_luhn_digit(d, values("7992739871", d)), 3);
	CHECK(!check_luhn(d, values("0", d)) && !check_luhn(d, 0));
	for (unsigned round = 0; round < 1000; round++) {
		size_t n = 2 + test_below(18);
		for (size_t k = 0; k + 1 < n; k++)
			d[k] = (uint8_t)test_below(10);
		d[n - 1] = check_luhn_digit(d, n - 1);
		CHECK(check_luhn(d, n));
	}
}

TEST(bsn_and_cards)
{
	uint8_t d[32];

	(void)values("111222333", d);
	CHECK(check_bsn(d));
	(void)values("123456782", d);
	CHECK(check_bsn(d));
	(void)values("123456789", d);
	CHECK(!check_bsn(d));
	(void)values("000000000", d);
	CHECK(!check_bsn(d));
	CHECK(check_card(d, values("4111111111111111", d)));
	CHECK(check_card(d, values("2223003122003222", d)));
	CHECK(!check_card(d, values("4111111111111112", d)));
	CHECK(!check_card(d, values("9111111111111117", d)));
	CHECK(!check_card(d, values("41111111111", d)));
}

TEST(iban)
{
	CHECK(check_iban((const uint8_t *)"NL91ABNA0417164300", 18));
	CHECK(check_iban((const uint8_t *)"MT84MALT011000012345MTLCAST001S", 31));
	CHECK(!check_iban((const uint8_t *)"NL91ABNA0417164301", 18));
	CHECK_U64(check_iban_len('N', 'L'), 18);
	CHECK_U64(check_iban_len('M', 'T'), 31);
	CHECK_U64(check_iban_len('X', 'X'), 0);
	CHECK_U64(check_iban_len('2', '4'), 0);
}

TEST(mrz)
{
	CHECK(check_mrz((const uint8_t *)"L898902C3", 0, 9, '6'));
	CHECK(check_mrz((const uint8_t *)"740812", 0, 6, '2'));
	CHECK(check_mrz((const uint8_t *)"<<<<<<<<<<<<<<", 0, 14, '<'));
	CHECK(!check_mrz((const uint8_t *)"740813", 0, 6, '2'));
}
