/*
 * Is:        tests of the canonical look.
 * Is not:    a test of the grammar.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/fmt.h"
#include "testing/test.h"

static void looks(struct rd text, struct rd want)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 1 << 20);
	CHECK_INT(policy_fmt(text, d, &out), 0);
	CHECK_RD(buf_rd(&out), want);
}

TEST(malformed_words_are_refused)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 10);
	CHECK_INT(policy_fmt(rd_str("\n\nx \"y\n"), d, &out), FMT_BAD);
	CHECK_U64(d->kept[0].pos.line, 3);
	CHECK_INT(policy_fmt(rd_str("operator \"Kustnet B.V.\" in NL\n"), d, &out), FMT_FULL);
}

TEST(the_example_is_canonical)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);

	looks(rd_of(text, n), rd_of(text, n));
}

TEST(spacing_is_made_so)
{
	looks(rd_str("\n\n# top  \noperator   \"K\"    in NL#x\n\n\nasset a ssh h:1\nasset  longer ssh h:2\n"
	             "rule r # why\n\tallow  m , n to\th\n  # inside\n may x,y\n z: q\n\n\n"),
	    rd_str("# top\noperator  \"K\" in NL  #x\n\nasset     a      ssh h:1\nasset     longer ssh h:2\n"
	           "rule r  # why\n    allow    m, n to h\n    # inside\n    may      x, y\n    z:       q\n"));
}
