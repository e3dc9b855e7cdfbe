/*
 * Is:        tests of what the desk reads of its machine: countries by address, zones.
 * Is not:    a test of places (src/policy/test_place.c).
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/fd.h"
#include "policy/net.h"
#include "proc/desk/local.h"
#include "testing/test.h"

static char dir[32];

static int open_dir(struct rd countries)
{
	int fd;

	(void)snprintf(dir, sizeof(dir), "/tmp/slagboom-local-XXXXXX");
	CHECK(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0 && (countries.len == 0 || fd_replace_file(fd, "country.mmdb", countries, 0644) == 0));
	return fd;
}

static void close_dir(int fd)
{
	local_done();
	(void)unlinkat(fd, "country.mmdb", 0);
	fd_close(&fd);
	CHECK(rmdir(dir) == 0);
}

static uint16_t country(const char *address)
{
	struct net n;

	CHECK(net_parse_address(rd_str(address), &n));
	return local_country(rd_of(n.bytes, n.n_bytes));
}

TEST(without_a_database_no_country_is_known)
{
	int fd = open_dir(rd_of(NULL, 0));

	CHECK_INT(local_read(fd), 0);
	CHECK_U64(country("89.160.20.113"), 0);
	close_dir(fd);
}

/* A database that is none stops the desk: what it would say is not what the operator meant. */
TEST(a_damaged_database_is_refused)
{
	AUTO(mem_free) uint8_t *bytes = NULL;
	size_t n = test_file("tests/data/maxmind/GeoIP2-Country-Test.mmdb", &bytes);
	const struct rd bad[] = { rd_str("no database"), rd_of(bytes, n / 2), rd_of(bytes, n - 200) };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int fd = open_dir(bad[i]);
		CHECK(local_read(fd) < 0);
		close_dir(fd);
	}
}

TEST(countries_by_address)
{
	static const struct { const char *address, *country; } cases[] = {
		{ "89.160.20.113", "SE" }, { "2.125.160.217", "GB" }, { "111.235.160.1", "CN" },
		{ "2001:218::1", "JP" }, { "192.0.2.7", "" }, { "10.0.0.1", "" }, { "127.0.0.1", "" }, { "::1", "" },
	};
	AUTO(mem_free) uint8_t *bytes = NULL;
	size_t n = test_file("tests/data/maxmind/GeoIP2-Country-Test.mmdb", &bytes);
	int fd = open_dir(rd_of(bytes, n));

	CHECK_INT(local_read(fd), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *want = cases[i].country;
		uint16_t got = country(cases[i].address);
		if (got != (want[0] ? (want[0] << 8 | want[1]) : 0))
			test_fail(__FILE__, __LINE__, "%s is %c%c, not %s", cases[i].address, got >> 8, got & 0xff, want);
	}
	CHECK_U64(local_country(rd_of(bytes, 5)), 0); /* no address has five bytes */
	close_dir(fd);
}

TEST(zones_are_read)
{
	int fd = open_dir(rd_of(NULL, 0));
	int32_t offset;

	CHECK_INT(local_read(fd), 0);
	struct space_zones z = local_zones();
	CHECK(z.offset(z.ctx, rd_str("Europe/Amsterdam"), 1795420800, &offset) && offset == 3600);
	CHECK(!z.offset(z.ctx, rd_str("Europe/Nowhere"), 1795420800, &offset));
	CHECK(!z.offset(z.ctx, rd_str("../passwd"), 1795420800, &offset));
	close_dir(fd);
}
