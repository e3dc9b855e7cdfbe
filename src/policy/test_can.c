/*
 * Is:        tests of questions over a whole policy and of differences between two,
 *            against brute force with the naive decision.
 * Is not:    a test of decide.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/can.h"
#include "policy/decide.h"
#include "policy/diff.h"
#include "policy/naive.h"
#include "policy/test_load.h"
#include "policy/zone.h"

enum { FROM = 1795132800 /* 2026-11-20, a Friday */, DAYS = 8 };

static bool fixed_offset(void *ctx, struct rd zone, int64_t at, int32_t *out)
{
	(void)ctx;
	(void)at;
	*out = rd_is(&zone, "UTC") ? 0 : 3600;
	return true;
}

static const struct space_zones fixed = { fixed_offset, NULL };

static struct policy *load_random(struct buf *text)
{

	buf_init(text, 1 << 16);
	random_policy(&dice, text);
	return load(buf_rd(text));
}

static struct can_question question(const struct policy *p, const char *text)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	struct can_question q;

	if (can_parse(p, rd_str(text), d, &q) != 0)
		test_fail(__FILE__, __LINE__, "%s: %s", text, d->kept[0].text);
	return q;
}

TEST(bad_questions_are_refused)
{
	static const char *const bad[] = {
		"", "any", "any see", "any see 20 clear subscribers", "any see >x clear subscribers",
		"any see >20 masked subscribers", "nobody reach a0", "any reach nothing", "any, e0 reach a0",
		"any do dance", "any reach a0 a1", "any reach", "e0 reach group gg",
	};
	AUTO(buf_done) struct buf text = { 0 };
	AUTO(policy_free) struct policy *p = load_random(&text);

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
		struct can_question q;
		if (can_parse(p, rd_str(bad[i]), d, &q) == 0)
			test_fail(__FILE__, __LINE__, "'%s' was taken", bad[i]);
		CHECK(d->n_errors == 1);
	}
}

static bool asked_about(const struct policy *p, const struct can_question *q, const struct crossing *x)
{
	if (select_engineer(p, &q->who, x->engineer) == NO || select_asset(p, &q->what, x->asset, DENY) == NO)
		return false;
	return q->verb != CAN_DO || x->cls == q->cls;
}

/* Every crossing of the span by the half hour. */
static bool brute(const struct policy *p, const struct can_question *q)
{
	static const uint32_t places[][2] = {
		{ 'N' << 8 | 'L', SITE_NONE }, { 'C' << 8 | 'N', SITE_NONE }, { 'B' << 8 | 'E', SITE_NONE },
		{ 'U' << 8 | 'S', SITE_NONE }, { 'N' << 8 | 'L', SITE_FIRST }, { 'B' << 8 | 'E', SITE_FIRST + 1 },
	};
	static const char *const classes[] = { "session", "read-config", "trace", "bulk-export", "locate" };
	struct crossing x = { .n_approvals = APPROVALS_MAX };

	for (int i = 0; i < APPROVALS_MAX; i++)
		x.approvals[i] = UINT32_MAX;
	for (uint32_t z = 0; z < p->n_zones; z++)
		(void)fixed_offset(NULL, p->zones[z], 0, &x.offset[z]);
	if (q->verb == CAN_SEE)
		x.clear[q->kind] = q->more_than + 1;
	for (x.engineer = 0; x.engineer < p->n_engineers; x.engineer++)
		for (x.asset = 0; x.asset < p->n_assets; x.asset++)
			for (size_t c = 0; c < ARRAY_LEN(classes); c++) {
				x.cls = (uint32_t)policy_class(p, rd_str(classes[c]));
				if (!asked_about(p, q, &x))
					continue;
				for (unsigned n = 0; n < CHANNEL_N * ARRAY_LEN(places) * DAYS * 24; n++) {
					unsigned m = n / CHANNEL_N;
					x.channel = n % CHANNEL_N;
					x.country = places[m % ARRAY_LEN(places)][0];
					x.site = places[m % ARRAY_LEN(places)][1];
					x.now = FROM + (int64_t)(m / ARRAY_LEN(places)) * 3600;
					if (naive_decide(p, &x) == ALLOW)
						return true;
				}
			}
	return false;
}

TEST(answers_are_those_of_brute_force)
{
	static const char *const questions[] = {
		"any reach compartment intercept", "employed-under CN see >1 clear subscribers",
		"s1 do trace", "e0 see >0 clear customers on a1", "controlled-from BE reach group g0",
		"any do locate on a3",
	};
	unsigned n_yes = 0, n_no = 0;

	for (int i = 0; i < 60; i++) {
		AUTO(buf_done) struct buf text = { 0 };
		AUTO(policy_free) struct policy *p = load_random(&text);
		AUTO(table_free) struct table *t = table_new(p);
		struct can_world w = { p, t, fixed, FROM, DAYS };
		struct can_question q = question(p, questions[(unsigned)i % ARRAY_LEN(questions)]);
		struct can_answer a = can_ask(&w, &q);
		if (a.yes != brute(p, &q))
			test_fail(__FILE__, __LINE__, "%s: %d over\n%.*s", questions[(unsigned)i % ARRAY_LEN(questions)], a.yes,
			    (int)text.len, (const char *)buf_rd(&text).p);
		if (a.yes) {
			CHECK_INT(naive_decide(p, &a.witness), ALLOW);
			CHECK(asked_about(p, &q, &a.witness));
		}
		n_yes += a.yes;
		n_no += !a.yes;
	}
	CHECK(n_yes > 3 && n_no > 3);
}

struct tally { const struct policy *before, *after; unsigned n[2]; };

static void check_change(void *ctx, const struct diff_change *c)
{
	struct tally *t = ctx;

	t->n[c->is_permitted]++;
	CHECK_INT(naive_decide(c->is_permitted ? t->after : t->before, &c->witness), ALLOW);
}

/* A policy that differs in little: most of it the comparison may pass over. */
static struct policy *load_changed(const struct buf *text, struct buf *out)
{
	static const char *const more[] = {
		"deny any to a0\n", "rule n\n allow any to a1\n may trace\n", "deny s0 to any\n from NL\n",
		"rule n\n allow e1 to a2\n may any\n approved by 2 of approver, keeper\n", "class read-config two-person\n",
		"deny e1 to holds subscribers\n during sun 00:00-24:00 UTC\n", "asset a9 ssh h:1 group g0\n",
	};

	buf_init(out, 1 << 16);
	CHECK(buf_put_rd(out, buf_rd(text)) && buf_put_str(out, more[test_below(ARRAY_LEN(more))]));
	return load(buf_rd(out));
}

/* Papers in order, so that the comparison is of rules alone. */
static struct policy *in_order(struct policy *p)
{
	for (uint32_t i = 0; i < p->n_engineers; i++)
		for (int k = 0; k < ROSTER_N; k++)
			p->engineers[i].until[k] = (int64_t)1 << 34;
	return p;
}

TEST(differences_are_found_and_are_true)
{
	unsigned n_changes = 0;

	for (int i = 0; i < 150; i++) {
		AUTO(buf_done) struct buf ta = { 0 }, tb = { 0 };
		AUTO(policy_free) struct policy *a = in_order(load_random(&ta)), *b = in_order(i % 2 ? load_changed(&ta, &tb) : load_random(&tb));
		AUTO(table_free) struct table *x = table_new(a), *y = table_new(b);
		struct diff_side before = { a, x }, after = { b, y };
		struct diff_span span = { fixed, FROM, DAYS };
		struct tally t = { a, b, { 0, 0 } };
		diff_policies(&before, &after, &span, check_change, &t);
		n_changes += t.n[0] + t.n[1];
		for (int k = 0; k < 3000; k++) {
			struct crossing q;
			random_crossing(&dice, a, &q);
			if (q.now < FROM || q.now >= FROM + DAYS * 86400 || q.engineer >= 4 || q.asset >= 4)
				continue;
			/* Sites belong to countries, as claims make them. */
			q.site = q.country == ('N' << 8 | 'L') ? SITE_FIRST : q.country ? SITE_NONE : SITE_UNKNOWN;
			struct crossing r = q;
			space_set_time(a, &fixed, q.now, &q);
			space_set_time(b, &fixed, q.now, &r);
			enum verdict was = naive_decide(a, &q), is = naive_decide(b, &r);
			if (was == DENY && is == ALLOW && t.n[1] == 0)
				test_fail(__FILE__, __LINE__, "not reported as newly permitted");
			if (was == ALLOW && is == DENY && t.n[0] == 0)
				test_fail(__FILE__, __LINE__, "not reported as newly refused");
		}
	}
	CHECK(n_changes > 100);
}

static void tell(const char *was, const char *is, struct buf *out)
{
	AUTO(policy_free) struct policy *a = load(rd_str(was)), *b = load(rd_str(is));
	AUTO(table_free) struct table *x = table_new(a), *y = table_new(b);
	struct diff_side before = { a, x }, after = { b, y };
	struct diff_span span = { fixed, FROM, 366 };

	buf_init(out, 1 << 20);
	CHECK(diff_render(&before, &after, &span, out));
}

static bool says(const char *was, const char *is, const char *words)
{
	AUTO(buf_done) struct buf out = { 0 };

	tell(was, is, &out);
	if (memmem(buf_rd(&out).p, out.len, words, strlen(words)))
		return true;
	printf("%.*s", (int)out.len, (const char *)buf_rd(&out).p);
	return false;
}

#define WORLD "operator \"K\" in NL\nsupplier m \"M\" controlled-from CN\nasset h ssh h:1\n" \
	"asset l ssh h:1 compartment intercept\n"
#define WEI "engineer w of m screened-until 2027-03-01\n"
#define OFFICER "officer o role approver key \"ssh-ed25519 AAAA\"\n"
#define COMMANDS "command d read-config \"^a\"\ncommand d trace \"^.\"\n"
#define RULE "rule r\n allow m to h\n may read-config\n"

TEST(a_change_is_told)
{
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE, "nothing is newly permitted"));
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE " from NL\n", "newly refused, was permitted by rule r (p:6)"));
	CHECK(says(WORLD WEI RULE " from NL\n", WORLD WEI RULE, "newly permitted by rule r (p:6)"));
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE " show subscribers masked, at most 9 clear\n",
	    "9 subscribers in the clear"));
	CHECK(says(WORLD WEI RULE " opaque at most 7\n", WORLD WEI RULE, "7 opaque bytes"));
	CHECK(says(WORLD WEI RULE " approved by 2 of approver\n", WORLD WEI RULE, "with 1 approval by approver"));
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE " approved by keeper\n", "with 1 approval by keeper"));
	CHECK(says(WORLD RULE, WORLD WEI RULE, "w of m to h: session over terminal"));
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE "deny any to h\n doing read-config\n", "read-config over"));
	CHECK(says(WORLD WEI RULE, WORLD "engineer w of m screened-until 2027-04-01\n" RULE,
	    "papers last longer: w, for the core: 2027-03-01 -> 2027-04-01"));
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE "rule n\n allow m to compartment intercept\n may intercept\n",
	    "w of m to l: intercept over"));
}

/* A mixture of roles may be permitted where neither role alone is newly so. */
TEST(a_mixture_of_approvers_is_told)
{
	static const char two_rules[] = WORLD WEI RULE " approved by 2 of approver\n"
	    "rule s\n allow m to h\n may read-config\n approved by 2 of keeper\n";

	CHECK(says(two_rules, WORLD WEI RULE " approved by 2 of approver, keeper\n", "with 2 approvals by approver and keeper:"));
	CHECK(says(two_rules, two_rules, "nothing is newly permitted"));
}

TEST(what_is_said_otherwise_is_told)
{
	/* Who approves, and what a command is, change what is permitted for nobody, and for everybody. */
	CHECK(says(WORLD WEI RULE, WORLD WEI RULE "officer o\n  role approver,\n   keeper # why\n",
	    "said anew:\n    officer o role approver, keeper\nnothing is newly"));
	CHECK(says(WORLD WEI RULE "officer o role approver\n", WORLD WEI RULE "officer o role approver key \"ssh-ed25519 AAAA\"\n",
	    "said no more:\n    officer o role approver\nsaid anew:\n    officer o role approver key \"ssh-ed25519 AAAA\"\n"));
	CHECK(says(WORLD WEI RULE, WORLD WEI "rule  r\n  allow  m  to  h\n  may trace,\n    read-config\n",
	    "said anew:\n    rule r\n        allow m to h\n        may trace, read-config\n"));
	CHECK(says(WORLD WEI RULE "command d trace \"^.\"\ncommand d read-config \"^a\"\n", WORLD WEI RULE
	    "command d read-config \"^a\"\ncommand d trace \"^.\"\n",
	    "said in another order:\n    command d trace \"^.\"\nnothing"));
	/* The place of a statement, and how it is laid out, say nothing. */
	AUTO(buf_done) struct buf out = { 0 };
	tell(WORLD WEI OFFICER COMMANDS RULE, COMMANDS WORLD "\n# x\n" RULE OFFICER
	    "engineer   w of m\n    screened-until 2027-03-01", &out);
	CHECK_RD(buf_rd(&out), rd_str("nothing is newly permitted or newly refused\n"));
}

/* A real time zone; the first open hour comes three months later, and papers end. */
static bool amsterdam(void *ctx, struct rd zone, int64_t at, int32_t *out)
{
	(void)zone;
	*out = zone_offset(ctx, at);
	return true;
}

TEST(the_first_open_hour_is_found)
{
	AUTO(mem_free) uint8_t *file = NULL;
	size_t n = test_file("tests/vectors/tzif/Amsterdam", &file);
	struct zone z;

	CHECK_INT(zone_parse(rd_of(file, n), &z), 0);
	AUTO(policy_free) struct policy *p = load(rd_str(WORLD WEI RULE
	    " during sun 02:00-03:00 Europe/Amsterdam\n between 2027-01-01 and 2027-12-31\n"
	    "deny any to any\n during daily 00:00-24:00 Europe/Amsterdam\n between 2026-01-01 and 2027-02-20\n"));
	AUTO(table_free) struct table *t = table_new(p);
	struct can_world w = { p, t, { amsterdam, &z }, FROM, 366 };
	struct can_question q = question(p, "any reach h");
	struct can_answer a = can_ask(&w, &q);
	AUTO(buf_done) struct buf out = { 0 };

	CHECK(a.yes);
	buf_init(&out, 1000);
	CHECK(can_render(&w, &a, &out));
	CHECK_RD(buf_rd(&out), rd_str("yes: w of m to h: session over terminal, from NL, at 2027-02-21T01:00:00Z\n"
	    "     by rule r (p:6), with 1 approval by approver\n"));
	/* Screening ends on 2027-03-01: nothing after it. */
	w.from = 1803859200 + 86400;
	CHECK(!can_ask(&w, &q).yes);
}

TEST(the_example_answers)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);
	AUTO(policy_free) struct policy *p = load(rd_of(text, n));
	AUTO(table_free) struct table *t = table_new(p);
	struct can_world w = { p, t, fixed, FROM, 366 };
	struct can_question q = question(p, "employed-under CN see >20 clear subscribers");

	CHECK(!can_ask(&w, &q).yes);
	q = question(p, "employed-under CN see >19 clear subscribers");
	CHECK(can_ask(&w, &q).yes);
	q = question(p, "meridian reach compartment intercept");
	CHECK(!can_ask(&w, &q).yes);
}
