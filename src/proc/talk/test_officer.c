/*
 * Is:        tests of an officer's question on the wire.
 * Is not:    a test of the desk.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/talk/desk_officer.h"
#include "testing/test.h"

static bool reads(const void *p, size_t n)
{
	struct officer_ask a;
	struct rd r = rd_of(p, n);

	return officer_ask_read(&r, &a) && r.len == 0;
}

TEST(officer_questions_that_are_none)
{
	static const uint8_t verb0[] = { 0, 0 }, verb_n[] = { VERB_N, 0 }, many[] = { 1, OFFICER_ARGS_MAX + 1 },
			     not_text[] = { 1, 1, 0, 1, 0xff };

	CHECK(!reads(verb0, sizeof(verb0)) && !reads(verb_n, sizeof(verb_n)) && !reads(many, sizeof(many)) &&
	    !reads(not_text, sizeof(not_text)) && !reads("", 0));
}

TEST(officer_questions_byte_by_byte)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct officer_ask a = { .verb = VERB_DENY, .n = 2, .arg = { rd_str("3f9a2c"), rd_str("not now") } }, out;

	buf_init(&b, 1024);
	struct wr w = wr_to(&b);
	officer_ask_write(&w, &a);
	CHECK(wr_ok(&w));
	struct rd all = buf_rd(&b), part;
	for (size_t n = 0; n < all.len; n++) {
		CHECK(rd_slice(&all, 0, n, &part));
		CHECK(!officer_ask_read(&part, &out) && part.len == n);
	}
	CHECK(officer_ask_read(&all, &out) && all.len == 0 && out.n == 2);
	CHECK_RD(out.arg[1], rd_str("not now"));
	a.n = OFFICER_ARGS_MAX + 1;
	w = wr_to(&b);
	officer_ask_write(&w, &a);
	CHECK(!wr_ok(&w));
}
