/*
 * Is:        tests of the scanner: what it finds, what it must not find, and that
 *            chunks make no difference.
 * Is not:    the comparison of the variants (test_anchor.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "inspect/scan.h"

#include "base/def.h"
#include "base/mem.h"
#include "inspect/check.h"
#include "inspect/masks.h"
#include "inspect/test_collect.h"
#include "base/buf.h"
#include "testing/test.h"

static struct collect got, parts;

/* Checks that `text` gives exactly the findings in `want`: "kind form value" lines. */
static void expect_at(int line, unsigned opts, const char *text, const char *want)
{
	AUTO(buf_done) struct buf have = { 0 };

	buf_init(&have, 8192);
	collect_whole(&got, rd_str(text), opts);
	for (size_t i = 0; i < got.n; i++) {
		CHECK(buf_put_str(&have, strchr(got.line[i], ' ') + 1));
		CHECK(buf_put_str(&have, ";"));
	}
	CHECK(buf_put_u8(&have, 0));
	if (strcmp((const char *)buf_rd(&have).p, want) != 0)
		test_fail(__FILE__, line, "%s\n   found %s\n  wanted %s", text, (const char *)buf_rd(&have).p, want);
}
#define EXPECT(text, want) expect_at(__LINE__, 0, text, want)
#define EXPECT_WEAK(text, want) expect_at(__LINE__, SCAN_OPT_WEAK, text, want)

TEST(numbers_that_are_none)
{
	EXPECT("", "");
	EXPECT("2015-10-18 18:01:47,978 INFO [main] org.apache: 1445144423722", "");
	EXPECT("081109 203615 148 INFO dfs.DataNode: blk_38865049064139660 size 67108864", "");
	EXPECT("550e8400-e29b-41d4-a716-446655440000 00112233-e29b-41d4-a716-446655440000", "");
	EXPECT("x0612345678 0612345678y _0612345678 0612345678_ 0612345678.5 1.0612345678", "");
	EXPECT("06-12345678-9 06.12345678 0612345678/2 1-06-12345678", "msisdn plain plan 31612345678;");
	EXPECT("06-1234567 06-123456789 0012345 +1234567", "");
	EXPECT("061234567 06123456789 31612345 316123456789", "");
	EXPECT("0671234567 0601234567", ""); /* no such ranges */
	EXPECT("123456789", "");             /* the elfproef fails */
	EXPECT("4111111111111112 490154203237519", "");
	EXPECT("NL92ABNA0417164300 XX91ABNA0417164300 NL91ABNA041716430 NL91ABNA04171643001", "");
	EXPECT("2.4+20151223.gitfa8646d 1:14~++20220202101403+91632c8ac97f C++14 20.8.2.2.11", "");
	EXPECT("31.172.202.191", "ipv4 plain shape 1faccabf;");
	EXPECT("256.1.2.3 1.2.3.4.5 v1.2.3.4 1.2.3 01234.1.2.3", "");
	EXPECT("12:34:56 12:34:56:78 std::string a::b 00:11:22:33:44:55 1:2:3:4:5:6:7:8:9", "");
	EXPECT("a@b @b.nl a@ a@b. a@.nl a@b..nl root@host a@b.c", "");
	EXPECT("(2015) 20151018 20151018123456 1445144423 0.0612345678", "");
}

TEST(msisdn_forms)
{
	EXPECT("0612345678", "msisdn plain plan 31612345678;");
	EXPECT("31612345678", "msisdn plain plan 31612345678;");
	EXPECT("+31612345678", "msisdn plain plan 31612345678;");
	EXPECT("0031612345678", "msisdn plain plan 31612345678;");
	EXPECT("msisdn=31612345678,", "msisdn plain plan 31612345678;");
	EXPECT("\"\\n0612345678\"", "msisdn plain plan 31612345678;");
	EXPECT("tel:%2B31612345678", "msisdn plain plan 31612345678;");
	EXPECT("msisdn-31612345678", "msisdn named plan 31612345678;");
	EXPECT("31970123456789 3197012345678", "msisdn plain plan 3197012345678;");
	EXPECT("+4420794609580 +420123456789", "msisdn plain shape 4420794609580;msisdn plain shape 420123456789;");
	EXPECT("(0612345678)", "msisdn plain plan 31612345678;");
}

TEST(msisdn_groups)
{
	EXPECT("06-12345678", "msisdn grouped plan 31612345678;");
	EXPECT("06 12 34 56 78", "msisdn grouped plan 31612345678;");
	EXPECT("06-12 34 56 78", "msisdn grouped plan 31612345678;");
	EXPECT("06.12.34.56.78", "msisdn grouped plan 31612345678;");
	EXPECT("0612 345 678", "msisdn grouped plan 31612345678;");
	EXPECT("(020) 123 4567", "msisdn grouped plan 31201234567;");
	EXPECT("020-1234567", "msisdn grouped plan 31201234567;");
	EXPECT("+31 6 12345678", "msisdn grouped plan 31612345678;");
	EXPECT("+31 (0)6 1234 5678", "msisdn grouped plan 31612345678;");
	EXPECT("+31-(0)6-12345678", "msisdn grouped plan 31612345678;");
	EXPECT("+(31) 6 12345678", "msisdn grouped plan 31612345678;");
	EXPECT("0031 6 12345678", "msisdn grouped plan 31612345678;");
	EXPECT("31 6 12345678", "msisdn grouped plan 31612345678;");
	EXPECT("31-6-12345678", "msisdn grouped plan 31612345678;");
	EXPECT("316 1234 5678", "msisdn grouped plan 31612345678;");
	EXPECT("148 06 12345678 12", "msisdn grouped plan 31612345678;");
	EXPECT("+44 20 7946 0958", "msisdn grouped shape 442079460958;");
	EXPECT("06 12345678 0687654321", "msisdn grouped plan 31612345678;msisdn plain plan 31687654321;");
}

TEST(sim_and_device)
{
	EXPECT("204080123456789", "imsi plain plan 204080123456789;");
	EXPECT("310150123456789", "imsi plain shape 310150123456789;");
	EXPECT("204-08-0123456789", "imsi grouped plan 204080123456789;");
	EXPECT("204 08 0123456789", "imsi grouped plan 204080123456789;");
	EXPECT("20408 0123456789", "imsi grouped plan 204080123456789;");
	EXPECT("imsi-204080123456789", "imsi named plan 204080123456789;");
	EXPECT("0204080123456789@nai.epc.mnc008.mcc204.3gppnetwork.org", "imsi named plan 204080123456789;");
	EXPECT("suci-0-204-08-0-0-0-0123456789 x", "suci named shape suci-0-204-08-0-0-0-0123456789;");
	EXPECT("suci-0-204-08-0012-1-27-B2E92F836055A255837DEBF850B528997CE0201CB82ADFE4BE1F587D07D8457D",
	       "suci named shape suci-0-204-08-0012-1-27-"
	       "b2e92f836055a255837debf850b528997ce0201cb82adfe4be1f587d07d8457d;");
	EXPECT("nai-jan@example.nl extid-77x@iot.example.com",
	       "nai named shape jan@example.nl;nai named shape 77x@iot.example.com;");
	EXPECT("490154203237518 49-015420-323751-8 49-015420-323751 imei-490154203237519",
	       "imei plain shape 49015420323751;imei grouped shape 49015420323751;"
	       "imei grouped shape 49015420323751;imei named shape 49015420323751;");
	EXPECT("89310410106543789305", "iccid plain plan 8931041010654378930;");
	EXPECT("8931041010654378932F 8931041010654378931F", "iccid plain plan 893104101065437893;");
	EXPECT("8931 0410 1065 4378 9305", "iccid grouped plan 8931041010654378930;");
}

TEST(papers_and_money)
{
	EXPECT("111222333 1112.22.333 111-222-333", "bsn plain shape 111222333;bsn grouped shape 111222333;"
						    "bsn grouped shape 111222333;");
	EXPECT("NL91ABNA0417164300 nl91abna0417164300", "iban plain shape NL91ABNA0417164300;"
							  "iban plain shape NL91ABNA0417164300;");
	EXPECT("NL91 ABNA 0417 1643 00.", "iban grouped shape NL91ABNA0417164300;");
	EXPECT("GB82-WEST-1234-5698-7654-32", "iban grouped shape GB82WEST12345698765432;");
	EXPECT("4111111111111111 5555 5555 5555 4444", "card plain shape 4111111111111111;"
							"card grouped shape 5555555555554444;");
	EXPECT("378282246310005 3782-822463-10005", "card plain shape 378282246310005;"
						     "card grouped shape 378282246310005;");
	EXPECT("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
	       "mrz plain shape UTOL898902C3;");
	EXPECT("D231458907UTO7408122F1204159<<<<<<<6\n", "mrz plain shape UTOD23145890;");
	EXPECT("I<UTOD231458907<<<<<<<<<<<<<<<\r\n7408122F1204159UTO<<<<<<<<<<<6\r\n",
	       "mrz plain shape UTOD23145890;");
	EXPECT("L898902C36UTO7408122F1204159ZE184226B<<<<<11\n", "");
}

TEST(addresses)
{
	EXPECT("<Jan.de-Vries+x@Mail.Example.NL>,", "email plain shape jan.de-vries+x@mail.example.nl;");
	EXPECT("mail jan@example.nl.", "email plain shape jan@example.nl;");
	EXPECT("from 192.0.2.7:80 to 10.0.0.255.", "ipv4 plain shape c0000207;ipv4 plain shape 0a0000ff;");
	EXPECT("2001:db8::1, [fe80::1%eth0] 2001:db8:1:2:3:4:5:6: x",
	       "ipv6 plain shape 20010db8000000000000000000000001;ipv6 plain shape fe800000000000000000000000000001;"
	       "ipv6 plain shape 20010db8000100020003000400050006;");
}

TEST(weak_forms)
{
	EXPECT_WEAK("x0612345678", "msisdn glued plan 31612345678;msisdn window plan 31612345678;");
	EXPECT_WEAK("612345678", "msisdn bare plan 31612345678;");
	EXPECT_WEAK("8765432160", "msisdn reversed plan 31612345678;");
	EXPECT_WEAK("987654321080402", "imsi reversed plan 204080123456789;");
	EXPECT_WEAK("9920408056781234977", "imsi window plan 204080567812349;imsi tbcd plan 204086587214379;"
					   "msisdn window plan 31408056781;");
	EXPECT_WEAK("2940801032547698", "imsi tbcd plan 204080123456789;msisdn window plan 31103254769;");
	EXPECT_WEAK("2a40801032547698", "imsi tbcd plan 204080123456789;msisdn window plan 31103254769;"); /* an octet with a letter holds the first */
	EXPECT_WEAK("id 02 04 08 21 43 65 87 f9", "imsi tbcd plan 204080123456789;");
	EXPECT_WEAK("1316325476F8, 13163254f6", "msisdn tbcd plan 31612345678;");
	EXPECT_WEAK("911316325476f8", "msisdn tbcd plan 31612345678;");
	EXPECT("x0612345678 612345678 1316325476f8", "");
}

/* Numbers on end for longer than any judgement looks: none may fall into a seam. */
TEST(very_long_runs_hide_nothing)
{
	static char text[4000], want[64];
	struct scan s;

	for (size_t at = 0; at < 400; at++) {
		bool found = false;
		memset(text, '7', 500);
		text[500] = 0;
		memcpy(text + at, "204080123456789", 15);
		parts.n = 0;
		scan_init(&s, collect_plan(), SCAN_OPT_WEAK, collect_add, &parts);
		scan_feed(&s, rd_str(text));
		scan_end(&s);
		(void)snprintf(want, sizeof(want), "%08zu+15 imsi window plan 204080123456789", at);
		for (size_t k = 0; k < parts.n; k++)
			found = found || strcmp(parts.line[k], want) == 0;
		CHECK(found);
		CHECK(parts.n < 8);
	}
}

/* Pieces that are identifiers, halves of them, and what stands around them. */
static const char *const pieces[] = {
	"0612345678", "06-12345678", "+31 (0)6 1234 5678", "204080123456789", "204-08-0123456789",
	"NL91 ABNA 0417 1643 00", "NL91ABNA0417164300", "4111 1111 1111 1111", "111222333", "1112.22.333",
	"jan@example.nl", "192.0.2.7", "2001:db8::1", "fe80:1:2:3:4:5:6:7", "suci-0-204-08-0-0-0-0123456789",
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10", "I<UTOD231458907<<<<<<<<<<<<<<<",
	"7408122F1204159UTO<<<<<<<<<<<6", "89310410106543789305", "02 04 08 21 43 65 87 f9", "911316325476f8",
	"99204080123456789770612345678316123456780000000000204080123456789", "\n", "\r\n", " ", " ", ",", "-",
	".", ":", "::", "@", "+", "<<", "F", "x", "_", "(", ") ", "0", "31", "6", "12", "NL", "\0", "\xff",
	"2015-10-18 18:01:47,978 INFO ", "imsi-", "msisdn-", "0204080123456789@nai.epc.mnc008.mcc204.3gppnetwork.org",
};

static size_t random_text(char *out, size_t max)
{
	size_t n = 0;

	for (size_t k = test_below(60); k > 0; k--) {
		const char *p = pieces[test_below(ARRAY_LEN(pieces))];
		size_t len = p[0] ? strlen(p) : 1, from = 0;
		if (test_below(6) == 0 && len > 1) {
			from = test_below(len);
			len = test_below(len - from + 1);
		}
		if (n + len > max)
			break;
		memcpy(out + n, p + from, len);
		n += len;
	}
	return n;
}

static void same_as_whole(const char *text, size_t n, size_t chunk_max)
{
	struct scan s;

	parts.n = 0;
	scan_init(&s, collect_plan(), SCAN_OPT_WEAK | SCAN_OPT_NUMBERS, collect_add, &parts);
	for (size_t at = 0; at < n;) {
		size_t k = 1 + test_below(chunk_max);
		if (k > n - at)
			k = n - at;
		scan_feed(&s, rd_of(text + at, k));
		at += k;
	}
	scan_end(&s);
	collect_sort(&parts);
	for (size_t k = 0; k < got.n && k < parts.n; k++)
		CHECK_STR(parts.line[k], got.line[k]);
	CHECK_U64(parts.n, got.n);
}

/* A text read at once gives what the stream of it gives. */
static void same_at_once(const char *text, size_t n)
{
	parts.n = 0;
	scan_all(collect_plan(), SCAN_OPT_WEAK | SCAN_OPT_NUMBERS, rd_of(text, n), collect_add, &parts);
	collect_sort(&parts);
	for (size_t k = 0; k < got.n && k < parts.n; k++)
		CHECK_STR(parts.line[k], got.line[k]);
	CHECK_U64(parts.n, got.n);
}

TEST(chunks_make_no_difference)
{
	static char text[6000];
	uint64_t found = 0;

	for (unsigned round = 0; round < 3000; round++) {
		const size_t n = random_text(text, sizeof(text));
		collect_whole(&got, rd_of(text, n), SCAN_OPT_WEAK | SCAN_OPT_NUMBERS);
		found += got.n;
		same_as_whole(text, n, 1);
		same_as_whole(text, n, 40);
		same_as_whole(text, n, 900);
		same_at_once(text, n);
	}
	CHECK(found > 10000);
}

/* What peek says at a place is what the end there would say, and says nothing twice. */
TEST(peek_is_the_end_without_ending)
{
	static char text[6000];

	for (unsigned round = 0; round < 500; round++) {
		const size_t n = random_text(text, 700), cut = test_below(n + 1);
		struct scan s;

		collect_whole(&got, rd_of(text, cut), 0);
		parts.n = 0;
		scan_init(&s, collect_plan(), 0, collect_add, &parts);
		scan_feed(&s, rd_of(text, cut));
		scan_peek(&s, collect_add, &parts);
		collect_sort(&parts);
		CHECK_U64(parts.n, got.n);
		for (size_t k = 0; k < got.n; k++)
			CHECK_STR(parts.line[k], got.line[k]);
	}
}

static void count_person(void *ctx, const struct scan_finding *f)
{
	if (f->kind != SCAN_IPV4 && f->kind != SCAN_IPV6 && f->kind != SCAN_NUMBER)
		++*(unsigned *)ctx;
}

/* Who need not be shown a peek, because too few digits wait, misses nothing. */
TEST(a_peek_finds_what_is_not_judged)
{
	static char text[6000];
	unsigned found = 0, passed_over = 0;

	for (unsigned round = 0; round < 1000; round++) {
		const size_t n = random_text(text, 700);
		struct scan s;

		scan_init(&s, collect_plan(), SCAN_OPT_WEAK, collect_add, &parts);
		for (size_t at = 0; at < n; at++) {
			unsigned persons = 0;

			parts.n = 0;
			scan_feed(&s, rd_of(text + at, 1));
			scan_peek(&s, count_person, &persons);
			const struct rd open = scan_unjudged(&s);
			found += persons;
			passed_over += !masks_may_identify(&open);
			CHECK(!persons || masks_may_identify(&open));
		}
	}
	CHECK(found > 1000 && passed_over > 1000);
}

/* No finding that comes later reaches back over what was called settled. */
TEST(settled_bytes_stay_settled)
{
	static char text[6000];

	for (unsigned round = 0; round < 1000; round++) {
		const size_t n = random_text(text, 700);
		struct scan s;
		uint64_t settled = 0;

		scan_init(&s, collect_plan(), 0, collect_add, &parts);
		for (size_t at = 0; at < n; at++) {
			parts.n = 0;
			scan_feed(&s, rd_of(text + at, 1));
			for (size_t k = 0; k < parts.n; k++)
				CHECK(strtoull(parts.line[k], NULL, 10) >= settled);
			CHECK(scan_settled(&s) >= settled && scan_settled(&s) <= at + 1);
			settled = scan_settled(&s);
		}
	}
}

TEST(an_interactive_line_is_found_when_it_ends)
{
	struct scan s;

	parts.n = 0;
	scan_init(&s, collect_plan(), 0, collect_add, &parts);
	scan_feed(&s, rd_str("msisdn 0612345678"));
	CHECK_U64(parts.n, 0);
	CHECK_U64(scan_settled(&s), 7);
	scan_feed(&s, rd_str("\n"));
	CHECK_U64(parts.n, 1);
	CHECK_U64(scan_settled(&s), 18);
}

/* `what` in the place of the % of `frame`. */
static void put_in(char *out, size_t max, const char *frame, const char *what)
{
	const char *at = strchr(frame, '%');

	(void)snprintf(out, max, "%.*s%s%s", (int)(at - frame), frame, what, at + 1);
}

/* Subscribers planted in lines of logs and records, in the spellings that count as
 * strong: labels by construction, so each must be found, with its one value. */
TEST(planted_subscribers_are_all_found)
{
	static const char *const spellings[] = {
		"06%", "06-%", "06 %", "+316%", "00316%", "316%", "+31 6 %", "+31-6-%", "+31 (0)6 %", "(06) %",
		"msisdn-316%", "0031 6 %",
	};
	static const char *const around[] = {
		"2026-03-12 10:11:12,345 INFO subscriber % updated in 12 ms\n", "{\"id\":4711,\"msisdn\":\"%\",\"n\":1}\n",
		"17;%;2026-03-12;5.25\n", "dn: telephoneNumber=%,ou=subscribers,dc=example\n", "%\n",
		"<Tel>%</Tel><Seq>000123</Seq>\n", "INSERT INTO sub VALUES (99,'%',20260312);\n",
		"10.1.2.3 - - [12/Mar/2026:10:11:12 +0100] \"GET /v1/sub?msisdn=%&x=1 HTTP/1.1\" 200 531\n",
		"| 12 | % | active |\n", "#011from %: ok, code 200\n",
	};
	static const char *const blocks[] = { "10", "12", "13", "14", "20", "21", "42", "50", "57", "83" };
	char rest[24], number[64], line[512], want[64];

	for (unsigned round = 0; round < 20000; round++) {
		bool found = false;
		(void)snprintf(rest, sizeof(rest), "%s%06u", blocks[test_below(ARRAY_LEN(blocks))],
			       (unsigned)test_below(1000000));
		put_in(number, sizeof(number), spellings[test_below(ARRAY_LEN(spellings))], rest);
		put_in(line, sizeof(line), around[test_below(ARRAY_LEN(around))], number);
		(void)snprintf(want, sizeof(want), "plan 316%s", rest);
		collect_whole(&got, rd_str(line), 0);
		for (size_t k = 0; k < got.n; k++)
			found = found || strstr(got.line[k], want) != NULL;
		if (!found)
			test_fail(__FILE__, __LINE__, "not found in: %s", line);
	}
}
