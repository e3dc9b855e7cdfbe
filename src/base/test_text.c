/*
 * Is:        tests of text, quote and timefmt.
 * Is not:    exhaustive where the fuzz target is.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "base/quote.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "testing/test.h"

static struct rd base64_of(struct buf *b, struct rd raw, enum base64 form)
{
	struct wr w = wr_to(b);

	buf_reset(b);
	wr_base64(&w, raw, form);
	CHECK(wr_ok(&w));
	return buf_rd(b);
}

TEST(decimal_has_one_spelling)
{
	static const char *const no[] = { "", "00", "01", "+1", "-1", " 1", "1 ", "1x",
		"18446744073709551616", "99999999999999999999" };
	uint64_t v = 5;

	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		CHECK(!text_u64(rd_str(no[i]), &v) && v == 5);
	CHECK(text_u64(rd_str("0"), &v) && v == 0);
	CHECK(text_u64(rd_str("18446744073709551615"), &v) && v == UINT64_MAX);
}

TEST(base64_rfc4648_vectors)
{
	static const char *const text[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const padded[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=",
		"Zm9vYmFy" };
	static const char *const bare[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy" };
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 100);
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		CHECK_RD(base64_of(&b, rd_str(text[i]), BASE64_PADDED), rd_str(padded[i]));
		CHECK_RD(base64_of(&b, rd_str(text[i]), BASE64_BARE), rd_str(bare[i]));
		buf_reset(&b);
		CHECK(text_base64(rd_str(padded[i]), BASE64_PADDED, &b));
		CHECK_RD(buf_rd(&b), rd_str(text[i]));
		buf_reset(&b);
		CHECK(text_base64(rd_str(bare[i]), BASE64_BARE, &b));
		CHECK_RD(buf_rd(&b), rd_str(text[i]));
	}
}

TEST(base64_refuses_every_other_spelling)
{
	static const char *const padded[] = { "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "Zm9v====", "Z===",
		"====", "Zg==Zg==", "Zm 8=", "Zm8=\n", "Zm-v", "=Zg=" };
	static const char *const bare[] = { "Zg==", "Zh", "Zm9vZ", "Zm8=" };
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 100);
	CHECK(buf_put_str(&b, "kept"));
	for (size_t i = 0; i < ARRAY_LEN(padded); i++)
		CHECK(!text_base64(rd_str(padded[i]), BASE64_PADDED, &b));
	for (size_t i = 0; i < ARRAY_LEN(bare); i++)
		CHECK(!text_base64(rd_str(bare[i]), BASE64_BARE, &b));
	CHECK_RD(buf_rd(&b), rd_str("kept"));
}

TEST(hex_is_lower_case_and_whole)
{
	uint8_t out[2] = { 9, 9 };

	CHECK(!text_hex(rd_str("ABCD"), out, 2));
	CHECK(!text_hex(rd_str("abc"), out, 2));
	CHECK(!text_hex(rd_str("abcdef"), out, 2));
	CHECK(!text_hex(rd_str("abcg"), out, 2));
	CHECK_U64(out[0], 9);
	CHECK(text_hex(rd_str("00ff"), out, 2) && out[0] == 0 && out[1] == 0xff);
}

TEST(utf8_every_code_point_and_no_other)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint32_t rune;

	buf_init(&b, 16);
	for (uint32_t v = 0; v <= 0x10ffff; v++) {
		if (v >= 0xd800 && v < 0xe000)
			continue;
		struct wr w = wr_to(&b);
		buf_reset(&b);
		wr_rune(&w, v);
		struct rd r = buf_rd(&b);
		CHECK(rd_rune(&r, &rune) && rune == v && r.len == 0);
	}
	/* overlong, surrogate, beyond the last, lone continuation, cut short */
	static const char *const bad[] = { "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\x80", "\xe2\x82", "\xf5\x80\x80\x80", "\xff" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!text_is_utf8(rd_str(bad[i])));
}

static void check_quote(const char *raw, const char *want)
{
	char out[200];

	CHECK_STR(quote_text(out, sizeof(out), rd_str(raw)), want);
}

TEST(quote_cannot_move_hide_or_reorder)
{
	check_quote("plain text, 100%", "plain text, 100%");
	check_quote("a\033[2Jb", "a\\x1b[2Jb");
	check_quote("line\nforged", "line\\nforged");
	check_quote("\\n", "\\\\n");
	check_quote("\xff\xfe", "\\xff\\xfe");
	check_quote("caf\xc3\xa9", "caf\xc3\xa9");
	check_quote("\xe2\x80\xaegpj.exe", "\\u{202e}gpj.exe");
	check_quote("a\xe2\x80\x8b" "b", "a\\u{200b}b");
	check_quote("\xc2\x9b" "31m", "\\u{009b}31m");
	check_quote("\xd7\x90", "\\u{05d0}");
}

TEST(quote_is_cut_to_fit)
{
	char out[20];

	CHECK_STR(quote_text(out, sizeof(out), rd_str("0123456789012345678901234567890")),
	    "0123456789012345678");
}

static void check_time(uint64_t ns, const char *want)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint64_t back;

	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_time(&w, ns);
	CHECK_RD(buf_rd(&b), rd_str(want));
	CHECK(time_parse(rd_str(want), &back));
	CHECK_U64(back, ns - ns % NS_PER_US);
}

TEST(time_text)
{
	static const char *const bad[] = { "", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z",
		"2026-11-22T08:15:60Z", "2026-11-22 08:15:30Z", "2026-11-22T08:15:30", "2026-11-22T08:15:30.Z",
		"2026-11-22T08:15:30+00:00", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "2600-01-01T00:00:00Z" };
	uint64_t ns = 3;

	check_time(0, "1970-01-01T00:00:00.000000Z");
	check_time(1709164800123456789u, "2024-02-29T00:00:00.123456Z");
	check_time(UINT64_MAX, "2554-07-21T23:34:33.709551Z");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!time_parse(rd_str(bad[i]), &ns) && ns == 3);
	CHECK(time_parse(rd_str("1970-01-01T00:00:01Z"), &ns) && ns == NS_PER_S);
	CHECK(time_parse(rd_str("1970-01-01T00:00:01.5Z"), &ns) && ns == NS_PER_S + NS_PER_S / 2);
}

TEST(days_and_dates_agree_for_eight_centuries)
{
	int64_t days, year;
	unsigned month, day;

	for (int64_t d = -100000; d < 200000; d++) {
		time_date(d, &year, &month, &day);
		CHECK(time_days(year, month, day, &days) && days == d);
	}
}

TEST(durations)
{
	static const char *const bad[] = { "", "h", "4", "4x", "1m1h", "1h1h", "99999999999s", "01h", "1 h", "-1h" };
	uint64_t ns = 3;
	AUTO(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!time_duration(rd_str(bad[i]), &ns) && ns == 3);
	CHECK(time_duration(rd_str("1d2h3m4s"), &ns));
	CHECK_U64(ns / NS_PER_S, 93784);
	buf_init(&b, 64);
	struct wr w = wr_to(&b);
	wr_duration(&w, ns);
	wr_str(&w, " ");
	wr_duration(&w, 0);
	wr_str(&w, " ");
	wr_duration(&w, 1);
	CHECK_RD(buf_rd(&b), rd_str("1d2h3m4s 0s 1ms"));
}

TEST(a_line_is_found_whole)
{
	struct rd r = rd_str("a\n--\nb\n--"), before = rd_str("kept");

	CHECK(!rd_line(&r, "-", &before) && !rd_line(&r, "b\n", &before) && rd_is(&before, "kept") && r.len == 9);
	CHECK(rd_line(&r, "--", &before) && rd_is(&before, "a\n") && rd_is(&r, "b\n--"));
	CHECK(!rd_line(&r, "--", &before)); /* no end: no line */
	CHECK(rd_line(&r, "b", &before) && before.len == 0 && rd_is(&r, "--"));
}
