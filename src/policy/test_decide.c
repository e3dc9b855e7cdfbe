/*
 * Is:        tests of the decision: against the naive one, exhaustively over small
 *            models and over random policies; and the laws one by one.
 * Is not:    the proof (tests/prove).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "policy/decide.h"
#include "policy/naive.h"
#include "policy/parse.h"
#include "policy/test_load.h"

TEST(a_thousand_random_policies_against_the_naive_one)
{
	unsigned n_allowed = 0;

	for (int i = 0; i < 1500; i++) {
		AUTO(buf_done) struct buf text = { 0 };
		buf_init(&text, 1 << 16);
		random_policy(&dice, &text);
		AUTO(policy_free) struct policy *p = load(buf_rd(&text));
		AUTO(table_free) struct table *t = table_new(p);
		for (int k = 0; k < 1000; k++) {
			struct crossing q;
			random_crossing(&dice, p, &q);
			struct decision d = decide(t, &q);
			n_allowed += d.verdict == ALLOW;
			if (d.verdict != naive_decide(p, &q))
				test_fail(__FILE__, __LINE__, "decide %d, why %d, rule %u over\n%.*s", d.verdict,
				    d.why, d.rule, (int)text.len, (const char *)buf_rd(&text).p);
		}
	}
	/* The comparison says little unless both verdicts are common. */
	printf("%u of 1500000 crossings allowed\n", n_allowed);
	CHECK(n_allowed > 5000);
}

/* Every set of up to three of these rules, over every crossing of a small world. */
static const char *const small_rules[] = {
	"rule 1\n allow m to h\n may trace, read-config\n",
	"rule 2\n allow any to any\n may read-config\n from NL\n show subscribers masked, at most 1 clear\n",
	"rule 3\n deny employed-under CN to any\n doing trace\n",
	"rule 4\n deny any to h\n from CN\n",
	"rule 5\n allow x to compartment intercept\n may any\n approved by 2 of keeper, approver\n",
	"rule 6\n deny any to compartment intercept\n during daily 08:00-18:00 UTC\n",
	"rule 7\n allow any to h\n may any\n over file\n opaque at most 1\n",
};

static void every_crossing(const struct policy *p, const struct table *t)
{
	static const uint32_t places[][2] = {
		{ 0, SITE_UNKNOWN }, { 'N' << 8 | 'L', SITE_NONE }, { 'C' << 8 | 'N', SITE_NONE },
	};
	static const char *const classes[] = { "trace", "read-config", "unknown" };

	for (unsigned n = 0; n < 2 * 2 * 3 * 3 * 2 * 3 * 2 * 2 * 2 * 3; n++) {
		unsigned x = n;
		struct crossing q = { 0 };
		q.engineer = x % 2, x /= 2;
		q.asset = x % 2, x /= 2;
		q.cls = (uint32_t)policy_class(p, rd_str(classes[x % 3])), x /= 3;
		q.country = places[x % 3][0], q.site = places[x % 3][1], x /= 3;
		q.now = 1795046400 + (x % 2) * 12 * 3600, x /= 2;
		q.n_approvals = x % 3, x /= 3;
		q.clear[0] = x % 2, x /= 2;
		q.opaque = x % 2, x /= 2;
		q.channel = x % 2 ? CHANNEL_FILE : CHANNEL_TERMINAL, x /= 2;
		q.approvals[0] = 1u << ROLE_APPROVER | (x > 0 ? 1u << ROLE_INTERCEPT : 0);
		q.approvals[1] = 1u << ROLE_APPROVER | (x > 1 ? 1u << ROLE_INTERCEPT : 0);
		CHECK_INT(decide(t, &q).verdict, naive_decide(p, &q));
	}
}

TEST(small_models_exhaustively)
{
	enum { N = ARRAY_LEN(small_rules) };

	for (unsigned set = 0; set < 1u << N; set++) {
		AUTO(buf_done) struct buf text = { 0 };
		if (__builtin_popcount(set) > 3)
			continue;
		buf_init(&text, 1 << 16);
		CHECK(buf_put_str(&text, "operator \"K\" in NL\nsupplier m \"M\" controlled-from CN\n"
		    "supplier o \"O\" in NL\nengineer x of m screened-until 2027-01-01 nda-until 2027-01-01 "
		    "trained-until 2027-01-01\nengineer y of o screened-until 2027-01-01\n"
		    "asset h ssh h:1\nasset l ssh h:1 compartment intercept\n"));
		for (unsigned i = 0; i < N; i++)
			if (set >> i & 1)
				CHECK(buf_put_str(&text, small_rules[i]));
		AUTO(policy_free) struct policy *p = load(buf_rd(&text));
		AUTO(table_free) struct table *t = table_new(p);
		every_crossing(p, t);
	}
}

static const char world[] =
    "operator \"K\" in NL\nsupplier m \"M\" controlled-from CN\nengineer w of m screened-until 2027-03-01\n"
    "asset h telnet h:1 holds subscribers\nasset l ssh h:1 compartment intercept\n"
    "rule r\n allow m to h\n from NL\n during mon-fri 08:00-18:00 Europe/Amsterdam, at most 4h\n"
    " may read-subscriber, trace\n show subscribers masked, at most 20 clear\n opaque at most 64KiB\n";

/* Monday 2026-11-23, 09:00 in Amsterdam; an approver has signed. */
static struct crossing usual(const struct policy *p)
{
	return (struct crossing){
		.cls = (uint32_t)policy_class(p, rd_str("read-subscriber")), .country = 'N' << 8 | 'L',
		.site = SITE_NONE, .now = 1795420800, .offset = { 3600 }, .n_approvals = 1,
		.approvals = { 1u << ROLE_APPROVER, 1u << ROLE_APPROVER },
	};
}

TEST(each_condition_alone_refuses)
{
	AUTO(policy_free) struct policy *p = load(rd_str(world));
	AUTO(table_free) struct table *t = table_new(p);
	struct crossing ok = usual(p), q;

	CHECK_INT(decide(t, &ok).verdict, ALLOW);
#define REFUSED(change) do { q = ok; change; CHECK_INT(decide(t, &q).verdict, DENY); } while (0)
	REFUSED(memset(&q, 0, sizeof(q)));
	REFUSED(q.engineer = 1);
	REFUSED(q.engineer = UINT32_MAX);
	REFUSED(q.asset = 1);
	REFUSED(q.asset = 2);
	REFUSED(q.channel = CHANNEL_FILE);
	REFUSED(q.channel = 99);
	REFUSED(q.cls = 0);
	REFUSED(q.cls = 63);
	REFUSED(q.cls = UINT32_MAX);
	REFUSED(q.country = 0);
	REFUSED(q.country = 'C' << 8 | 'N');
	REFUSED(q.now += 9 * 3600); /* 18:00 */
	REFUSED(q.now -= 3601);
	REFUSED(q.now -= 24 * 3600); /* Sunday */
	REFUSED(q.now = INT64_MAX);
	REFUSED(q.now = INT64_MIN);
	REFUSED(q.offset[0] = OFFSET_UNKNOWN);
	REFUSED(q.age = 4 * 3600 + 1);
	REFUSED(q.clear[0] = 21);
	REFUSED(q.clear[1] = 1);
	REFUSED(q.opaque = 65537);
	REFUSED(q.n_approvals = 0);
	REFUSED(q.n_approvals = 9);
	REFUSED(q.approvals[0] = 1u << ROLE_KEEPER);
	REFUSED(q.now = 1803859200 + 86400 + 9 * 3600); /* screening is over, on a Tuesday */
	REFUSED(q.cls = (uint32_t)policy_class(p, rd_str("trace"))); /* two persons */
	q.n_approvals = 2;
	CHECK_INT(decide(t, &q).verdict, ALLOW);
}

/* Need to know: who is not of the intercept compartment approves nothing of it, whatever rule
 * counts his role. */
TEST(the_intercept_compartment_is_approved_by_its_own)
{
	static const char more[] = "rule i\n allow m to compartment intercept\n approved by 2 of approver\n may read-config\n"
	    "engineer v of m screened-until 2027-03-01 nda-until 2027-03-01 trained-until 2027-03-01\n";
	AUTO(buf_done) struct buf text = { 0 };

	buf_init(&text, 1 << 16);
	CHECK(buf_put_str(&text, world) && buf_put_str(&text, more));
	AUTO(policy_free) struct policy *p = load(buf_rd(&text));
	AUTO(table_free) struct table *t = table_new(p);
	struct crossing q = usual(p);

	q.engineer = 1;
	q.asset = 1;
	q.cls = (uint32_t)policy_class(p, rd_str("read-config"));
	q.n_approvals = APPROVALS_MAX;
	for (int i = 0; i < APPROVALS_MAX; i++)
		q.approvals[i] = ((1u << ROLE_N) - 1) & ~(1u << ROLE_INTERCEPT);
	CHECK_INT(decide(t, &q).verdict, DENY);
	q.approvals[3] = 1u << ROLE_APPROVER | 1u << ROLE_INTERCEPT;
	CHECK_INT(decide(t, &q).verdict, DENY); /* one of two */
	q.approvals[5] = 1u << ROLE_INTERCEPT; /* of it, but the rule asks for approvers */
	CHECK_INT(decide(t, &q).verdict, DENY);
	q.approvals[7] = 1u << ROLE_APPROVER | 1u << ROLE_INTERCEPT;
	CHECK_INT(decide(t, &q).verdict, ALLOW);
}

TEST(a_country_not_known_is_every_country_to_a_deny)
{
	AUTO(policy_free) struct policy *p = load(rd_str(
	    "operator \"K\" in NL\nsupplier m \"M\" controlled-from NL\nengineer w of m screened-until 2027-03-01\n"
	    "asset h ssh h:1\nrule r\n allow m to h\n may any\ndeny employed-under KP to any\n"));
	AUTO(table_free) struct table *t = table_new(p);
	struct crossing q = usual(p);

	/* The employer's own country is not declared. */
	CHECK_INT(decide(t, &q).verdict, DENY);
	CHECK_INT(decide(t, &q).why, WHY_DENY_RULE);
}

TEST(a_bad_table_does_not_pass)
{
	AUTO(policy_free) struct policy *p = load(rd_str(world));
	AUTO(table_free) struct table *t = table_new(p);
	struct table_view whole = t->subjects[0];

	t->subjects[0].n_list = 0;
	CHECK(!table_check(t));
	t->subjects[0] = whole;
	t->people[0].view = t->n_subjects;
	CHECK(!table_check(t));
	t->people[0].view = 0;
	t->rules[0].n_places = 100;
	CHECK(!table_check(t));
	t->rules[0].n_places = 1;
	CHECK(table_check(t));
}
