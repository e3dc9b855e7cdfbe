/*
 * Is:        tests of the readings of text, the refused ones first.
 * Is not:    a test of the lexer.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "policy/scalar.h"
#include "testing/test.h"

TEST(misleading_text_is_not_clean)
{
	static const char *const bad[] = {
		"a\nb", "a\x1b[31m", "\x7f", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80\x8b", "\xe2\x81\xa6",
		"\xef\xbb\xbf", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x80", "\x80",
		"\xf3\xa0\x81\x81", "\xc2\xad",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!scalar_is_clean(rd_str(bad[i])));
	CHECK(scalar_is_clean(rd_str("Zoë Müller, 東京 \xf0\x9f\x9a\xa7")));
	CHECK(scalar_is_clean(rd_str("")));
}

TEST(names_are_short_and_plain)
{
	static const char *const bad[] = {
		"", "-oProxyCommand", ".hidden", "a:b:c", "a@b", "../x", "$(x)", "a b", "a\n", "é",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!scalar_is_name(rd_str(bad[i])));
	CHECK(scalar_is_name(rd_str("wei.zhang")));
	CHECK(scalar_is_name(rd_str("7-x_Y")));
}

TEST(numbers_have_one_form)
{
	uint64_t v = 7;

	CHECK(!scalar_number(rd_str("007"), 100, &v));
	CHECK(!scalar_number(rd_str(""), 100, &v));
	CHECK(!scalar_number(rd_str("-1"), 100, &v));
	CHECK(!scalar_number(rd_str("101"), 100, &v));
	CHECK(!scalar_number(rd_str("18446744073709551616"), UINT64_MAX, &v));
	CHECK_U64(v, 7);
	CHECK(scalar_number(rd_str("0"), 100, &v) && v == 0);
	CHECK(scalar_number(rd_str("18446744073709551615"), UINT64_MAX, &v) && v == UINT64_MAX);
}

TEST(dates_are_of_the_calendar)
{
	static const char *const bad[] = {
		"2027-02-29", "2027-13-01", "2027-00-10", "2027-04-31", "1969-12-31", "3000-01-01",
		"2027-3-01", "2027-03-01x", "20270301", "2100-02-29",
	};
	int64_t v;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!scalar_date(rd_str(bad[i]), &v));
	CHECK(scalar_date(rd_str("1970-01-01"), &v) && v == 0);
	CHECK(scalar_date(rd_str("2000-02-29"), &v) && v == 951782400);
	CHECK(scalar_date(rd_str("2027-03-01"), &v) && v == 1803859200);
}

TEST(instants_round_trip)
{
	for (int i = 0; i < 20000; i++) {
		AUTO(buf_done) struct buf b = { 0 };
		int64_t at = (int64_t)test_below(32503680000), back;
		buf_init(&b, 64);
		CHECK(scalar_put_instant(&b, at));
		CHECK(scalar_instant(buf_rd(&b), &back));
		CHECK_INT(back, at);
	}
}

TEST(clocks_durations_and_sizes)
{
	uint16_t m;
	uint32_t s;
	uint64_t n;

	CHECK(!scalar_clock(rd_str("24:01"), &m) && !scalar_clock(rd_str("8:00"), &m));
	CHECK(scalar_clock(rd_str("24:00"), &m) && m == 1440);
	CHECK(!scalar_duration(rd_str("4"), &s) && !scalar_duration(rd_str("367d"), &s));
	CHECK(!scalar_duration(rd_str("4hh"), &s) && scalar_duration(rd_str("4h"), &s) && s == 14400);
	CHECK(!scalar_size(rd_str("64kB"), &n) && !scalar_size(rd_str("KiB"), &n));
	CHECK(scalar_size(rd_str("64KiB"), &n) && n == 65536);
}
