/*
 * Is:        tests of explanations.
 * Is not:    a test of decide.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/parse.h"
#include "policy/test_load.h"

static struct crossing usual(const struct policy *p)
{
	return (struct crossing){
		.cls = (uint32_t)policy_class(p, rd_str("read-subscriber")), .site = SITE_NONE,
		.now = 1795420800, .offset = { 3600 }, .clear = { 3, 0 }, .n_approvals = 1,
		.approvals = { 1u << ROLE_APPROVER },
	};
}

TEST(every_condition_is_told)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);
	AUTO(policy_free) struct policy *p = load_as("kustnet.policy", rd_of(text, n));
	AUTO(table_free) struct table *t = table_new(p);
	AUTO(buf_done) struct buf out = { 0 };
	struct crossing q = usual(p);

	buf_init(&out, 1 << 16);
	CHECK(explain_render(p, t, &q, &out));
	CHECK_RD(buf_rd(&out), rd_str(
	    "wei.zhang of meridian to hlr1: read-subscriber over terminal, from an unknown place, "
	    "at 2026-11-23T08:00:00Z, 3 subscribers in the clear\n"
	    "DENY: no rule allows it\n"
	    "    screening  yes: until 2027-03-01\n"
	    "rule maintenance (kustnet.policy:11): does not allow\n"
	    "    who        yes\n"
	    "    what       yes\n"
	    "    from       unknown\n"
	    "    during     yes\n"
	    "    may        yes\n"
	    "    over       yes\n"
	    "    subscribers yes: 3 in the clear, at most 20\n"
	    "    opaque     yes: 0 bytes, at most 65536\n"
	    "    session    yes: 0 s, at most 14400 s\n"
	    "    approved   no: 1 of 2 by approver\n"
	    "1 rule about other people or assets\n"));
	q.asset = 2;
	buf_reset(&out);
	CHECK(explain_render(p, t, &q, &out));
	CHECK(memmem(buf_rd(&out).p, out.len, "nda        no: not on the roster", 32));
	CHECK(memmem(buf_rd(&out).p, out.len, "deny (kustnet.policy:20): denies", 32));
}

TEST(what_is_missing_is_told)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);
	AUTO(policy_free) struct policy *p = load_as("kustnet.policy", rd_of(text, n));
	AUTO(table_free) struct table *t = table_new(p);
	struct crossing q = usual(p);
	uint32_t rule, approvals, roles;

	CHECK(!explain_needs(t, &q, &rule, &approvals, &roles)); /* the place is unknown */
	q.country = 'N' << 8 | 'L';
	CHECK(explain_needs(t, &q, &rule, &approvals, &roles));
	CHECK_U64(rule, 0);
	CHECK_U64(approvals, 2);
	CHECK_U64(roles, 1u << ROLE_APPROVER);
	q.n_approvals = 2;
	q.approvals[1] = 1u << ROLE_APPROVER;
	CHECK(!explain_needs(t, &q, &rule, &approvals, &roles)); /* nothing is */
}

/* Any crossing, also of nobody to nothing at no time, has an explanation, and it
 * begins with decide's verdict. */
TEST(every_crossing_has_an_explanation)
{

	for (int i = 0; i < 200; i++) {
		AUTO(buf_done) struct buf text = { 0 }, out = { 0 };
		buf_init(&text, 1 << 16);
		buf_init(&out, 1 << 16);
		random_policy(&dice, &text);
		AUTO(policy_free) struct policy *p = load(buf_rd(&text));
		AUTO(table_free) struct table *t = table_new(p);
		for (int k = 0; k < 50; k++) {
			struct crossing q;
			random_crossing(&dice, p, &q);
			buf_reset(&out);
			CHECK(explain_render(p, t, &q, &out));
			bool allow = memmem(buf_rd(&out).p, out.len, "\nALLOW: allowed by rule", 23) != NULL;
			CHECK(allow == (decide(t, &q).verdict == ALLOW));
			if (allow) {
				CHECK(memmem(buf_rd(&out).p, out.len, ": allows\n", 9));
				CHECK(!memmem(buf_rd(&out).p, out.len, ": denies\n", 9));
			}
		}
	}
}
