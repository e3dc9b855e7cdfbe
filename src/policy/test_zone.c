/*
 * Is:        tests of time zones against the C library's.
 * Is not:    a test of windows.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "policy/zone.h"
#include "testing/test.h"

static size_t zone_file(const char *name, uint8_t **out)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "tests/vectors/tzif/%s", name);
	return test_file(path, out);
}

TEST(cut_files_are_refused)
{
	AUTO(mem_free) uint8_t *p = NULL;
	size_t n = zone_file("Amsterdam", &p);
	struct zone z;

	CHECK_INT(zone_parse(rd_of(p, n), &z), 0);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(zone_parse(rd_of(p, i), &z), ZONE_BAD);
	p[4] = 0; /* version 1 has no 64-bit part */
	CHECK_INT(zone_parse(rd_of(p, n), &z), ZONE_BAD);
}

TEST(amsterdam_changes_in_spring_and_autumn)
{
	AUTO(mem_free) uint8_t *p = NULL;
	size_t n = zone_file("Amsterdam", &p);
	struct zone z;

	CHECK_INT(zone_parse(rd_of(p, n), &z), 0);
	CHECK_INT(zone_offset(&z, 1795420800), 3600);  /* 2026-11-23 */
	CHECK_INT(zone_offset(&z, 1774745999), 3600);  /* 2026-03-29 00:59:59Z */
	CHECK_INT(zone_offset(&z, 1774746000), 7200);
	CHECK_INT(zone_offset(&z, 1792889999), 7200);  /* 2026-10-25 00:59:59Z */
	CHECK_INT(zone_offset(&z, 1792890000), 3600);
	CHECK_INT(zone_offset(&z, 2531955600), 7200);  /* 2050-03-27 01:00:00Z: by the rule */
	CHECK_INT(zone_offset(&z, 2531955599), 3600);
}

/* The C library's opinion, where the machine has the same zone. */
TEST(zones_agree_with_the_c_library)
{
	static const char *const zones[][2] = {
		{ "Amsterdam", "Europe/Amsterdam" }, { "New_York", "America/New_York" },
		{ "Sydney", "Australia/Sydney" }, { "Shanghai", "Asia/Shanghai" }, { "UTC", "UTC" },
	};

	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		AUTO(mem_free) uint8_t *p = NULL;
		size_t n = zone_file(zones[i][0], &p);
		struct zone z;
		CHECK_INT(zone_parse(rd_of(p, n), &z), 0);
		CHECK(setenv("TZ", zones[i][1], 1) == 0);
		tzset();
		if (i < 4 && timezone == 0)
			test_skip("this machine has no zone %s", zones[i][1]);
		for (int k = 0; k < 20000; k++) {
			time_t at = (time_t)test_below((uint64_t)130 * 365 * 86400);
			struct tm tm;
			CHECK(localtime_r(&at, &tm) != NULL);
			if (zone_offset(&z, at) != tm.tm_gmtoff)
				test_fail(__FILE__, __LINE__, "%s at %lld: %d, want %ld", zones[i][1],
				    (long long)at, zone_offset(&z, at), tm.tm_gmtoff);
		}
	}
}
