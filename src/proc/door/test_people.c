/*
 * Is:        tests of who may be asked for at the door.
 * Is not:    a test of the name service module (tests/door).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/door/people.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/wr.h"
#include "testing/test.h"

TEST(hostile_names_are_nobody_s)
{
	static const char *const names[] = { "", "../x", "a/b", "%00", "-oProxyCommand=id", "$(x)", "a\nb", "a@b@c", "a:b:c", "a b", " a",
		"a ", "+hlr1", "%hlr1", "a+", "a%", "a+b+c", "a%b%c", "a+b%c", "a%b+c", ".a", "-a", "_a", "a+-b", "a+.b", "a+../x", "a;b", "a`b",
		"a'b", "a\"b", "a\\b", "\x1b[2J", "w\xc3\xa9i", "a\x7f", "a\tb", "a\r" };
	static uint8_t big[65536];
	struct people_login l;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (people_login(rd_str(names[i]), &l))
			test_fail(__FILE__, __LINE__, "taken for a name: %s", names[i]);
	memset(big, 'x', sizeof(big));
	CHECK(!people_login(rd_of(big, sizeof(big)), &l));
	CHECK(!people_login(rd_of(big, PEOPLE_NAME_MAX + 1), &l));
	CHECK(people_login(rd_of(big, PEOPLE_NAME_MAX), &l));
	CHECK(!people_login(rd_of("a\0b", 3), &l));
	big[PEOPLE_NAME_MAX] = '+';
	CHECK(!people_login(rd_of(big, PEOPLE_LOGIN_MAX + 1), &l));
	CHECK(people_login(rd_of(big, PEOPLE_LOGIN_MAX), &l) && l.asset.len == PEOPLE_NAME_MAX);
}

TEST(a_login_is_a_person_and_perhaps_an_asset)
{
	struct people_login l;

	CHECK(people_login(rd_str("wei.zhang"), &l) && l.asset.len == 0);
	CHECK_RD(l.name, rd_str("wei.zhang"));
	CHECK(people_login(rd_str("wei.zhang+hlr1"), &l));
	CHECK_RD(l.name, rd_str("wei.zhang"));
	CHECK_RD(l.asset, rd_str("hlr1"));
	CHECK(people_login(rd_str("wei.zhang%crm-2_x"), &l));
	CHECK_RD(l.asset, rd_str("crm-2_x"));
}

TEST(damaged_files_find_nobody)
{
	static const char *const files[] = { "ann", "ann\n", "ann 1000", " 1000\n", "ann  1000\n", "ann 999\n", "ann 0\n", "ann -5\n",
		"ann 01000\n", "ann 4294967295\n", "ann 99999999999999999999\n", "ann 1000 x\n", "ann\t1000\n", "\n\n\n" };
	uint32_t uid = 7;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		bool last = strcmp(files[i], "ann 1000") == 0; /* a last line may lack its end */
		if (people_find(rd_str(files[i]), rd_str("ann"), &uid) != last)
			test_fail(__FILE__, __LINE__, "file %zu: %s", i, files[i]);
	}
	CHECK(!people_find(rd_of(NULL, 0), rd_str("ann"), &uid));
	CHECK(!people_find(rd_str("ann 1000\n"), rd_str("an"), &uid));
	CHECK(!people_find(rd_str("ann 1000\n"), rd_str("anna"), &uid));
	CHECK(!people_find(rd_str("ann 1000\n"), rd_str("ann+hlr1"), &uid));
}

static void fill(struct buf *b, unsigned n)
{
	buf_init(b, PEOPLE_FILE_MAX);
	struct wr w = wr_to(b);
	for (unsigned i = 0; i < n; i++)
		wr_text(&w, "p%06u.%.*s %u\n", i, (int)(i % 50), "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", 300000 + i);
	CHECK(wr_ok(&w));
}

TEST(everybody_in_a_large_file_is_found_and_nobody_else)
{
	AUTO(buf_done) struct buf b = { 0 };
	char name[80];
	struct rd found;
	uint32_t uid;

	fill(&b, 20000);
	for (unsigned i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "p%06u.%.*s", i, (int)(i % 50), "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
		CHECK(people_find(buf_rd(&b), rd_str(name), &uid));
		CHECK_U64(uid, 300000 + i);
		(void)snprintf(name, sizeof(name), "p%06u.%.*sz", i, (int)(i % 50), "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
		CHECK(!people_find(buf_rd(&b), rd_str(name), &uid));
	}
	CHECK(people_find_uid(buf_rd(&b), 300003, &found));
	CHECK_RD(found, rd_str("p000003.zzz"));
	CHECK(!people_find_uid(buf_rd(&b), 299999, &found));
}

TEST(a_line_without_end_costs_nothing)
{
	static uint8_t big[1 << 20];
	uint32_t uid;

	memset(big, 'a', sizeof(big));
	CHECK(!people_find(rd_of(big, sizeof(big)), rd_str("ann"), &uid));
}
