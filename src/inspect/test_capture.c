/*
 * Is:        tests of captures: each format says the same of the same subscribers, in any
 *            chunks; what is not of its format is read as text and never lost.
 * Is not:    a test of the inspector (test_inspector.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/capture.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "inspect/test_collect.h"
#include "testing/test.h"

static void everybody(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++)
		a->membership = a->kind == SCAN_MSISDN ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
}

static struct inspector_options options(void)
{
	return (struct inspector_options){ .plan = collect_plan(), .key = { 1, 2 }, .member = everybody, .most_opaque = UINT64_MAX };
}

/* In random pieces of at most `most` bytes. */
static void read_all(enum capture_format format, struct rd in, size_t most, struct capture_figures *f)
{
	const struct inspector_options o = options();
	AUTO(capture_free) struct capture *c = capture_new(format, &o);
	struct rd part;

	while (in.len) {
		size_t n = 1 + test_below(most);
		CHECK(rd_take(&in, n < in.len ? n : in.len, &part));
		capture_feed(c, part);
	}
	capture_end(c);
	capture_figures(c, f);
}

static void expect(enum capture_format format, const char *text, uint64_t persons, uint64_t as_text)
{
	static const size_t chunks[] = { 1, 3, 17, 4096 };
	struct capture_figures f;

	for (size_t k = 0; k < ARRAY_LEN(chunks); k++) {
		read_all(format, rd_str(text), chunks[k], &f);
		if (f.seen.persons + f.beside.persons != persons || f.as_text != as_text)
			test_fail(__FILE__, __LINE__, "%s in %zu: %llu and %llu persons, %llu lines as text", text, chunks[k],
			    (unsigned long long)f.seen.persons, (unsigned long long)f.beside.persons, (unsigned long long)f.as_text);
	}
}

TEST(columns_give_names_and_cells_give_persons)
{
	struct capture_figures f;

	expect(CAPTURE_CSV, "name,msisdn,children\nJan,31612345678,2\nPiet,\"0612345679\",0\n", 2, 0);
	expect(CAPTURE_CSV, "\xef\xbb\xbfmsisdn;inkomen\r\n31612345678;3000\r\n", 1, 0);
	expect(CAPTURE_CSV, "31612345678,31612345679\n", 2, 0); /* without names */
	read_all(CAPTURE_CSV, rd_str("msisdn,children\n31612345678,Kees\n"), 5, &f);
	CHECK_U64(f.seen.data[DATA_PROFILE], 1);
}

TEST(a_line_that_is_no_csv_is_read_as_text)
{
	expect(CAPTURE_CSV, "a,b\n\"call 31612345678, she said\n1,2\n", 1, 1);
	expect(CAPTURE_CSV, "a,b\n\"x\"31612345678 ,y\n", 1, 1);
}

TEST(numbers_of_any_length_and_escapes_in_json_are_read)
{
	struct capture_figures f;

	expect(CAPTURE_JSONL, "{\"msisdn\":31612345678}\n{\"iccid\":8931440400000000008}\n", 2, 0);
	expect(CAPTURE_JSONL, "{\"a\":{\"b\":[\"x\",\"31612345678\"]},\"c\":-1.5e3}\n", 1, 0);
	expect(CAPTURE_JSONL, "{\"a\":\"3161\\u00323\\u0034567\\u0038\"}\n", 1, 0);
	expect(CAPTURE_JSONL, "{\"31612345678\":true,\"n\":null}\n", 1, 0); /* a name is data too */
	read_all(CAPTURE_JSONL, rd_str("{\"hobbies\":[\"schaken\",\"zeilen\"]}\n"), 9, &f);
	CHECK_U64(f.seen.data[DATA_PROFILE], 2);
}

TEST(a_line_that_is_no_json_is_read_as_text)
{
	expect(CAPTURE_JSONL, "{\"a\":31612345678\n", 1, 1);
	expect(CAPTURE_JSONL, "[[[[[[[[[[[[[[[[[[[[31612345678]]]]]]]]]]]]]]]]]]]]\n", 1, 1);
	expect(CAPTURE_JSONL, "number 31612345678 \\u0031\n\n", 1, 1);
}

TEST(a_cast_is_its_screen_at_its_size)
{
	/* ten columns: the number wraps, and only the screen at its size shows it whole */
	expect(CAPTURE_CAST, "{\"version\": 2, \"width\": 10, \"height\": 4, \"idle_time_limit\": 1.5}\n"
			     "[0.5, \"o\", \"tel: 31612\\u001b[2;1H345678\"]\n", 1, 0);
	expect(CAPTURE_CAST, "{\"version\": 2, \"width\": 80, \"height\": 24}\n"
			     "[0.248848, \"o\", \"\\u001b[1;31m3161\\u001b[0m2345678\\r\\n\"]\n"
			     "[1.001376, \"r\", \"100x30\"]\n[2, \"o\", \"0612345679 \"]\n", 2, 0);
	expect(CAPTURE_CAST, "{\"version\": 2, \"width\": 80, \"height\": 24}\n[1.5, \"i\", \"show 31612345678\"]\n", 1, 0);
}

TEST(what_is_no_event_is_read_as_text)
{
	expect(CAPTURE_CAST, "{\"version\": 2, \"title\": \"of 31612345678\"}\n", 1, 0);
	expect(CAPTURE_CAST, "[1.x, \"o\", \"31612345678\"]\nwhatever 0612345679\n[3, \"o\"]\n", 2, 3);
}

TEST(a_line_longer_than_any_is_read_as_it_comes)
{
	enum { LEN = CAPTURE_LINE_MAX + 5000 };
	AUTO(mem_free) char *text = mem_new(LEN + 64, 1);
	struct capture_figures f;

	memset(text, 'x', LEN);
	memcpy(text, "31612345678 ", 12);
	memcpy(text + CAPTURE_LINE_MAX - 5, " 0612345679 ", 12);
	memcpy(text + LEN, "\n{\"a\":31612345670}\n", 20);
	read_all(CAPTURE_JSONL, rd_str(text), 100000, &f);
	CHECK_U64(f.seen.persons, 3);
	CHECK_U64(f.lines, 2);
	CHECK_U64(f.as_text, 1);
}

TEST(a_terminal_s_bytes_and_plain_text)
{
	expect(CAPTURE_TERMINAL, "\x1b[2J\x1b[5;5H0612\x1b[6;1Hx\x1b[5;9H345678", 1, 0);
	expect(CAPTURE_TEXT, "tel 06 12 34 56 78\nand 31612345678\n", 1, 0);
	expect(CAPTURE_TEXT, "", 0, 0);
}

TEST(formats_are_guessed_by_what_they_begin_with)
{
	CHECK_INT(capture_guess(rd_str("{\"version\": 2, \"width\": 80}\n[1,"), "x"), CAPTURE_CAST);
	CHECK_INT(capture_guess(rd_str("{\"version\": 2, \"msisdn\": 80}\n"), "x"), CAPTURE_JSONL);
	CHECK_INT(capture_guess(rd_str("a,b\n"), "dir/x.csv"), CAPTURE_CSV);
	CHECK_INT(capture_guess(rd_str("a,b\n"), ""), CAPTURE_TEXT);
	CHECK_INT(capture_guess(rd_str("hello\x1b[m"), ""), CAPTURE_TERMINAL);
	CHECK_INT(capture_guess(rd_str(""), ".csv"), CAPTURE_TEXT);
	for (unsigned k = 0; k < CAPTURE_FORMATS; k++) {
		enum capture_format f = CAPTURE_FORMATS;
		CHECK(capture_format_of(capture_format_name((enum capture_format)k), &f) && f == (enum capture_format)k);
	}
}
