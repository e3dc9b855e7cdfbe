/*
 * Is:        the test that rules have no order: verdicts, needs and explanations are the same
 *            however the rules of a text are shuffled.
 * Is not:    a test of what rules mean.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/wr.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/parse.h"
#include "policy/test_load.h"

enum { STATEMENTS_MAX = 64, TEXT_MAX = 1 << 16 };

/* The statements of a text: each a line that begins in the first column, and what is indented
 * below it. */
static uint32_t split(struct rd text, struct buf out[STATEMENTS_MAX])
{
	struct rd line;
	uint32_t n = 0;

	while (rd_until(&text, '\n', &line)) {
		uint8_t c;
		bool begins = rd_at(&line, 0, &c) && c != ' ';
		if (begins || n == 0) {
			CHECK(n < STATEMENTS_MAX);
			buf_init(&out[n++], TEXT_MAX);
		}
		CHECK(buf_put_rd(&out[n - 1], line) && buf_put_u8(&out[n - 1], '\n'));
	}
	return n;
}

static bool is_rule(const struct buf *b)
{
	struct rd r = buf_rd(b), s = r;

	return rd_word(&r, "rule ") || rd_word(&s, "deny ");
}

/* The same statements, the rules among them in another order. */
static void shuffle(struct rd text, struct buf *out)
{
	struct buf all[STATEMENTS_MAX];
	uint32_t n = split(text, all);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)test_below(n);
		if (!is_rule(&all[i]) || !is_rule(&all[k]))
			continue;
		struct buf b = all[i];
		all[i] = all[k];
		all[k] = b;
	}
	for (uint32_t i = 0; i < n; i++) {
		CHECK(buf_put_rd(out, buf_rd(&all[i])));
		buf_done(&all[i]);
	}
}

/* Where a rule stands is told too, and differs: "(p:12)" becomes "(p)". */
static void without_lines(struct rd text, struct buf *out)
{
	uint8_t c;

	while (rd_u8(&text, &c)) {
		struct rd rest = text;
		CHECK(buf_put_u8(out, c));
		if (c != '(' || !rd_word(&rest, "p:"))
			continue;
		CHECK(buf_put_u8(out, 'p'));
		while (rd_u8(&rest, &c) && c != ')')
			;
		CHECK(buf_put_u8(out, ')'));
		text = rest;
	}
}

static void explain(const struct policy *p, const struct table *t, const struct crossing *q, struct buf *out)
{
	AUTO(buf_done) struct buf text = { 0 };
	uint32_t rule, approvals, roles;

	buf_init(&text, TEXT_MAX);
	CHECK(explain_render(p, t, q, &text));
	without_lines(buf_rd(&text), out);
	if (!explain_needs(t, q, &rule, &approvals, &roles))
		return;
	struct wr w = wr_to(out);
	wr_bytes(&w, p->rules[rule].name);
	wr_text(&w, " needs %u by %x\n", approvals, roles);
	CHECK(wr_ok(&w));
}

/* Zones are numbered as rules name them. */
static struct crossing same_moment(const struct policy *a, const struct policy *b, const struct crossing *q)
{
	struct crossing x = *q;

	for (uint32_t i = 0; i < b->n_zones; i++) {
		int k = policy_zone(a, b->zones[i]);
		CHECK(k >= 0);
		x.offset[i] = q->offset[k];
	}
	return x;
}

TEST(shuffled_rules_say_the_same)
{

	for (int i = 0; i < 300; i++) {
		AUTO(buf_done) struct buf text = { 0 }, other = { 0 };
		buf_init(&text, TEXT_MAX);
		buf_init(&other, TEXT_MAX);
		random_policy(&dice, &text);
		shuffle(buf_rd(&text), &other);
		AUTO(policy_free) struct policy *a = load(buf_rd(&text));
		AUTO(policy_free) struct policy *b = load(buf_rd(&other));
		AUTO(table_free) struct table *ta = table_new(a);
		AUTO(table_free) struct table *tb = table_new(b);
		for (int k = 0; k < 60; k++) {
			AUTO(buf_done) struct buf x = { 0 }, y = { 0 };
			struct crossing q, r;
			random_crossing(&dice, a, &q);
			r = same_moment(a, b, &q);
			buf_init(&x, TEXT_MAX);
			buf_init(&y, TEXT_MAX);
			explain(a, ta, &q, &x);
			explain(b, tb, &r, &y);
			CHECK_RD(buf_rd(&x), buf_rd(&y));
		}
	}
}

#define WORLD \
	"operator \"K\" in NL\nsupplier m \"M\" in NL controlled-from NL\n" \
	"engineer w of m screened-until 2099-01-01\nofficer o role approver\nasset h telnet h:1 holds subscribers\n"
#define WIDE "rule a-wide\n allow m to h\n approved by 2 of approver\n may read-config\n show subscribers clear, at most 50\n"
#define NARROW "rule narrow\n allow m to h\n approved by 2 of approver\n may read-config\n"
#define EASY "rule easy\n allow m to h\n may read-config\n"
#define TRACES "rule traces\n allow m to h\n may read-config, trace\n"

static void needs(const char *text, const char *rule, uint32_t approvals)
{
	AUTO(policy_free) struct policy *p = load(rd_str(text));
	AUTO(table_free) struct table *t = table_new(p);
	struct crossing q = { .cls = (uint32_t)policy_class(p, rd_str("session")), .now = 1795420800 };
	uint32_t got, n, roles;

	CHECK(explain_needs(t, &q, &got, &n, &roles));
	CHECK_RD(p->rules[got].name, rd_str(rule));
	CHECK_U64(policy_rule_approvals(p, &p->rules[got]), approvals);
}

/* Of several rules that would do, the strictest is asked by: most approvals, then least power. */
TEST(the_strictest_rule_is_asked_by)
{
	needs(WORLD EASY WIDE NARROW, "narrow", 2);
	needs(WORLD WIDE NARROW EASY, "narrow", 2);
	needs(WORLD NARROW EASY WIDE, "narrow", 2);
	needs(WORLD EASY WIDE, "a-wide", 2);
	needs(WORLD WIDE EASY, "a-wide", 2);
	needs(WORLD EASY, "easy", 1);
	/* A class that needs two makes the rule one of two. */
	needs(WORLD EASY TRACES, "traces", 2);
	needs(WORLD TRACES EASY, "traces", 2);
}
