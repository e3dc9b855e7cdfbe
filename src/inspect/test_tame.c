/*
 * Is:        tests of what may reach an officer's terminal: nothing that answers,
 *            writes elsewhere, or deceives; and that text and colours do.
 * Is not:    part of the product.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own input, and random bytes.
 */
#include "inspect/tame.h"

#include <string.h>

#include "testing/test.h"

enum { OUT_MAX = 1 << 20 };

static void check_tame(const char *in, const char *want)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct tame t;

	buf_init(&out, OUT_MAX);
	tame_init(&t);
	CHECK(tame_put(&t, rd_str(in), &out));
	CHECK_RD(buf_rd(&out), rd_str(want));
}

TEST(text_and_looks_pass)
{
	check_tame("naam: J\xc3\xb6rg \xe6\xbc\xa2\r\n\tx\b", "naam: J\xc3\xb6rg \xe6\xbc\xa2\r\n\tx\b");
	check_tame("\033[1;38;5;12mred\033[m", "\033[1;38;5;12mred\033[m");
	check_tame("\033[2J\033[5;9Hx\033[K\033[3b\033[;4r", "\033[2J\033[5;9Hx\033[K\033[3b\033[;4r");
	check_tame("\033[?1049h\033[?25l\0337\0338\033M", "\033[?1049h\033[?25l\0337\0338\033M");
	check_tame("\033(0lqk\033(B", "\033(0lqk\033(B");
	check_tame("\033c", "\033[0m\033[r\033[H\033[2J");
}

TEST(what_answers_or_writes_elsewhere_is_dropped)
{
	static const char *const hostile[] = {
		"\033[c", "\033[>c", "\033[=c", "\033[6n", "\033[?6n", "\033[5n", "\033[21t", "\033[18t", "\033[x", "\033Z",
		"\005", "\007", "\016", "\017", "\033]0;title\007", "\033]52;c;cm0gLXJmIH4K\007", "\033]8;;http://x\033\\",
		"\033]10;?\007", "\033]50;$x\007", "\033P+q544e\033\\", "\033P$q\"p\033\\", "\033Pq#0~~\033\\",
		"\033_Gi=1;AAAA\033\\", "\033^x\033\\", "\033Xx\033\\", "\033[3J", "\033[4i", "\033[5i", "\033[?5i",
		"\033[?1000h", "\033[?2004h", "\033[?1h", "\033=", "\033[20h", "\033[4h", "\033[2q", "\033[ q", "\033[!p",
		"\033[>4;2m", "\033[?9999h", "\033#8", "\033%@", "\033*0", "\033n", "\033l", "\xc2\x9d" "52;c;x\xc2\x9c",
		"\xc2\x90qx\xc2\x9c", "\xc2\x9b" "6n", "\033[1;2'z", "\033[1$r", "\033[?0h",
	};

	for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
		check_tame(hostile[i], "");
	check_tame("\033[?25;1000;7h", "\033[?25h\033[?7h");
}

TEST(what_deceives_is_written_out)
{
	check_tame("a\xe2\x80\xae" "b", "a<U+202E>b");
	check_tame("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\x7f", "<U+2066><U+200B><U+FEFF>");
	check_tame("\xf3\xa0\x80\xb1", "<U+E0031>");
	check_tame("a\xe2\x82\033[mb\xff", "a\xef\xbf\xbd\033[mb\xef\xbf\xbd");
	check_tame("\xe2\x82\n", "\xef\xbf\xbd\n");
}

TEST(needs_room_and_says_so)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct tame t;

	buf_init(&out, TAME_GROWTH);
	tame_init(&t);
	CHECK(!tame_put(&t, rd_str("ab"), &out));
	CHECK(tame_put(&t, rd_str("a"), &out));
	CHECK_RD(buf_rd(&out), rd_str("a"));
}

/* Every byte of the output is text, a permitted control, or part of a permitted sequence:
 * what comes out passes unchanged a second time. And cutting changes nothing. */
TEST(tamed_bytes_are_tame_however_they_are_cut)
{
	for (unsigned round = 0; round < 2000; round++) {
		AUTO(buf_done) struct buf once = { 0 }, twice = { 0 }, cut = { 0 };
		static const char likely[] = "\033\033[[]?;;0123456789hlmJHnctq\\P_\007\r\n\xc2\x9b\xe2\x80\xae";
		uint8_t in[200];
		struct tame t;

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = test_below(4) ? (uint8_t)likely[test_below(sizeof(likely) - 1)] : (uint8_t)test_below(256);
		buf_init(&once, OUT_MAX);
		buf_init(&twice, OUT_MAX << 4);
		buf_init(&cut, OUT_MAX);
		tame_init(&t);
		CHECK(tame_put(&t, rd_of(in, sizeof(in)), &once));
		tame_init(&t);
		CHECK(once.len == 0 || tame_put(&t, buf_rd(&once), &twice));
		CHECK_RD(buf_rd(&twice), buf_rd(&once));
		tame_init(&t);
		struct rd all = rd_of(in, sizeof(in)), part;
		while (all.len) {
			CHECK(rd_take(&all, 1 + test_below(all.len), &part));
			CHECK(tame_put(&t, part, &cut));
		}
		CHECK_RD(buf_rd(&cut), buf_rd(&once));
	}
}
