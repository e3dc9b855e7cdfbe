/*
 * Is:        tests of approvals: each way to get more than was granted, refused with
 *            its reason.
 * Is not:    a cryptographic test: the check passed in recognises signatures that this
 *            file makes.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/approval.h"
#include "policy/parse.h"
#include "policy/request.h"
#include "testing/test.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define GRANT(id, engineer, asset, classes, until, approvals) "slagboom-grant/1\nid " id \
	"\noperator K\npolicy " ZEROS "\nrule r\nengineer " engineer "\nsupplier m\nemployer M\n" \
	"controlled-from CN\nasset " asset "\n" classes "channel terminal\nnot-before 2026-11-23T08:00:00Z\n" \
	"not-after 2026-11-23T" until ":00:00Z\nsession-max 3600\nclear-subscribers 0\nclear-customers 0\n" \
	"opaque 0\napprovals " approvals "\nrole approver\nrequested 2026-11-23T07:55:00Z\n" \
	"answer-by 2026-11-23T08:25:00Z\npurpose p\nticket t\n"
#define ID "00112233445566778899aabbccddeeff"
#define OTHER_ID "10112233445566778899aabbccddeeff"

static const char usual[] = GRANT(ID, "w", "h", "class read-config\n", "12", "2");

enum { KEY_W = 1, KEY_COLLEAGUE, KEY_A, KEY_B, KEY_SECONDED, KEY_PAST, KEY_WATCHER, KEY_STRANGER };

/* An Ed25519 public key of 32 equal bytes. */
static void put_key(struct wr *w, uint8_t who)
{
	wr_part32(w, rd_str("ssh-ed25519"));
	wr_u32(w, 32);
	for (int i = 0; i < 32; i++)
		wr_u8(w, who);
}

static void put_key_base64(struct buf *out, uint8_t who)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct wr w, o = wr_to(out);

	buf_init(&raw, 100);
	w = wr_to(&raw);
	put_key(&w, who);
	wr_base64(&o, buf_rd(&raw), BASE64_PADDED);
	CHECK(wr_ok(&w) && wr_ok(&o));
}

static uint64_t digest(struct rd r)
{
	uint64_t h = 7;
	uint8_t c;

	while (rd_u8(&r, &c))
		h = h * 1099511628211u + c;
	return h;
}

/* A signature that `verify` below takes: a digest of the text, and zeros. */
static void sign(struct buf *out, uint8_t who, const char *name_space, const char *text)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct wr w, o = wr_to(out);

	buf_init(&raw, 1000);
	w = wr_to(&raw);
	wr_str(&w, "SSHSIG");
	wr_u32(&w, 1);
	size_t mark = wr_open32(&w);
	put_key(&w, who);
	wr_close32(&w, mark);
	wr_part32(&w, rd_str(name_space));
	wr_u32(&w, 0);
	wr_part32(&w, rd_str("sha512"));
	mark = wr_open32(&w);
	wr_part32(&w, rd_str("ssh-ed25519"));
	wr_u32(&w, 64);
	wr_u64(&w, digest(rd_str(text)));
	for (int i = 0; i < 7; i++)
		wr_u64(&w, who);
	wr_close32(&w, mark);
	wr_str(&o, "-----BEGIN SSH SIGNATURE-----\n");
	struct rd blob = buf_rd(&raw), part;
	while (rd_take(&blob, blob.len < 51 ? blob.len : 51, &part) && part.len) {
		wr_base64(&o, part, BASE64_PADDED);
		wr_str(&o, "\n");
	}
	wr_str(&o, "-----END SSH SIGNATURE-----\n");
	CHECK(wr_ok(&w) && wr_ok(&o));
}

static bool verify(void *ctx, const struct sshsig *s, struct rd message)
{
	struct rd r = s->signature;
	uint64_t d, who;
	uint8_t key;

	(void)ctx;
	return rd_u64(&r, &d) && rd_u64(&r, &who) && rd_at(&s->key, 0, &key) && key == who &&
	    d == digest(message);
}

static bool is_used(void *ctx, struct rd id)
{
	return ctx && rd_is(&id, ctx);
}

static struct policy *world(void)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf text = { 0 };
	struct policy *p = NULL;
	static const struct { const char *line; uint8_t key; } people[] = {
		{ "engineer w of m screened-until 2027-01-01", KEY_W },
		{ "engineer colleague of m screened-until 2027-01-01", KEY_COLLEAGUE },
		{ "officer a role approver", KEY_A }, { "officer b role approver, keeper", KEY_B },
		{ "officer seconded of m role approver", KEY_SECONDED },
		{ "officer past until 2026-11-22 role approver", KEY_PAST },
		{ "officer watches role watcher", KEY_WATCHER },
	};

	buf_init(&text, 1 << 16);
	CHECK(buf_put_str(&text, "operator \"K\" in NL\nsupplier m \"M\" controlled-from CN\n"
	    "asset h ssh h:1\nasset other ssh h:1\n"));
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		CHECK(buf_put_str(&text, people[i].line) && buf_put_str(&text, " key \"ssh-ed25519 "));
		put_key_base64(&text, people[i].key);
		CHECK(buf_put_str(&text, " comment\"\n"));
	}
	CHECK(buf_put_str(&text, "rule r\n allow m to h\n during at most 1h\n approved by 2 of approver\n may read-config, trace\n"
	    "rule one\n allow w to other\n may read-config, trace\n"));
	if (policy_load_text(rd_str("p"), buf_rd(&text), d, &p) != 0)
		test_fail(__FILE__, __LINE__, "%s", d->kept[0].text);
	return p;
}

/* 2026-11-23T08:10:00Z */
enum { NOW = 1795421400 };

static struct approval_world around(const struct policy *p)
{
	return (struct approval_world){ .policy = p, .policy_hash = rd_str(ZEROS), .now = NOW,
		.verify = verify, .is_used = is_used };
}

struct signature { uint8_t who; const char *text; };

static struct approval_result judge(const struct approval_world *w, const char *text,
    const struct signature *s, uint32_t n)
{
	struct buf armor[4];
	struct approval list[4];
	struct approval_result r;

	for (uint32_t i = 0; i < n; i++) {
		buf_init(&armor[i], 4096);
		sign(&armor[i], s[i].who, APPROVAL_NAMESPACE, s[i].text);
		list[i] = (struct approval){ rd_str(s[i].text), buf_rd(&armor[i]), NOW - 10 };
	}
	r = approval_judge(w, rd_str(text), list, n);
	for (uint32_t i = 0; i < n; i++)
		buf_done(&armor[i]);
	return r;
}

TEST(each_bad_approval_has_its_reason)
{
	AUTO(policy_free) struct policy *p = world();
	struct approval_world w = around(p);
	static const struct { uint8_t who; const char *text; enum approval_why why; } cases[] = {
		{ KEY_W, usual, APPROVAL_BY_REQUESTER },
		{ KEY_COLLEAGUE, usual, APPROVAL_BY_SUPPLIER },
		{ KEY_SECONDED, usual, APPROVAL_BY_SUPPLIER },
		{ KEY_PAST, usual, APPROVAL_NOT_CURRENT },
		{ KEY_WATCHER, usual, APPROVAL_NO_ROLE },
		{ KEY_STRANGER, usual, APPROVAL_UNKNOWN_KEY },
		{ KEY_A, usual, APPROVAL_TWICE },
		{ KEY_B, GRANT(OTHER_ID, "w", "h", "class read-config\n", "12", "2"), APPROVAL_RETARGETED },
		{ KEY_B, GRANT(ID, "w", "other", "class read-config\n", "12", "2"), APPROVAL_RETARGETED },
		{ KEY_B, GRANT(ID, "colleague", "h", "class read-config\n", "12", "2"), APPROVAL_RETARGETED },
		{ KEY_B, GRANT(ID, "w", "h", "class read-config\n", "13", "2"), APPROVAL_ALTERED },
		{ KEY_B, GRANT(ID, "w", "h", "class trace\n", "12", "2"), APPROVAL_ALTERED },
		{ KEY_B, "anything", APPROVAL_ALTERED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct signature two[] = { { KEY_A, usual }, { cases[i].who, cases[i].text } };
		struct approval_result r = judge(&w, usual, two, 2);
		CHECK_INT(r.grant_why, APPROVAL_GRANT_GOOD);
		CHECK_INT(r.why[0], APPROVAL_GOOD);
		CHECK_INT(r.why[1], cases[i].why);
		CHECK_INT(r.verdict, DENY);
		CHECK_U64(r.n_good, 1);
	}
}

TEST(forged_late_and_misused_signatures)
{
	AUTO(policy_free) struct policy *p = world();
	struct approval_world w = around(p);
	AUTO(buf_done) struct buf a = { 0 }, b = { 0 }, c = { 0 };
	struct approval list[3];

	buf_init(&a, 4096);
	buf_init(&b, 4096);
	buf_init(&c, 4096);
	sign(&a, KEY_A, APPROVAL_NAMESPACE, "another text");
	sign(&b, KEY_A, "file", usual);
	sign(&c, KEY_A, APPROVAL_NAMESPACE, usual);
	list[0] = (struct approval){ rd_str(usual), buf_rd(&a), NOW };
	list[1] = (struct approval){ rd_str(usual), buf_rd(&b), NOW };
	list[2] = (struct approval){ rd_str(usual), buf_rd(&c), NOW + 1 };
	struct approval_result r = approval_judge(&w, rd_str(usual), list, 3);
	CHECK_INT(r.why[0], APPROVAL_FORGED);
	CHECK_INT(r.why[1], APPROVAL_NAMESPACE_WRONG);
	CHECK_INT(r.why[2], APPROVAL_LATE);
	w.now += 3600;
	list[2].at = NOW + 3600; /* after answer-by */
	CHECK_INT(approval_judge(&w, rd_str(usual), list, 3).why[2], APPROVAL_LATE);
	list[2].at = NOW - 3600; /* before the request */
	CHECK_INT(approval_judge(&w, rd_str(usual), list, 3).why[2], APPROVAL_LATE);
	list[2].signature = rd_str("");
	CHECK_INT(approval_judge(&w, rd_str(usual), list, 3).why[2], APPROVAL_MALFORMED);
}

static void grant_refused(const struct approval_world *w, const char *text, enum approval_grant_why why)
{
	struct signature two[] = { { KEY_A, text }, { KEY_B, text } };
	struct approval_result r = judge(w, text, two, 2);

	CHECK_INT(r.grant_why, why);
	CHECK_INT(r.verdict, DENY);
}

TEST(grants_that_cannot_stand)
{
	AUTO(policy_free) struct policy *p = world();
	struct approval_world w = around(p), x;

	grant_refused(&w, "x", APPROVAL_GRANT_MALFORMED);
	grant_refused(&w, GRANT(ID, "nobody", "h", "class read-config\n", "12", "2"), APPROVAL_GRANT_NOBODY);
	grant_refused(&w, GRANT(ID, "w", "nothing", "class read-config\n", "12", "2"), APPROVAL_GRANT_NOBODY);
	grant_refused(&w, GRANT(ID, "w", "other", "class read-config\n", "12", "2"), APPROVAL_GRANT_BEYOND_RULE);
	grant_refused(&w, GRANT(ID, "w", "h", "class intercept\n", "12", "2"), APPROVAL_GRANT_BEYOND_RULE);
	grant_refused(&w, GRANT(ID, "w", "h", "class unknown\n", "12", "2"), APPROVAL_GRANT_BEYOND_RULE);
	grant_refused(&w, GRANT(ID, "w", "h", "class read-config\n", "12", "1"), APPROVAL_GRANT_TOO_FEW);
	x = w;
	x.now = NOW + 4 * 3600;
	grant_refused(&x, usual, APPROVAL_GRANT_OVER);
	x = w;
	x.policy_hash = rd_str("1" ZEROS);
	grant_refused(&x, usual, APPROVAL_GRANT_STALE);
	char id[] = ID;
	x = w;
	x.ctx = id;
	grant_refused(&x, usual, APPROVAL_GRANT_USED);
}

TEST(two_officers_make_a_grant)
{
	AUTO(policy_free) struct policy *p = world();
	struct approval_world w = around(p);
	struct signature two[] = { { KEY_A, usual }, { KEY_B, usual } };
	struct approval_result r = judge(&w, usual, two, 2);

	CHECK_INT(r.verdict, ALLOW);
	CHECK_U64(r.n_needed, 2);
	CHECK_U64(r.roles[1], 1u << ROLE_APPROVER | 1u << ROLE_KEEPER);
	CHECK_INT(judge(&w, usual, two, 1).verdict, DENY);
	CHECK_INT(approval_judge(&w, rd_str(usual), NULL, 0).verdict, DENY);
}

TEST(a_request_becomes_a_grant_that_can_stand)
{
	AUTO(policy_free) struct policy *p = world();
	AUTO(buf_done) struct buf text = { 0 };
	struct approval_world w = around(p);
	struct grant g = {
		.id = rd_str(ID), .policy = rd_str(ZEROS), .not_before = NOW, .not_after = NOW + 3600,
		.requested = NOW - 60, .answer_by = NOW + 600, .purpose = rd_str("p"), .ticket = rd_str("t"),
	};

	CHECK(request_add(&g.assets, rd_str("other")));
	CHECK(request_add(&g.classes, rd_str("trace")) && request_add(&g.classes, rd_str("read-config")));
	CHECK(request_add(&g.classes, rd_str("trace")) && request_add(&g.channels, rd_str("terminal")));
	CHECK_U64(g.classes.n, 2);
	request_fill(p, 1, 0, &g);
	CHECK_U64(g.approvals, 2); /* trace is a two-person class; the rule asks for one */
	buf_init(&text, GRANT_MAX);
	CHECK(grant_write(&g, &text) && buf_put_u8(&text, 0));
	const char *written = (const char *)buf_rd(&text).p;
	struct signature two[] = { { KEY_A, written }, { KEY_B, written } };
	CHECK_INT(judge(&w, written, two, 2).verdict, ALLOW);
	CHECK_INT(judge(&w, written, two, 1).verdict, DENY);
	/* Raised beyond its rule. */
	g.opaque = 1;
	buf_reset(&text);
	CHECK(grant_write(&g, &text) && buf_put_u8(&text, 0));
	grant_refused(&w, (const char *)buf_rd(&text).p, APPROVAL_GRANT_BEYOND_RULE);
}

TEST(who_comes_four_times_as_often_is_unusual)
{
	struct engineer e = { .expected = 4, .period_days = 7 }, unsaid = { 0 };

	CHECK(!request_is_unusual(&e, 16) && request_is_unusual(&e, 17));
	CHECK(!request_is_unusual(&unsaid, UINT32_MAX));
}
