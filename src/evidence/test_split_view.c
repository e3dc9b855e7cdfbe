/*
 * Is:        tests of the file "split-view" and of the text that an officer signs.
 * Is not:    a test of evidenced (tests/ship.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/split_view.h"

#include <string.h>

#include "testing/test.h"

static struct buf made(const char *why)
{
	struct buf b = { 0 };
	struct reopen r = { .origin = rd_str("gate.example/core"), .by = rd_str("j.devries"), .at = rd_str("2026-11-22T08:00:00Z"),
		.why = rd_str(why), .theirs = { .size = 42, .root = { { 1, 2, 3 } } } };

	buf_init(&b, REOPEN_TEXT_MAX + 100);
	struct wr w = wr_to(&b);
	wr_reopen(&w, &r);
	CHECK(wr_ok(&w));
	return b;
}

TEST(what_is_signed_reads_back_and_nothing_else_does)
{
	AUTO(buf_done) struct buf b = made("restored");
	struct reopen r;
	struct rd all = buf_rd(&b), part;

	CHECK(reopen_parse(all, &r));
	CHECK_U64(r.theirs.size, 42);
	CHECK(r.theirs.root.b[1] == 2 && rd_is(&r.by, "j.devries") && rd_is(&r.why, "restored"));
	for (size_t n = 0; n < all.len; n++) {
		CHECK(rd_slice(&all, 0, n, &part));
		CHECK(!reopen_parse(part, &r));
	}
	CHECK(buf_put_str(&b, "more\n") && !reopen_parse(buf_rd(&b), &r));
	AUTO(buf_done) struct buf empty = made(""), two = made("a\nlog another");
	CHECK(!reopen_parse(buf_rd(&empty), &r) && !reopen_parse(buf_rd(&two), &r));
}

TEST(a_changed_byte_is_seen_or_is_another_text)
{
	AUTO(buf_done) struct buf b = made("restored"), c = { 0 }, back = { 0 };
	struct reopen r;

	buf_init(&c, 2 * REOPEN_TEXT_MAX);
	buf_init(&back, 2 * REOPEN_TEXT_MAX);
	for (size_t i = 0; i < b.len; i++) {
		struct rd all = buf_rd(&b), again;
		uint8_t byte;
		buf_reset(&c);
		buf_reset(&back);
		CHECK(rd_at(&all, i, &byte) && buf_put_rd(&c, all));
		byte ^= (uint8_t)(1u << test_below(7));
		CHECK(buf_patch(&c, i, &byte, 1));
		if (!reopen_parse(buf_rd(&c), &r))
			continue;
		struct wr w = wr_to(&back);
		wr_reopen(&w, &r);
		again = buf_rd(&back);
		all = buf_rd(&c);
		CHECK(wr_ok(&w) && rd_equal(&again, &all));
	}
}

TEST(the_file_gives_back_what_they_hold)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd all, part, note;

	buf_init(&b, SPLIT_VIEW_MAX);
	struct wr w = wr_to(&b);
	wr_split_view(&w, rd_str("their note\n\n- sig\n"), rd_str("our note\n"));
	CHECK(wr_ok(&w) && split_view_theirs(buf_rd(&b), &note));
	CHECK_RD(note, rd_str("their note\n\n- sig\n"));
	all = buf_rd(&b);
	CHECK(rd_slice(&all, 0, all.len - strlen("\nOurs:\n\nour note\n"), &part));
	CHECK(!split_view_theirs(part, &note));
	CHECK(!split_view_theirs(rd_str(""), &note) && !split_view_theirs(rd_str("Ours:"), &note));
}
