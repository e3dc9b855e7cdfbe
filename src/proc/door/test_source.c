/*
 * Is:        tests of the limits by source address.
 * Is not:    a test of the door.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/door/source.h"

#include <string.h>

#include "base/timefmt.h"
#include "testing/test.h"

static const struct source_limits limits = { .waiting_each = 2, .open_each = 3, .waiting = 5, .open = 7 };
static const uint64_t seed[2] = { 1, 2 };

static uint8_t *v4(uint32_t n)
{
	static uint8_t a[16];

	memset(a, 0, sizeof(a));
	a[10] = a[11] = 0xff;
	a[12] = (uint8_t)(n >> 24);
	a[13] = (uint8_t)(n >> 16);
	a[14] = (uint8_t)(n >> 8);
	a[15] = (uint8_t)n;
	return a;
}

static uint8_t *v6(uint8_t net, uint8_t host)
{
	static uint8_t a[16];

	memset(a, 0, sizeof(a));
	a[0] = 0x20;
	a[7] = net;
	a[8] = a[15] = host;
	return a;
}

TEST(a_source_has_its_limits)
{
	struct sources s;
	struct source *a, *b, *c, *d;

	sources_init(&s, &limits, seed);
	CHECK(source_enter(&s, v4(1), 1, &a) == SOURCE_ADMITTED && source_enter(&s, v4(1), 1, &b) == SOURCE_ADMITTED && a == b);
	CHECK(source_enter(&s, v4(1), 1, &c) == SOURCE_REFUSED_WAITING_EACH);
	source_logged_in(&s, a);
	CHECK(source_enter(&s, v4(1), 1, &c) == SOURCE_ADMITTED);
	source_logged_in(&s, a);
	source_logged_in(&s, a);
	CHECK(source_enter(&s, v4(1), 1, &d) == SOURCE_REFUSED_OPEN_EACH);
	source_left(&s, a, false);
	CHECK(source_enter(&s, v4(1), 1, &d) == SOURCE_ADMITTED);
	sources_done(&s);
}

TEST(all_together_have_limits)
{
	struct sources s;
	struct source *one;

	sources_init(&s, &limits, seed);
	for (uint32_t i = 0; i < 5; i++)
		CHECK(source_enter(&s, v4(i), 1, &one) == SOURCE_ADMITTED);
	CHECK(source_enter(&s, v4(9), 1, &one) == SOURCE_REFUSED_WAITING);
	CHECK(source_enter(&s, v4(0), 1, &one) == SOURCE_REFUSED_WAITING);
	for (uint32_t i = 0; i < 5; i++)
		source_logged_in(&s, map_get(&s.map, rd_of(v4(i), 16)));
	CHECK(source_enter(&s, v4(9), 1, &one) == SOURCE_ADMITTED && source_enter(&s, v4(10), 1, &one) == SOURCE_ADMITTED);
	CHECK(source_enter(&s, v4(11), 1, &one) == SOURCE_REFUSED_OPEN);
	sources_done(&s);
}

TEST(an_ipv6_source_is_its_64_and_an_ipv4_one_is_whole)
{
	struct sources s;
	struct source *a, *b, *c;

	sources_init(&s, &limits, seed);
	CHECK(source_enter(&s, v6(1, 1), 1, &a) == SOURCE_ADMITTED && source_enter(&s, v6(1, 2), 1, &b) == SOURCE_ADMITTED && a == b);
	CHECK(source_enter(&s, v6(2, 1), 1, &c) == SOURCE_ADMITTED && a != c);
	CHECK(source_enter(&s, v4(1), 1, &a) == SOURCE_ADMITTED && source_enter(&s, v4(2), 1, &b) == SOURCE_ADMITTED && a != b);
	sources_done(&s);
}

TEST(penalties_add_up_count_late_and_end)
{
	struct sources s;
	struct source *a, *b;
	uint64_t now = 1000ull * NS_PER_S;

	sources_init(&s, &limits, seed);
	CHECK(source_enter(&s, v4(1), now, &a) == SOURCE_ADMITTED);
	source_left(&s, a, true);
	CHECK_U64(source_penalty(a, 5ull * NS_PER_S, now), 0);
	CHECK(source_enter(&s, v4(1), now, &b) == SOURCE_ADMITTED);
	source_left(&s, b, true);
	CHECK_U64(source_penalty(a, 12ull * NS_PER_S, now), 17);
	CHECK(source_enter(&s, v4(1), now, &b) == SOURCE_REFUSED_PENALTY);
	CHECK(source_enter(&s, v4(2), now, &b) == SOURCE_ADMITTED);
	CHECK(source_enter(&s, v4(1), now + 3ull * NS_PER_S, &b) == SOURCE_ADMITTED);
	for (int i = 0; i < 100; i++)
		CHECK(source_penalty(a, 90ull * NS_PER_S, now) <= 600);
	CHECK(source_enter(&s, v4(1), now + 500ull * NS_PER_S, &b) == SOURCE_REFUSED_PENALTY);
	CHECK(source_enter(&s, v4(1), now + 601ull * NS_PER_S, &b) == SOURCE_ADMITTED);
	sources_done(&s);
}

TEST(a_full_table_forgets_nobody_who_is_punished)
{
	static const struct source_limits wide = { 1u << 20, 1u << 20, 1u << 20, 1u << 20 };
	struct sources s;
	struct source *a;

	sources_init(&s, &wide, seed);
	for (uint32_t i = 0; i < SOURCES_MAX; i++) {
		CHECK(source_enter(&s, v4(i), 1, &a) == SOURCE_ADMITTED);
		if (i % 2)
			CHECK(source_penalty(a, 60ull * NS_PER_S, 1) == 60);
		source_left(&s, a, true);
	}
	/* The others make room, one for each newcomer. */
	for (uint32_t i = 0; i < SOURCES_MAX / 2; i++)
		CHECK(source_enter(&s, v4(1u << 20 | i), 1, &a) == SOURCE_ADMITTED);
	CHECK(source_enter(&s, v4(1u << 24), 1, &a) == SOURCE_REFUSED_TABLE);
	for (uint32_t i = 1; i < SOURCES_MAX; i += 2)
		CHECK(source_enter(&s, v4(i), 1, &a) == SOURCE_REFUSED_PENALTY);
	CHECK(source_enter(&s, v4(1u << 24), 61ull * NS_PER_S, &a) == SOURCE_ADMITTED);
	sources_done(&s);
}
