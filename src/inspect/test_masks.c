/*
 * Is:        tests of the masks: the fast form against the plain one, at every length
 *            and over random bytes.
 * Is not:    a benchmark.
 * Called by: meson test.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/masks.h"

#include <string.h>

#include "inspect/run.h"
#include "testing/test.h"

enum { ROUNDS = 4000 };

/* Bytes of which many are of the classes or at their edges. */
static uint8_t some_byte(void)
{
	static const char edges[] = "09/:azAZjkJK@[`{. .-\n\x7f\x80\xff\x20\x21\x1f";
	const uint64_t r = test_random();

	return r & 1 ? (uint8_t)edges[(r >> 8) % (sizeof(edges) - 1)] : (uint8_t)(r >> 16);
}

static void same_masks(const struct rd *text)
{
	struct masks a, b;

	masks_of(text, &a);
	masks_of_scalar(text, &b);
	CHECK_U64(a.n, b.n);
	for (size_t w = 0; w < a.n; w++) {
		CHECK_U64(a.digit[w], b.digit[w]);
		CHECK_U64(a.alnum[w], b.alnum[w]);
		CHECK_U64(a.to_j[w], b.to_j[w]);
		CHECK_U64(a.newline[w], b.newline[w]);
		CHECK_U64(a.dot[w], b.dot[w]);
	}
}

TEST(each_byte_is_of_its_class)
{
	for (unsigned c = 0; c < 256; c++) {
		uint8_t p[17];
		struct rd text = rd_of(p, sizeof(p));

		for (size_t i = 0; i < sizeof(p); i++)
			p[i] = (uint8_t)c;
		same_masks(&text);
		CHECK_U64(masks_long_word(&text, 0), c > ' ' ? 0 : sizeof(p));
	}
}

TEST(fast_masks_are_the_plain_ones)
{
	for (unsigned k = 0; k < ROUNDS; k++) {
		uint8_t p[MASKS_MAX];
		const size_t n = k <= MASKS_MAX ? k : test_random() % (MASKS_MAX + 1);
		struct rd text = rd_of(p, n);

		for (size_t i = 0; i < n; i++)
			p[i] = some_byte();
		same_masks(&text);
	}
}

TEST(what_may_identify_and_weights_are_the_same)
{
	for (unsigned k = 0; k < ROUNDS; k++) {
		uint8_t p[100];
		struct rd text = rd_of(p, test_random() % (sizeof(p) + 1));

		for (size_t i = 0; i < sizeof(p); i++)
			p[i] = test_random() % 12 ? 'x' : (uint8_t)('0' + test_random() % 10);
		if (k % 8 == 0)
			p[test_random() % sizeof(p)] = '@';
		CHECK(masks_may_identify(&text) == masks_may_identify_scalar(&text));
		CHECK_U64(masks_weight(&text), masks_weight_scalar(&text));
	}
}

TEST(long_words_begin_where_they_begin)
{
	for (unsigned k = 0; k < ROUNDS; k++) {
		uint8_t p[200];
		const size_t n = test_random() % (sizeof(p) + 1), at = test_random() % (n + 1);
		const unsigned rare = 2 + (unsigned)(test_random() % 40);
		struct rd text = rd_of(p, n);

		for (size_t i = 0; i < n; i++)
			p[i] = test_random() % rare ? 'x' : some_byte();
		CHECK_U64(masks_long_word(&text, at), masks_long_word_scalar(&text, at));
	}
}

TEST(marks_are_where_they_are)
{
	static const uint8_t of[] = { 0x1f, 0x8b, 0x28, 0xb5, 0xfd, '7', 'B', 'Z', 'x' };

	for (unsigned k = 0; k < 4 * ROUNDS; k++) {
		uint8_t p[300];
		const size_t n = test_random() % (sizeof(p) + 1), at = test_random() % (n + 2);
		const unsigned rare = 1 + (unsigned)(test_random() % (k % 2 ? 30 : 400));
		struct rd bytes = rd_of(p, n);

		for (size_t i = 0; i < sizeof(p); i++)
			p[i] = test_random() % rare ? 'y' : of[test_random() % sizeof(of)];
		CHECK_U64(masks_mark(&bytes, at), masks_mark_scalar(&bytes, at));
	}
}

TEST(runs_of_digits_are_as_long_as_they_are)
{
	uint8_t text[80];
	struct rd all, part;

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1), digits = test_below(n + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(i < digits || test_below(2) ? '0' + test_below(10) : test_below(256));
		all = rd_of(text, n);
		const size_t at = n ? test_below(n) : 0;
		CHECK(rd_slice(&all, at, n - at, &part));
		CHECK_U64(run_digits(&part), run_digits_scalar(&part));
	}
	for (unsigned c = 0; c < 256; c++) { /* each byte ends a run or goes on with it */
		for (unsigned i = 0; i < 32; i++)
			text[i] = '7';
		text[5] = (uint8_t)c;
		all = rd_of(text, 32);
		CHECK_U64(run_digits(&all), c >= '0' && c <= '9' ? 32 : 5);
	}
}

TEST(a_look_takes_up_what_stands_at_its_place)
{
	uint8_t text[160];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1), at = test_below(n + 1);
		const struct rd all = rd_of(text, n);
		struct look wide, narrow;

		for (size_t i = 0; i < sizeof(text); i++) /* and behind the end as well */
			text[i] = (uint8_t)(test_below(3) ? '0' + test_below(10) : test_below(256));
		run_look(&all, at, &wide);
		run_look_scalar(&all, at, &narrow);
		CHECK(wide.digits == narrow.digits && memcmp(wide.d, narrow.d, sizeof(wide.d)) == 0);
		CHECK(wide.text.p == text + at && wide.text.len == n - at);
		for (size_t i = 0; i < LOOK_LEN; i++) {
			const uint8_t c = at + i < n ? text[at + i] : 0;
			CHECK(wide.d[i] == (uint8_t)(c - '0') && (wide.digits >> i & 1) == (c >= '0' && c <= '9'));
		}
	}
}

TEST(a_look_tells_hexadecimal_from_the_rest)
{
	uint8_t text[LOOK_LEN] = { 0 };
	const struct rd all = rd_of(text, sizeof(text));

	for (unsigned c = 0; c < 256; c++) { /* each byte, at each place */
		uint64_t letters, gaps, plain_letters, plain_gaps;
		const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f', gap = c == ' ' || c == ':';
		const uint64_t at = 1ull << c % LOOK_LEN;
		struct look l;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = '7';
		text[c % LOOK_LEN] = (uint8_t)c;
		run_look(&all, 0, &l);
		run_hex(&l, &letters, &gaps);
		run_hex_scalar(&l, &plain_letters, &plain_gaps);
		CHECK(letters == plain_letters && letters == (letter ? at : 0));
		CHECK(gaps == plain_gaps && gaps == (gap ? at : 0));
	}
}

TEST(a_text_of_words_has_no_digit_colon_or_at)
{
	uint8_t text[64] = { 0 };

	for (unsigned k = 0; k < 256 * sizeof(text); k++) { /* each byte, in texts of each length */
		const size_t n = 1 + k % sizeof(text);
		const uint8_t c = (uint8_t)(k / sizeof(text));
		const struct rd all = rd_of(text, n);

		for (size_t i = 0; i < n; i++)
			text[i] = 'y';
		text[test_below(n)] = c;
		CHECK(run_is_wordy(&all) == run_is_wordy_scalar(&all));
		CHECK(run_is_wordy(&all) == !((c >= '0' && c <= '9') || c == ':' || c == '@'));
	}
}

TEST(a_dash_that_begins_a_line_is_found)
{
	static const char some[] = "\n\r-- x\x80";
	uint8_t text[100];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(test_below(20) ? 'a' : some[test_below(sizeof(some) - 1)]);
		const struct rd all = rd_of(text, n);
		CHECK_U64(masks_to_dash(&all), masks_to_dash_scalar(&all));
	}
	struct rd r = rd_str("-a-\n--");
	CHECK_U64(masks_to_dash(&r), 4);
	r = rd_str("a\r-");
	CHECK_U64(masks_to_dash(&r), 2);
	r = rd_str("caf\xc3\xa9");
	CHECK_U64(masks_to_dash(&r), 3);
}

TEST(line_ends_that_end_no_line_are_found)
{
	static const char some[] = "\n\n\n\rx";
	uint8_t text[100];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1), rare = 1 + test_below(40);
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(test_below(rare) ? 'a' : some[test_below(sizeof(some) - 1)]);
		const struct rd all = rd_of(text, n);
		CHECK_U64(masks_to_ends(&all), masks_to_ends_scalar(&all));
	}
	struct rd r = rd_str("a\nb\n\nc");
	CHECK_U64(masks_to_ends(&r), 3);
	r = rd_str("a\nb\r\nc");
	CHECK_U64(masks_to_ends(&r), 3);
	r = rd_str("\na\n");
	CHECK_U64(masks_to_ends(&r), 3);
}

TEST(plain_bytes_are_those_that_stand_as_they_are)
{
	uint8_t text[100];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(test_below(60) ? 0x20 + test_below(0x5f) : test_below(256));
		const struct rd all = rd_of(text, n);
		CHECK(run_is_plain(&all) == run_is_plain_scalar(&all));
	}
	struct rd r = rd_str("a\tb");
	CHECK(run_is_plain(&r));
	r = rd_str("a\nb");
	CHECK(!run_is_plain(&r));
	r = rd_str("caf\xc3\xa9");
	CHECK(!run_is_plain(&r));
}

TEST(lines_are_what_a_terminal_shows_as_it_stands)
{
	uint8_t text[100];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(sizeof(text) + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(test_below(60) ? 0x20 + test_below(0x5f) : test_below(256));
		const struct rd all = rd_of(text, n);
		CHECK(run_is_lines(&all) == run_is_lines_scalar(&all));
		CHECK_U64(run_of_line(&all), run_of_line_scalar(&all));
	}
	for (unsigned c = 0; c < 256; c++) {
		for (unsigned i = 0; i < 32; i++)
			text[i] = 'x';
		text[c % 32] = (uint8_t)c;
		const struct rd all = rd_of(text, 32);
		CHECK(run_is_lines(&all) == ((c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t'));
	}
}

TEST(narrow_characters_are_written_as_bytes)
{
	static const uint32_t edges[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x10ffff };
	enum { CELLS_MAX = 40, BEFORE = 3 };
	uint32_t cell[CELLS_MAX];
	uint8_t out[BEFORE + CELLS_MAX];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(CELLS_MAX + 1);
		size_t narrow = 0;

		for (size_t i = 0; i < n; i++)
			cell[i] = test_below(30) ? 1 + (uint32_t)test_below(0x7f) : edges[test_below(ARRAY_LEN(edges))];
		while (narrow < n && cell[narrow] > 0 && cell[narrow] < 0x80)
			narrow++;
		CHECK_U64(run_narrow(cell, n, out, BEFORE), narrow);
		for (size_t i = 0; i < narrow; i++)
			CHECK_U64(out[BEFORE + i], cell[i]);
	}
}

TEST(bytes_are_copied_until_one_is_none)
{
	enum { TEXT_MAX = 80, BEFORE = 5 };
	uint8_t text[TEXT_MAX], out[BEFORE + TEXT_MAX];

	for (unsigned k = 0; k < 20000; k++) {
		const size_t n = test_below(TEXT_MAX + 1);
		size_t bytes = 0;

		for (size_t i = 0; i < n; i++)
			text[i] = (uint8_t)(test_below(40) ? 1 + test_below(0x7f) : test_below(2) ? 0 : 0x80 + test_below(0x80));
		while (bytes < n && text[bytes] > 0 && text[bytes] < 0x80)
			bytes++;
		CHECK_U64(run_copy(text, n, out, BEFORE), bytes);
		for (size_t i = 0; i < bytes; i++)
			CHECK_U64(out[BEFORE + i], text[i]);
	}
}
