/*
 * Is:        tests of patterns and of the policy pack against its corpus.
 * Is not:    a test of lanes.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/classes.h"
#include "policy/match.h"
#include "policy/parse.h"
#include "testing/test.h"

static bool matches(const char *pattern, const char *line)
{
	const char *why = "";
	size_t at;
	struct match *m = match_new(rd_str(pattern), &why, &at);
	bool yes;

	if (!m)
		test_fail(__FILE__, __LINE__, "%s: %s", pattern, why);
	yes = match_line(m, rd_str(line));
	match_free(&m);
	return yes;
}

TEST(patterns_beyond_the_subset_are_refused)
{
	static const char *const bad[] = {
		"(", ")", "a)", "[", "[a", "[b-a]", "*a", "a**", "a{65}", "a{2,1}", "a{", "\\d", "\\",
		"(?=x)", "(?!x)", "a{0}", "[]a]", "()", "(()|()){2}", "a(){64}", "((((((((((((((((((((((((((a))))))))))))))))))))))))))",
		"(.*a.{64}){64}", "[^a]*a.{20}b.{20}c.{20}d",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *why = NULL;
		size_t at;
		struct match *m = match_new(rd_str(bad[i]), &why, &at);
		if (m)
			test_fail(__FILE__, __LINE__, "%s was taken", bad[i]);
		CHECK(why != NULL);
	}
}

TEST(patterns_match)
{
	CHECK(matches("^a$", "A") && !matches("^a$", "ab") && !matches("^a$", "ba"));
	CHECK(matches("b", "abc") && !matches("^b", "abc") && matches("", "x") && matches("", ""));
	CHECK(matches("^(ab|cd){2}$", "abCD") && !matches("^(ab|cd){2}$", "ab"));
	CHECK(matches("^a{1,3}$", "aaa") && !matches("^a{1,3}$", "aaaa"));
	CHECK(matches("\\bki\\b", "a ki b") && !matches("\\bki\\b", "akib") && matches("\\bki\\b", "ki"));
	CHECK(matches("^[^ ]+ \\| x$", "ab | X") && !matches("^[^ ]+ \\| x$", "a b | x"));
	CHECK(matches("a.c", "xabcx") && !matches("a.c", "a\nc"));
	CHECK(matches("^(do )?show$", "do show") && matches("^(do )?show$", "show"));
	CHECK(matches("x$|^y", "yz") && matches("x$|^y", "zx") && !matches("x$|^y", "xyz"));
	CHECK(matches("[a-]", "-") && matches("[\\]a]", "]") && !matches("^[^\\]a]", "]"));
}

/* The C library's matcher as the other opinion, over random patterns and lines. */
TEST(random_patterns_against_the_c_library)
{
	static const char *const parts[] = { "a", "b", ".", "[ab]", "[^a]", "a*", "b+", "(a|b)", "(ab|c)*", "c?", "b{2}", "(a|bc){1,2}" };
	int n_yes = 0;

	for (int i = 0; i < 3000; i++) {
		AUTO(buf_done) struct buf text = { 0 };
		char line[16];
		regex_t re;
		buf_init(&text, 128);
		CHECK(buf_put_str(&text, test_below(2) ? "^" : ""));
		for (uint64_t k = test_below(4) + 1; k; k--)
			CHECK(buf_put_str(&text, parts[test_below(ARRAY_LEN(parts))]));
		CHECK(buf_put_str(&text, test_below(4) ? "" : "|ca"));
		CHECK(buf_put_str(&text, test_below(2) ? "$" : "") && buf_put_u8(&text, 0));
		const char *pattern = (const char *)buf_rd(&text).p;
		CHECK(regcomp(&re, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0);
		for (int k = 0; k < 10; k++) {
			size_t n = test_below(8);
			for (size_t j = 0; j < n; j++)
				line[j] = (char)('a' + test_below(3));
			line[n] = '\0';
			bool want = regexec(&re, line, 0, NULL, 0) == 0;
			if (matches(pattern, line) != want)
				test_fail(__FILE__, __LINE__, "%s on %s: want %d", pattern, line, want);
			n_yes += want;
		}
		regfree(&re);
	}
	CHECK(n_yes > 3000);
}

static struct policy *small_policy(const char *more)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(buf_done) struct buf text = { 0 };
	struct policy *p = NULL;

	buf_init(&text, 4096);
	CHECK(buf_put_str(&text, "operator \"K\" in NL\n") && buf_put_str(&text, more));
	CHECK_INT(policy_load_text(rd_str("p"), buf_rd(&text), d, &p), 0);
	return p;
}

static struct classes *pack_of(const struct policy *p)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("data/policy-pack/classes.tsv", &text);
	struct classes *c = classes_new(p, rd_of(text, n), 0, d);

	if (!c)
		test_fail(__FILE__, __LINE__, "pack line %u: %s", d->kept[0].pos.line, d->kept[0].text);
	return c;
}

static struct class_of class_of(const struct classes *c, struct rd dialect, struct rd command)
{
	AUTO(buf_done) struct buf line = { 0 };

	buf_init(&line, CLASSES_COMMAND_MAX + 1);
	if (!classes_normalise(command, &line))
		return (struct class_of){ .cls = CLASS_UNKNOWN };
	return classes_of(c, dialect, buf_rd(&line));
}

TEST(the_corpus_gets_its_classes)
{
	AUTO(policy_free) struct policy *p = small_policy("");
	AUTO(classes_free) struct classes *c = pack_of(p);
	AUTO(mem_free) uint8_t *text = NULL;
	size_t n = test_file("data/policy-pack/corpus.tsv", &text);
	struct rd all = rd_of(text, n), line, dialect, command;
	unsigned n_lines = 0;

	while (rd_until(&all, '\n', &line)) {
		uint8_t first;
		if (rd_at(&line, 0, &first) && first == '#')
			continue;
		CHECK(rd_until(&line, '\t', &dialect) && rd_until(&line, '\t', &command));
		struct class_of is = class_of(c, dialect, command);
		CHECK_RD(p->classes[is.cls].name, line);
		CHECK(is.cls == CLASS_UNKNOWN ? is.dialect_known && is.evidence == 0 : is.evidence >= 'A' && is.evidence <= 'C');
		n_lines++;
	}
	CHECK_U64(n_lines, 114);
}

/* By the names that assets and their lanes use (proto/dialect.c). */
TEST(the_pack_knows_the_dialects_of_lanes)
{
	static const char *const dialects[] = { "osmocom-vty", "frr", "mml-huawei", "mml-axe", "mml-dx200" };
	AUTO(policy_free) struct policy *p = small_policy("");
	AUTO(classes_free) struct classes *c = pack_of(p);

	for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
		CHECK(classes_knows(c, rd_str(dialects[i])));
}

TEST(what_is_unknown_has_no_class)
{
	AUTO(policy_free) struct policy *p = small_policy("");
	AUTO(classes_free) struct classes *c = pack_of(p);
	static const char *const unknown[] = {
		"", "frobnicate", "show subscriber imsi 1\x1b[A", "show version\x01", "sho subscribers al",
		"show running-config | include x", "show subscriber imsi 1; show version", "show running-config\xff",
	};

	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		CHECK_U64(class_of(c, rd_str("osmocom-vty"), rd_str(unknown[i])).cls, CLASS_UNKNOWN);
	CHECK(!class_of(c, rd_str("klingon"), rd_str("show version")).dialect_known);
	struct class_of ki = class_of(c, rd_str("osmocom-vty"), rd_str("  show\tsubscriber  imsi 42 "));
	CHECK_RD(p->classes[ki.cls].name, rd_str("credential"));
	CHECK_RD(p->classes[ki.also].name, rd_str("read-subscriber"));
	CHECK(ki.evidence == 'A');
}

TEST(the_operators_patterns_come_first)
{
	AUTO(policy_free) struct policy *p = small_policy(
	    "class drill\ncommand osmocom-vty drill \"^show version$\"\n");
	AUTO(classes_free) struct classes *c = pack_of(p);
	struct class_of is = class_of(c, rd_str("osmocom-vty"), rd_str("show version"));

	CHECK_RD(p->classes[is.cls].name, rd_str("drill"));
	CHECK(is.evidence == 'O');
}

TEST(bad_packs_are_refused_with_their_line)
{
	static const char *const bad[] = {
		"x\n", "a\tnothing\tx\tA\n", "a\ttrace\t(\tA\n", "a\ttrace\tx\tD\n", "a\ttrace\tx\t\n",
		"a b\ttrace\tx\tA\n",
	};
	AUTO(policy_free) struct policy *p = small_policy("");

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
		AUTO(buf_done) struct buf text = { 0 };
		buf_init(&text, 100);
		CHECK(buf_put_str(&text, "# c\n\n") && buf_put_str(&text, bad[i]));
		CHECK(classes_new(p, buf_rd(&text), 7, d) == NULL);
		CHECK_U64(d->kept[0].pos.line, 3);
		CHECK_U64(d->kept[0].pos.file, 7);
	}
}
