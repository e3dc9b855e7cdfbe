/*
 * Is:        tests of the plan file's parser and of the built-in Dutch plan.
 * Is not:    a test of the scanner.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/def.h"
#include "base/mem.h"
#include "testing/test.h"

static bool has(const struct plan *p, enum plan_table t, const char *text)
{
	uint8_t d[32];
	size_t n = strlen(text);

	for (size_t k = 0; k < n; k++)
		d[k] = (uint8_t)(text[k] - '0');
	return plan_has(p, t, d, n);
}

static void refuse(const char *text, unsigned line)
{
	struct plan *p = NULL;
	struct plan_error err;

	CHECK_INT(plan_parse(rd_str(text), &p, &err), -EINVAL);
	CHECK(p == NULL && err.why != NULL);
	CHECK_U64(err.line, line);
}

TEST(plans_that_are_none)
{
	refuse("", 0);
	refuse("msisdn 31 11\n", 1);
	refuse("country\n", 1);
	refuse("country 12345\n", 1);
	refuse("country 3a\n", 1);
	refuse("country 31\ncountry 32\n", 2);
	refuse("country 31 trunk\n", 1);
	refuse("country 31 trunk 0 other 1\n", 1);
	refuse("country 31\nmsisdn 316\n", 2);
	refuse("country 31\nmsisdn 316 2\n", 2);
	refuse("country 31\nmsisdn 316 21\n", 2);
	refuse("country 31\nmsisdn 316 12-11\n", 2);
	refuse("country 31\nmsisdn 316 011\n", 2);
	refuse("country 31\nmsisdn 316[ 11\n", 2);
	refuse("country 31\nmsisdn 316[] 11\n", 2);
	refuse("country 31\nmsisdn 316[5-1] 11\n", 2);
	refuse("country 31\nmsisdn 316[-1] 11\n", 2);
	refuse("country 31\nmsisdn 316] 11\n", 2);
	refuse("country 31\nmsisdn 1234567890123456 20\n", 2);
	refuse("country 31\nmsisdn 316 11 kpn\n", 2);
	refuse("country 31\nimei 35 15\n", 2);
	/* a prefix that would need a hundred thousand million nodes */
	refuse("country 31\nmsisdn [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9] 11\n", 2);
}

TEST(a_plan_of_ones_own)
{
	AUTO(plan_free) struct plan *p = NULL;
	struct plan_error err;

	CHECK_INT(plan_parse(rd_str("# ours\r\ncountry 420 international 00\r\n"
				    "msisdn 420[67][0-246] 12 # mobile\nimsi 23003 15\niccid 89420 19-20"), &p, &err), 0);
	CHECK_STR(plan_country(p), "420");
	CHECK_STR(plan_trunk(p), "");
	CHECK_STR(plan_international(p), "00");
	CHECK(has(p, PLAN_MSISDN, "420601234567") && has(p, PLAN_MSISDN, "420721234567"));
	CHECK(!has(p, PLAN_MSISDN, "420631234567") && !has(p, PLAN_MSISDN, "42060123456"));
	CHECK(has(p, PLAN_IMSI, "230031234567890") && !has(p, PLAN_IMSI, "230021234567890"));
	CHECK(has(p, PLAN_ICCID, "8942012345678901234") && has(p, PLAN_ICCID, "89420123456789012345"));
	CHECK(!has(p, PLAN_ICCID, "894201234567890123") && !has(p, PLAN_ICCID, ""));
	CHECK(plan_space(p, PLAN_MSISDN, 12) == 10 * 10000000.0);
	CHECK(plan_space(p, PLAN_MSISDN, 11) == 0);
}

TEST(a_shorter_prefix_counts_once)
{
	AUTO(plan_free) struct plan *p = NULL;
	struct plan_error err;

	CHECK_INT(plan_parse(rd_str("country 1\nmsisdn 12 4\nmsisdn 123 4\n"), &p, &err), 0);
	CHECK(plan_space(p, PLAN_MSISDN, 4) == 100);
}

TEST(the_dutch_plan)
{
	AUTO(plan_free) struct plan *p = NULL;
	struct plan_error err;

	CHECK_INT(plan_parse(plan_default_text(), &p, &err), 0);
	CHECK(has(p, PLAN_MSISDN, "31612345678") && has(p, PLAN_MSISDN, "31201234567"));
	CHECK(has(p, PLAN_MSISDN, "3197012345678") && has(p, PLAN_MSISDN, "31851234567"));
	CHECK(!has(p, PLAN_MSISDN, "31671234567") && !has(p, PLAN_MSISDN, "31800123456"));
	CHECK(!has(p, PLAN_MSISDN, "3161234567") && !has(p, PLAN_MSISDN, "316123456789"));
	CHECK(has(p, PLAN_IMSI, "204080123456789") && !has(p, PLAN_IMSI, "20408012345678"));
	CHECK(has(p, PLAN_ICCID, "8931041010654378932"));
}

/* The text that is built in is what the script makes of libphonenumber's table. */
TEST(the_dutch_plan_follows_its_source)
{
	uint8_t *csv = NULL;
	size_t n = test_file("src/inspect/plan_nl/ranges.csv", &csv);
	struct rd r = rd_of(csv, n), line, first, text = plan_default_text();
	unsigned kept = 0, lines = 0;

	CHECK(rd_until(&r, '\n', &line));
	while (rd_until(&r, '\n', &line)) {
		CHECK(rd_until(&line, ' ', &first));
		char want[64];
		(void)snprintf(want, sizeof(want), "msisdn 31%.*s ", (int)first.len, (const char *)first.p);
		kept += memmem(text.p, text.len, want, strlen(want)) != NULL;
	}
	while (rd_until(&text, '\n', &line))
		lines += rd_word(&line, "msisdn ");
	mem_free(&csv);
	CHECK_U64(kept, lines);
	CHECK(kept > 150);
}

/* Ranges that end at every depth where a look-up changes its step, and what the first three digits
 * say of lengths: never less than there is. */
TEST(a_range_may_end_at_any_digit)
{
	static const char text[] = "country 49 trunk 0 international 00\nmsisdn 49 6\nmsisdn 491 7\nmsisdn 4912 8\n"
		"msisdn 49123 9\nmsisdn 491234 10\nmsisdn 4912345 11\nimsi 262[0-3]5 14-15\n";
	static const uint8_t begin[] = { 4, 9, 1, 2, 3, 4, 5 };
	const struct plan_codes *c;
	struct plan_error e;
	struct plan *p = NULL;
	uint8_t d[PLAN_DIGITS_MAX], national[PLAN_DIGITS_MAX];

	CHECK_INT(plan_parse(rd_str(text), &p, &e), 0);
	c = plan_codes(p);
	for (unsigned round = 0; round < 20000; round++) {
		const size_t same = test_below(8), n = 2 + test_below(PLAN_DIGITS_MAX - 1);
		size_t fits = 0;

		for (size_t i = 0; i < PLAN_DIGITS_MAX; i++)
			d[i] = i < same ? begin[i] : (uint8_t)test_below(10);
		while (fits < sizeof(begin) && d[fits] == begin[fits])
			fits++;
		/* a prefix of k digits goes with a number of k + 4 */
		CHECK(plan_has(p, PLAN_MSISDN, d, n) == (n >= 6 && n <= 11 && fits >= n - 4));
		national[0] = 0;
		for (size_t i = 2; i < PLAN_DIGITS_MAX; i++)
			national[i - 1] = d[i];
		if (n >= 5 && plan_has(p, PLAN_MSISDN, d, n))
			CHECK(c->row[plan_three(d)].country >> n & 1 && c->row[plan_three(national)].national >> (n - 1) & 1 &&
			      c->row[plan_three(&d[2])].bare >> (n - 2) & 1);
	}
	for (unsigned k = 0; k < 100000; k++) {
		const uint8_t imsi[15] = { (uint8_t)(k / 10000), (uint8_t)(k / 1000 % 10), (uint8_t)(k / 100 % 10),
					   (uint8_t)(k / 10 % 10), (uint8_t)(k % 10) };
		const bool is = k / 100 == 262 && k % 100 <= 35 && k % 10 == 5;

		CHECK(plan_has(p, PLAN_IMSI, imsi, 14) == is && plan_has(p, PLAN_IMSI, imsi, 15) == is);
		CHECK(!is || c->row[plan_three(imsi)].imsi == (1u << 14 | 1u << 15));
	}
	CHECK_U64(c->row[100].country | c->row[100].national | c->row[100].imsi | c->row[100].international, 0);
	CHECK(c->row[4].international >> 12 & 1 && !(c->row[10].international >> 12 & 1));
	plan_free(&p);
}

/* Every number of up to four digits, and longer ones, against a reading of the text. */
TEST(the_first_digits_lead_where_all_of_them_do)
{
	static const char text[] = "country 31 trunk 0 international 00\nmsisdn 31[2-4] 6-8\nmsisdn 3 2\nmsisdn 999 3\nimsi 20408 15\n";
	struct plan_error e;
	struct plan *p = NULL;
	uint8_t d[15] = { 0 };

	CHECK_INT(plan_parse(rd_str(text), &p, &e), 0);
	for (unsigned k = 0; k < 10000; k++) {
		const unsigned digit[4] = { k / 1000, k / 100 % 10, k / 10 % 10, k % 10 };
		for (unsigned i = 0; i < 4; i++)
			d[i] = (uint8_t)digit[i];
		CHECK(plan_has(p, PLAN_MSISDN, d, 2) == (d[0] == 3));
		CHECK(plan_has(p, PLAN_MSISDN, d, 3) == (k / 10 == 999));
		for (size_t n = 4; n < 10; n++)
			CHECK(plan_has(p, PLAN_MSISDN, d, n) == (d[0] == 3 && d[1] == 1 && d[2] >= 2 && d[2] <= 4 && n >= 6 && n <= 8));
		for (unsigned last = 0; last < 10; last++) {
			d[4] = (uint8_t)last;
			CHECK(plan_has(p, PLAN_IMSI, d, 15) == (k == 2040 && last == 8));
			CHECK(!plan_has(p, PLAN_IMSI, d, 14) && !plan_has(p, PLAN_ICCID, d, 15));
		}
		d[4] = 0;
	}
	plan_free(&p);
}
