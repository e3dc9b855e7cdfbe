/*
 * Is:        tests of who is turned away now.
 * Is not:    a test of the door.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/door/penalties.h"

#include <string.h>

#include "base/json.h"
#include "base/timefmt.h"
#include "testing/test.h"

static struct penalties all;

static void note(enum event_id id, uint8_t last, int64_t wait_s, const char *why, uint64_t now_ns)
{
	uint8_t address[EVENT_ADDRESS_LEN] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, last };
	struct event e = { .id = id, .value = { { .bytes = rd_of(address, sizeof(address)) }, { .number = wait_s },
		{ .bytes = rd_str(why) } } };

	penalties_note(&all, &e, now_ns);
}

static void says(uint64_t now_ns, const char *want)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct json j;

	buf_init(&b, 1 << 14);
	json_init(&j, &b);
	penalties_put(&all, &j, now_ns);
	CHECK(json_ok(&j));
	CHECK_RD(buf_rd(&b), rd_str(want));
}

TEST(who_waits_is_told_until_he_need_not)
{
	memset(&all, 0, sizeof(all));
	says(NS_PER_S, "[]");
	note(EVENT_DOOR_REFUSED, 9, 90, "no penalty", NS_PER_S);
	note(EVENT_DOOR_PENALTY, 9, 0, "none", NS_PER_S);
	says(NS_PER_S, "[]");
	note(EVENT_DOOR_PENALTY, 7, 5, "failed logins", NS_PER_S);
	note(EVENT_DOOR_PENALTY, 8, 90, "crashed", NS_PER_S);
	says(NS_PER_S, "[{\"address\":\"192.0.2.8\",\"wait_s\":90,\"why\":\"crashed\"},"
		       "{\"address\":\"192.0.2.7\",\"wait_s\":5,\"why\":\"failed logins\"}]");
	note(EVENT_DOOR_PENALTY, 7, 20, "failed logins", 2 * NS_PER_S); /* one row, longer */
	says(21ull * NS_PER_S + 1, "[{\"address\":\"192.0.2.8\",\"wait_s\":70,\"why\":\"crashed\"},"
				"{\"address\":\"192.0.2.7\",\"wait_s\":1,\"why\":\"failed logins\"}]");
	says(22ull * NS_PER_S, "[{\"address\":\"192.0.2.8\",\"wait_s\":69,\"why\":\"crashed\"}]");
	says(91ull * NS_PER_S, "[]");
}

TEST(who_was_turned_away_is_told_for_some_minutes)
{
	AUTO(buf_done) struct buf b = { 0 };
	const uint64_t at[] = { NS_PER_S, 100ull * NS_PER_S, 130ull * NS_PER_S, 130ull * NS_PER_S + REFUSED_KEPT_NS };
	struct json j;

	memset(&all, 0, sizeof(all));
	buf_init(&b, 1 << 14);
	json_init(&j, &b);
	json_array(&j);
	penalties_put_refused(&all, &j, at[0]);
	note(EVENT_DOOR_REFUSED, 7, 1, "too many", at[1]);
	note(EVENT_DOOR_REFUSED, 8, 99, "far too many", at[2]);
	note(EVENT_DOOR_REFUSED, 9, 0, "none", at[2]);
	penalties_put_refused(&all, &j, at[2] + NS_PER_S);
	penalties_put_refused(&all, &j, at[3]);
	note(EVENT_DOOR_REFUSED, 7, 2, "again", at[3]);
	penalties_put_refused(&all, &j, at[3]);
	json_end(&j);
	CHECK(json_ok(&j));
	CHECK_RD(buf_rd(&b), rd_str("[null,{\"address\":\"192.0.2.8\",\"ago_s\":1,\"n\":100,\"why\":\"far too many\"},null,"
				    "{\"address\":\"192.0.2.7\",\"ago_s\":0,\"n\":2,\"why\":\"again\"}]"));
}

/* A flood from many sources is bounded, and what it says is long enough for an answer. */
TEST(many_sources)
{
	AUTO(buf_done) struct buf b = { 0 };
	char why[400];
	struct json j;
	int n = 0;

	memset(&all, 0, sizeof(all));
	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	for (int i = 0; i < 200; i++)
		note(EVENT_DOOR_PENALTY, (uint8_t)i, 100 + i, why, NS_PER_S);
	buf_init(&b, 8192);
	json_init(&j, &b);
	penalties_put(&all, &j, NS_PER_S);
	CHECK(json_ok(&j) && buf_put_u8(&b, 0));
	for (const char *p = (const char *)buf_rd(&b).p; (p = strstr(p, "address")); p++)
		n++;
	CHECK_INT(n, PENALTIES_MAX);
	CHECK(strstr((const char *)buf_rd(&b).p, "192.0.2.199") && !strstr((const char *)buf_rd(&b).p, "192.0.2.100\""));
}
