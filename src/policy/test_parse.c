/*
 * Is:        tests of the policy language: errors first, with their places.
 * Is not:    a test of what rules mean.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "policy/compile.h"
#include "policy/parse.h"
#include "testing/test.h"

#define HEAD "operator \"K\" in NL\nsupplier m \"M\" in NL controlled-from CN\n" \
	"asset h telnet 127.0.0.1:1\n"

static int load(const char *text, struct diags *d, struct policy **p)
{
	memset(d, 0, sizeof(*d));
	return policy_load_text(rd_str("p"), rd_str(text), d, p);
}

/* The text is refused with an error at line:col that contains `words`. */
static void refused(const char *text, uint32_t line, uint32_t col, const char *words)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	struct policy *p = NULL;

	CHECK_INT(load(text, d, &p), PARSE_BAD);
	CHECK(p == NULL);
	CHECK(d->n_errors > 0);
	if (!strstr(d->kept[0].text, words))
		test_fail(__FILE__, __LINE__, "'%s' is not in '%s'", words, d->kept[0].text);
	CHECK_U64(d->kept[0].pos.line, line);
	CHECK_U64(d->kept[0].pos.col, col);
}

TEST(errors_point_at_the_word)
{
	refused("", 1, 1, "no operator");
	refused("operatr \"K\"\n", 1, 1, "expected a statement, found 'operatr'");
	refused("  operator \"K\" in NL\n", 1, 3, "expected a statement");
	refused("operator Kustnet\n", 1, 10, "expected the operator's legal name");
	refused("operator \"K\n", 1, 10, "not closed");
	refused("operator \"K\" in nl\n", 1, 17, "expected a country");
	refused("operator \"K\" in NL in BE\n", 1, 20, "'in' is said twice");
	refused(HEAD "supplier m \"again\"\n", 4, 10, "declared twice");
	refused(HEAD "engineer x of nobody\n", 4, 10, "no supplier is called 'nobody'");
	refused(HEAD "engineer any of m\n", 4, 10, "expected the engineer's name");
	refused(HEAD "engineer x\n", 4, 10, "has no supplier");
	refused(HEAD "engineer x of m screened-until 2027-02-30\n", 4, 32, "expected a date");
	refused(HEAD "engineer x of m key \"rsa\"\n", 4, 21, "not a public key");
	refused(HEAD "engineer -x of m\n", 4, 10, "expected the engineer's name, found '-x'");
	refused(HEAD "officer o role boss\n", 4, 16, "expected a role");
	refused(HEAD "officer o role approver login \"root\"\n", 4, 31, "not an account");
	refused(HEAD "officer o role approver login \"#0\"\n", 4, 31, "not an account");
	refused(HEAD "officer o role approver login \"#4294967295\"\n", 4, 31, "not an account");
	refused(HEAD "officer o role approver login \"-a\"\n", 4, 31, "not an account");
	refused(HEAD "officer o role approver login \"a b\"\n", 4, 31, "not an account");
	refused(HEAD "officer o role approver login jdv\n", 4, 31, "expected an account");
	refused(HEAD "officer o role approver login \"j\"\nofficer q role keeper login \"j\"\n", 5, 9, "two officers");
	refused(HEAD "officer o role keeper seal \"age1x\"\n", 4, 28, "not an age recipient");
	refused(HEAD "officer o role keeper seal \"age1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"\n", 4, 28, "not an age recipient");
	refused(HEAD "supplier n ca \"ssh-dss AAAA\"\n", 4, 15, "not a public key");
	refused(HEAD "asset h2 gopher x:1\n", 4, 10, "expected a protocol");
	refused(HEAD "asset h2 ssh x:0\n", 4, 14, "not an address");
	refused(HEAD "asset h ssh x:1\n", 4, 7, "declared twice");
	refused(HEAD "asset h2 telnet x:1 legacy\n", 4, 7, "only an asset that speaks SSH");
	refused(HEAD "asset h2 ssh x:1 legacy legacy\n", 4, 25, "");
	refused(HEAD "class unknown\n", 4, 7, "declared twice");
	refused(HEAD "deny m to nothing\n", 4, 11, "no asset is called 'nothing'");
	refused(HEAD "deny m to h,\n", 4, 13, "expected what");
}

TEST(errors_in_rules)
{
	refused(HEAD "rule r\n", 4, 7, "expected the end of the line");
	refused(HEAD "rule r\n    may session\n", 4, 6, "neither allows nor denies");
	refused(HEAD "rule r\n    allow m to h\n", 4, 6, "permits no command");
	refused(HEAD "rule r\n allow m to h may session\n", 5, 15, "the end of the line");
	refused(HEAD "rule r\n allow m to h\n may session\n from nl\n", 7, 7, "expected a place");
	refused(HEAD "rule r\n allow m to h\n may dance\n", 6, 6, "no command class is called");
	refused(HEAD "rule r\n allow m to h\n may unknown\n", 6, 6, "always denied");
	refused(HEAD "rule r\n allow m to h\n may any\n approved by 0 of approver\n", 7, 14, "1 or more");
	refused(HEAD "rule r\n allow m to h\n may any\n show subscribers clear\n", 7, 24, "at most");
	refused(HEAD "rule r\n allow m to h\n may any\n during mon 18:00\n", 7, 13, "expected hours");
	refused(HEAD "rule r\n allow m to h\n may any\n during at most 4h, mon 08:00-09:00 UTC\n",
	    7, 21, "the end of the line");
	refused(HEAD "rule r\n allow m to h\n may any\n may any\n", 7, 2, "a second 'may'");
	refused(HEAD "rule r\n deny m to h\n opaque at most 1\n", 4, 6, "a deny rule with limits");
	refused(HEAD "rule r\n allow m to h\n deny m to h\n may any\n", 6, 7, "a second allow or deny");
}

TEST(one_run_reports_several)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf out = { 0 };
	struct policy *p = NULL;
	struct rd name = rd_str("p");

	CHECK_INT(load("operator 7\nsupplier\nrule r\n allow x\n from 7\n may Q\n\x01\n", d, &p), PARSE_BAD);
	CHECK_U64(d->n_errors, 5);
	buf_init(&out, 1 << 16);
	CHECK(diag_render(d, &name, 1, &out));
	CHECK(memmem(buf_rd(&out).p, out.len, "p:1:10: error: expected", 23));
	CHECK(memmem(buf_rd(&out).p, out.len, "\n    put it between double quotes\n", 33));
}

TEST(many_errors_are_counted)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf text = { 0 };
	struct policy *p = NULL;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		CHECK(buf_put_str(&text, "bad\n"));
	CHECK(buf_put_u8(&text, 0));
	CHECK_INT(load((const char *)buf_rd(&text).p, d, &p), PARSE_BAD);
	CHECK_U64(d->n_kept, DIAG_KEPT);
	CHECK(d->n_errors >= 1000);
}

TEST(one_key_is_one_person)
{
	refused(HEAD "engineer x of m key \"ssh-ed25519 AAAA x\"\n"
	    "officer o role approver key \"ssh-ed25519 AAAA other-comment\"\n", 5, 9, "a key of 'o'");
}

TEST(a_key_has_one_use)
{
	/* What stands in front of a key does not make it another. */
	refused(HEAD "officer n role approver key \"ssh-ed25519 AAAA\"\n"
	    "officer o role approver key \"ssh-rsa AAAA\"\n", 5, 9, "a key of 'o'");
	refused(HEAD "engineer x of m key \"ssh-ed25519  AAAA\"\n", 4, 21, "not a public key");
	refused(HEAD "engineer x of m key \"ssh-ed25519 AAAA\"\n"
	    "supplier n ca \"ssh-rsa AAAA x\"\n", 5, 10, "an authority of 'n'");
}

/* Nothing that shows a reader another text than the one that is in force. */
TEST(what_misleads_is_refused)
{
	refused(HEAD "rule r\n allow m to h\n may trace #\r    may read-config  \n", 6, 12, "a comment with control");
	refused(HEAD "rule r\n allow m to h\n may trace,\r    read-config\n", 6, 12, "a character that");
	refused(HEAD "# \xe2\x80\xa8" "deny any to any\n", 4, 1, "a comment with control");
	refused(HEAD "# \xe2\x80\xae" "right to left\n", 4, 1, "a comment with control");
	refused(HEAD "# \x1b[2K\n", 4, 1, "a comment with control");
	refused(HEAD "# \xff\n", 4, 1, "a comment with control");
	refused(HEAD "engineer x \"\xef\xbe\xa0\" of m\n", 4, 12, "invisible");
	/* Lines may end as elsewhere, and tabs stand in front of words. */
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;
	CHECK_INT(load(HEAD "asset g ssh h:1\t# one\ttab \xc3\xa9\r\nrule r\r\n\tallow m to h\r\n\tmay read-config #\r\n\r", d, &p), 0);
}

TEST(the_example_loads)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(mem_free) uint8_t *text = NULL;
	AUTO(policy_free) struct policy *p = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);

	CHECK_INT(policy_load_text(rd_str("p"), rd_of(text, n), d, &p), 0);
	CHECK_U64(p->n_rules, 2);
	CHECK_U64(p->n_engineers, 1);
	CHECK_U64(p->assets[2].intercept, true);
	CHECK_U64(p->assets[2].is_legacy, false);
	const struct rule_decl *r = &p->rules[0];
	CHECK_U64(r->effect, ALLOW);
	CHECK_U64(r->approvals, 2);
	CHECK_U64(r->session_max, 4 * 3600);
	CHECK_U64(r->clear_max[KIND_SUBSCRIBERS], 20);
	CHECK_U64(r->opaque_max, 65536);
	CHECK_RD(p->zones[0], rd_str("Europe/Amsterdam"));
	CHECK_U64(p->windows[0].days, 0x1f);
}

/* Includes: a table of names and texts. */
struct shelf { const char *const (*books)[2]; };

static bool open_book(void *ctx, struct rd name, struct rd from, char **text, size_t *n)
{
	const struct shelf *s = ctx;

	(void)from;
	for (int i = 0; s->books[i][0]; i++) {
		if (!rd_is(&name, s->books[i][0]))
			continue;
		*text = mem_strdup(s->books[i][1]);
		*n = strlen(*text);
		return true;
	}
	return false;
}

static int load_shelf(const char *const (*books)[2], struct diags *d, struct policy **p)
{
	struct shelf shelf = { books };
	struct parse_files files = { open_book, &shelf };

	return policy_load(rd_str("top"), &files, d, p);
}

TEST(includes_are_read_and_bounded)
{
	static const char *const good[][2] = {
		{ "top", "operator \"K\" in NL\ninclude \"s\"\nasset h ssh h:22\ninclude \"r\"\n" },
		{ "s", "supplier m \"M\"\n" }, { "r", "deny m to h\n" }, { NULL, NULL },
	};
	static const char *const circle[][2] = {
		{ "top", "operator \"K\" in NL\ninclude \"a\"\n" }, { "a", "include \"b\"\n" },
		{ "b", "\n include \"x\"\ninclude \"a\"\n" }, { NULL, NULL },
	};
	static const char *const deep[][2] = {
		{ "top", "include \"1\"\n" }, { "1", "include \"2\"\n" }, { "2", "include \"3\"\n" },
		{ "3", "include \"4\"\n" }, { "4", "include \"5\"\n" }, { "5", "include \"6\"\n" },
		{ "6", "include \"7\"\n" }, { "7", "include \"8\"\n" }, { NULL, NULL },
	};
	AUTO(mem_free) struct diags *d = mem_new(3, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;
	struct policy *none = NULL;

	CHECK_INT(load_shelf(good, &d[0], &p), 0);
	CHECK_U64(p->n_rules, 1);
	CHECK_U64(p->rules[0].pos.file, 2);
	CHECK_INT(load_shelf(circle, &d[1], &none), PARSE_BAD);
	CHECK(strstr(d[1].kept[1].text, "'a' includes itself"));
	CHECK_U64(d[1].kept[1].pos.line, 3);
	CHECK_INT(load_shelf(deep, &d[2], &none), PARSE_BAD);
	CHECK(strstr(d[2].kept[0].text, "more than 8 includes"));
}

static void put_many(struct buf *b, int n_engineers, int n_assets)
{
	char line[256];

	CHECK(buf_put_str(b, "operator \"K\" in NL\n"));
	for (int i = 0; i < 20; i++) {
		(void)snprintf(line, sizeof(line), "supplier s%d \"S %d\" in NL controlled-from CN\n", i, i);
		CHECK(buf_put_str(b, line));
	}
	for (int i = 0; i < n_engineers; i++) {
		(void)snprintf(line, sizeof(line), "engineer e%d of s%d screened-until 2027-03-01 expected 4 "
		    "per week key \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ%07dxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx e%d\"\n",
		    i, i % 20, i, i);
		CHECK(buf_put_str(b, line));
	}
	for (int i = 0; i < n_assets; i++) {
		(void)snprintf(line, sizeof(line), "asset a%d telnet 10.%d.%d.1:4258 dialect osmocom-vty "
		    "holds subscribers group g%d\n", i, i / 250, i % 250, i % 50);
		CHECK(buf_put_str(b, line));
	}
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(line, sizeof(line), "rule r%d\n    allow s%d, e%d to group g%d, a%d\n    may read-config\n",
		    i, i % 20, i, i % 50, i);
		CHECK(buf_put_str(b, line));
	}
}

/* The wall time is only printed: a machine under load is no failure. Processor time is judged. */
TEST(ten_thousand_engineers_load_in_a_second)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf text = { 0 };
	AUTO(policy_free) struct policy *p = NULL;
	AUTO(table_free) struct table *t = NULL;
	clock_t begin;
	double parsed, compiled;

	buf_init(&text, 1 << 24);
	put_many(&text, 10000, 5000);
	begin = clock();
	CHECK_INT(policy_load_text(rd_str("p"), buf_rd(&text), d, &p), 0);
	parsed = (double)(clock() - begin) / CLOCKS_PER_SEC;
	t = table_new(p);
	compiled = (double)(clock() - begin) / CLOCKS_PER_SEC - parsed;
	printf("%zu bytes: parsed in %.3f s, compiled in %.3f s (%u and %u views)\n", text.len, parsed,
	    compiled, t->n_subjects, t->n_objects);
	CHECK_U64(p->n_engineers, 10000);
	CHECK_U64(p->n_assets, 5000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
	CHECK(parsed + compiled < 1.0);
#endif
}

/* Every prefix of the example, which a truncated file is, is read to its end. */
TEST(every_prefix_is_read)
{
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("tests/corpus/policy/kustnet.policy", &text);

	for (size_t i = 0; i < n; i++) {
		AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
		AUTO(policy_free) struct policy *p = NULL;
		int rc = policy_load_text(rd_str("p"), rd_of(text, i), d, &p);
		CHECK(rc == 0 ? p != NULL && d->n_errors == 0 : p == NULL && d->n_errors > 0);
	}
}

TEST(logins_seals_and_authorities)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(policy_free) struct policy *p = NULL;

	CHECK_INT(load(HEAD "supplier n ca \"ssh-ed25519 AAAA\" ca \"ssh-ed25519 AAAB\"\n"
	    "officer o role keeper login \"j-d.v_1\" key \"ssh-ed25519 AAAC\" seal "
	    "\"age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\" key \"ssh-ed25519 AAAD\"\n"
	    "officer q role approver login \"#1001\"\n", d, &p), 0);
	CHECK_U64(p->suppliers[1].cas.n, 2);
	CHECK_RD(p->keys[p->suppliers[1].cas.at + 1], rd_str("ssh-ed25519 AAAB"));
	CHECK_RD(p->officers[0].login, rd_str("j-d.v_1"));
	CHECK_U64(p->officers[0].seal.len, 62);
	CHECK_U64(p->officers[0].keys.n, 2);
	CHECK_RD(p->officers[1].login, rd_str("#1001"));
}
