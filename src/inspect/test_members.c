/*
 * Is:        tests of canonical values, the keyed set, its loading and the verdicts.
 * Is not:    a measurement (bench/members).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/members.h"

#include <errno.h>
#include <string.h>

#include "base/def.h"
#include "base/mem.h"
#include "inspect/canon.h"
#include "inspect/fuse.h"
#include "inspect/members_csv.h"
#include "inspect/test_collect.h"
#include "inspect/verdict.h"
#include "testing/test.h"

static const uint8_t key[SIPHASH_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

/* The vectors of the paper's appendix A and of its reference code. */
static void spells(int line, enum scan_kind kind, const char *text, const char *want)
{
	struct canon c = { .n = 0 };
	const bool ok = canon(kind, rd_str(text), collect_plan(), &c);

	if (ok != (want != NULL) || (ok && (c.n != strlen(want) || memcmp(c.text, want, c.n) != 0)))
		test_fail(__FILE__, line, "%s: %s", text, ok ? "another value" : "refused");
}
#define SPELLS(kind, text, want) spells(__LINE__, kind, text, want)

TEST(canon_refuses)
{
	SPELLS(SCAN_MSISDN, "", NULL);
	SPELLS(SCAN_MSISDN, "0671234567", NULL); /* no such range */
	SPELLS(SCAN_MSISDN, "06123456789", NULL);
	SPELLS(SCAN_MSISDN, "+1234567", NULL);
	SPELLS(SCAN_MSISDN, "+1234567890123456", NULL);
	SPELLS(SCAN_MSISDN, "0612345678x", NULL);
	SPELLS(SCAN_MSISDN, "31612345678, 31612345679", NULL);
	SPELLS(SCAN_MSISDN, "000000000000000000000000000000", NULL);
	SPELLS(SCAN_IMSI, "2040801234567", NULL);
	SPELLS(SCAN_IMSI, "2040801234567890", NULL);
	SPELLS(SCAN_ICCID, "8831041010654378932", NULL);
	SPELLS(SCAN_ICCID, "89310410106543789306", NULL);
	SPELLS(SCAN_BSN, "111222334", NULL);
	SPELLS(SCAN_IBAN, "NL91ABNA0417164301", NULL);
	SPELLS(SCAN_IBAN, "NL91ABNA041716430", NULL);
	SPELLS(SCAN_CARD, "4111111111111112", NULL);
	SPELLS(SCAN_EMAIL, "jan", NULL);
	SPELLS(SCAN_EMAIL, "@x", NULL);
	SPELLS(SCAN_EMAIL, "a@", NULL);
	SPELLS(SCAN_EMAIL, "a@b@c", NULL);
	SPELLS(SCAN_MRZ, "NLDSPECI2014", NULL);
}

TEST(canon_has_one_value_for_all_spellings)
{
	SPELLS(SCAN_MSISDN, "0612345678", "31612345678");
	SPELLS(SCAN_MSISDN, " 06-12345678\r", "31612345678");
	SPELLS(SCAN_MSISDN, "+31 (0)6 1234 5678", "31612345678");
	SPELLS(SCAN_MSISDN, "0031612345678", "31612345678");
	SPELLS(SCAN_MSISDN, "31612345678", "31612345678");
	SPELLS(SCAN_MSISDN, "612345678", "31612345678");
	SPELLS(SCAN_MSISDN, "tel:+31612345678", "31612345678");
	SPELLS(SCAN_MSISDN, "+420 601 234 567", "420601234567");
	SPELLS(SCAN_IMSI, "204 08 0123456789", "204080123456789");
	SPELLS(SCAN_IMSI, "imsi-204080123456789", "204080123456789");
	SPELLS(SCAN_IMEI, "49-015420-323751-8", "49015420323751");
	SPELLS(SCAN_IMEI, "4901542032375199", "49015420323751");
	SPELLS(SCAN_ICCID, "8931 0410 1065 4378 9305", "8931041010654378930");
	SPELLS(SCAN_ICCID, "8931041010654378932F", "893104101065437893");
	SPELLS(SCAN_BSN, "1112.22.333", "111222333");
	SPELLS(SCAN_IBAN, "nl91 abna 0417 1643 00", "NL91ABNA0417164300");
	SPELLS(SCAN_CARD, "4111-1111-1111-1111", "4111111111111111");
	SPELLS(SCAN_EMAIL, "Jan@Example.NL", "jan@example.nl");
}

struct first {
	enum scan_kind kind;
	char value[SCAN_VALUE_MAX + 1];
};

static void keep_first(void *ctx, const struct scan_finding *f)
{
	struct first *x = ctx;

	if (x->value[0])
		return;
	x->kind = f->kind;
	memcpy(x->value, f->value.p, f->value.len);
}

/* What is loaded from a file is found again in a stream, in any spelling. */
TEST(canon_agrees_with_the_scanner)
{
	static const char *const spellings[] = {
		"0612345678", "06-12345678", "+31 (0)6 1234 5678", "0031 6 12345678", "31612345678", "(020) 123 4567",
		"204 08 0123456789", "imsi-204080123456789", "49-015420-323751-8", "8931 0410 1065 4378 9305",
		"89310410106543789305", "1112.22.333", "NL91 ABNA 0417 1643 00", "4111-1111-1111-1111", "Jan@Example.NL",
		"+44 20 7946 0958",
	};

	for (size_t k = 0; k < ARRAY_LEN(spellings); k++) {
		struct first x = { .kind = SCAN_KINDS };
		struct canon c;
		struct scan s;
		scan_init(&s, collect_plan(), 0, keep_first, &x);
		scan_feed(&s, rd_str(spellings[k]));
		scan_end(&s);
		CHECK(canon(x.kind, rd_str(spellings[k]), collect_plan(), &c));
		CHECK_RD(rd_of(c.text, c.n), rd_str(x.value));
	}
}

TEST(a_fuse_filter_never_says_no_to_a_key)
{
	for (size_t n = 0; n < 300000; n = n < 20 ? n + 1 : n * 2) {
		uint64_t *keys = mem_new(n + 1, sizeof(*keys));
		struct fuse f;
		size_t wrong = 0;
		for (size_t k = 0; k < n; k++)
			keys[k] = test_random();
		CHECK(fuse_init(&f, keys, n));
		for (size_t k = 0; k < n; k++)
			CHECK(fuse_has(&f, keys[k]));
		for (size_t k = 0; k < 100000; k++)
			wrong += fuse_has(&f, test_random());
		CHECK(wrong < 30); /* 1.5 expected */
		fuse_done(&f);
		mem_free(&keys);
	}
}

TEST(a_fuse_filter_refuses_repeated_keys)
{
	const uint64_t keys[3] = { 7, 9, 7 };
	struct fuse f;

	CHECK(!fuse_init(&f, keys, 3));
}

static struct members *load_csv(const char *text, size_t chunk, struct members_csv *c)
{
	struct members_load *l = members_load_new(key, 1000);
	struct rd r = rd_str(text), part;

	members_csv_init(c, l, collect_plan());
	while (r.len > 0) {
		CHECK(rd_take(&r, chunk < r.len ? chunk : r.len, &part));
		CHECK_INT(members_csv_feed(c, part), 0);
	}
	CHECK_INT(members_csv_end(c), 0);
	members_csv_done(c);
	return members_load_finish(&l);
}

TEST(csv_in_any_chunks)
{
	static const char text[] = "Name;MSISDN;imsi;\"e-mail\"\r\n"
				   "\"Jansen; Jan\";06-12345678;204080123456789;Jan@Example.nl\r\n"
				   "Piet;0671234567;;\n"
				   "\n"
				   "Klaas;\"+31 6 87654321\";x;klaas@example.nl";

	for (size_t chunk = 1; chunk < 90; chunk += 8) {
		struct members_csv c;
		AUTO(members_free) struct members *m = load_csv(text, chunk, &c);
		CHECK_U64(c.n_lines, 5);
		CHECK_U64(c.n_bad, 2);
		CHECK_U64(c.first_bad_line, 3);
		CHECK_U64(members_size(m).persons, 3);
		CHECK_U64(members_size(m).ids, 5);
		CHECK_U64(members_find(m, SCAN_MSISDN, rd_str("31612345678")), 1);
		CHECK_U64(members_find(m, SCAN_IMSI, rd_str("204080123456789")), 1);
		CHECK_U64(members_find(m, SCAN_EMAIL, rd_str("jan@example.nl")), 1);
		CHECK_U64(members_find(m, SCAN_MSISDN, rd_str("31687654321")), 3);
		CHECK_U64(members_find(m, SCAN_IMSI, rd_str("31612345678")), MEMBERS_NOBODY);
		CHECK_U64(members_find(m, SCAN_MSISDN, rd_str("31612345679")), MEMBERS_NOBODY);
	}
}

static void refuse_csv(const char *text, int code)
{
	struct members_load *l = members_load_new(key, 2);
	struct members_csv c;
	int err;

	members_csv_init(&c, l, collect_plan());
	err = members_csv_feed(&c, rd_str(text));
	if (err == 0)
		err = members_csv_end(&c);
	CHECK_INT(err, code);
	CHECK(c.why != NULL);
	members_csv_done(&c);
	members_load_free(&l);
}

TEST(csv_that_is_none)
{
	static char line[CSV_LINE_MAX + 10], columns[200] = "msisdn";

	refuse_csv("", -EINVAL);
	refuse_csv("name,address\n", -EINVAL);
	refuse_csv("msisdn,\"imsi\n", -EINVAL);
	refuse_csv("msisdn,\"imsi\"x\n", -EINVAL);
	refuse_csv("msisdn\n0612345678\n0612345679\n0612345670\n", -ENOSPC);
	memset(line, 'x', sizeof(line) - 1);
	refuse_csv(line, -EINVAL);
	memset(columns + 6, ',', CSV_COLUMNS_MAX);
	refuse_csv(columns, -EINVAL);
}

static struct rd number(char *text, size_t max, uint64_t v)
{
	return rd_of(text, (size_t)snprintf(text, max, "%011llu", (unsigned long long)v));
}

TEST(a_set_is_exact)
{
	enum { N = 20000 };
	struct members_load *l = members_load_new(key, 3 * N);
	AUTO(members_free) struct members *m = NULL;
	char text[32];

	for (uint64_t k = 0; k < N; k++) {
		CHECK_U64(members_load_person(l), k + 1);
		CHECK(members_load_add(l, SCAN_MSISDN, number(text, sizeof(text), 31610000000 + 2 * k)));
		CHECK(members_load_add(l, SCAN_IMSI, number(text, sizeof(text), 204080000000000 + k)));
	}
	CHECK(members_load_add(l, SCAN_MSISDN, number(text, sizeof(text), 31610000000)));
	m = members_load_finish(&l);
	CHECK(l == NULL);
	CHECK_U64(members_size(m).ids, 2 * N);
	CHECK_U64(members_size(m).doubles, 1);
	for (uint64_t k = 0; k < 2 * N; k++)
		CHECK_U64(members_find(m, SCAN_MSISDN, number(text, sizeof(text), 31610000000 + k)),
			  k % 2 ? MEMBERS_NOBODY : k / 2 + 1);
	CHECK(members_share(m, collect_plan(), SCAN_MSISDN, 11) > 0);
	CHECK(members_share(m, collect_plan(), SCAN_BSN, 9) == 0);
}

TEST(a_set_is_replaced_whole)
{
	struct members_slot slot = { 0 };
	struct members_csv c;
	struct members *m = load_csv("msisdn\n0612345678\n", 99, &c);

	members_replace(&slot, &m);
	CHECK(m == NULL && slot.version == 1);
	CHECK_U64(members_find(slot.now, SCAN_MSISDN, rd_str("31612345678")), 1);
	m = load_csv("msisdn\n0687654321\n", 99, &c);
	members_replace(&slot, &m);
	CHECK_U64(members_find(slot.now, SCAN_MSISDN, rd_str("31612345678")), MEMBERS_NOBODY);
	CHECK_U64(members_find(slot.now, SCAN_MSISDN, rd_str("31687654321")), 1);
	members_replace(&slot, &m);
	CHECK(slot.now == NULL && slot.version == 3);
}

TEST(binomial_tail)
{
	CHECK(verdict_binomial_tail(10, 0, 0.5) == 1);
	CHECK(verdict_binomial_tail(10, 11, 0.5) == 0);
	CHECK(verdict_binomial_tail(10, 1, 0) == 0);
	/* 11 / 1024, 1 / 1024, 1 - 0.9^20 */
	double t = verdict_binomial_tail(10, 9, 0.5);
	CHECK(t > 0.0107421 && t < 0.0107422);
	t = verdict_binomial_tail(10, 10, 0.5);
	CHECK(t > 0.00097655 && t < 0.00097657);
	t = verdict_binomial_tail(20, 1, 0.1);
	CHECK(t > 0.878423 && t < 0.878424);
	t = verdict_binomial_tail(100000, 7300, 0.072);
	CHECK(t > 0.1 && t < 0.13);
	CHECK(verdict_binomial_tail(100000, 9000, 0.072) < 1e-9);
}

static int verdict(bool weak, enum membership m, bool in_plan, bool reason)
{
	const struct sighting s = { .kind = SCAN_MSISDN, .weak = weak, .membership = m, .in_plan = in_plan };

	return (int)verdict_of(&s, reason);
}

TEST(verdicts_on_strong_forms)
{
	CHECK_INT(verdict(false, MEMBERSHIP_MEMBER, true, false), VERDICT_MEMBER);
	CHECK_INT(verdict(false, MEMBERSHIP_NONE, true, true), VERDICT_PLAN);
	CHECK_INT(verdict(false, MEMBERSHIP_NONE, false, true), VERDICT_SHAPE);
	CHECK_INT(verdict(false, MEMBERSHIP_UNKNOWN, true, false), VERDICT_PLAN);
	CHECK_INT(verdict(false, MEMBERSHIP_UNKNOWN, false, false), VERDICT_SHAPE);
}

TEST(verdicts_on_weak_forms)
{
	CHECK_INT(verdict(true, MEMBERSHIP_MEMBER, true, false), VERDICT_NONE);
	CHECK_INT(verdict(true, MEMBERSHIP_MEMBER, true, true), VERDICT_MEMBER);
	CHECK_INT(verdict(true, MEMBERSHIP_NONE, true, true), VERDICT_NONE);
	CHECK_INT(verdict(true, MEMBERSHIP_UNKNOWN, true, false), VERDICT_PLAN);
	CHECK_INT(verdict(true, MEMBERSHIP_UNKNOWN, false, true), VERDICT_NONE);
}

TEST(a_pair_is_two_kinds_of_one_person_near)
{
	const struct sighting a = { .kind = SCAN_MSISDN, .person = 7, .offset = 1000, .stream = 1 };
	struct sighting b = { .kind = SCAN_IMSI, .person = 7, .offset = 1000 + VERDICT_NEAR, .stream = 1 };

	CHECK(verdict_is_pair(&a, &b) && verdict_is_pair(&b, &a));
	b.offset++;
	CHECK(!verdict_is_pair(&a, &b) && !verdict_is_pair(&b, &a));
	b = (struct sighting){ .kind = SCAN_IMSI, .person = 8, .offset = 1000, .stream = 1 };
	CHECK(!verdict_is_pair(&a, &b));
	b = (struct sighting){ .kind = SCAN_MSISDN, .person = 7, .offset = 1010, .stream = 1 };
	CHECK(!verdict_is_pair(&a, &b));
	b = (struct sighting){ .kind = SCAN_IMSI, .person = 7, .offset = 1000, .stream = 2 };
	CHECK(!verdict_is_pair(&a, &b));
	b = (struct sighting){ .kind = SCAN_IMSI, .offset = 1000, .stream = 1 };
	const struct sighting nobody = { .kind = SCAN_MSISDN, .offset = 1000, .stream = 1 };
	CHECK(!verdict_is_pair(&nobody, &b)); /* persons that are not known are not the same one */
}

/* Random numbers prove nobody a member; a list of members does. */
TEST(verdicts_know_chance)
{
	CHECK(!verdict_is_beyond_chance(2, 2, 0.0001));
	CHECK(!verdict_is_beyond_chance(2000, 144, 0.072) && !verdict_is_beyond_chance(2000, 170, 0.072));
	CHECK(verdict_is_beyond_chance(2000, 300, 0.072) && verdict_is_beyond_chance(10, 10, 0.072));
	CHECK(!verdict_is_beyond_chance(5, 5, 0.072)); /* once in half a million */
	CHECK(!verdict_is_beyond_chance(100, 100, 1));
}
