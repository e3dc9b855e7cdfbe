/*
 * Is:        tests of networks and of places judged from claims.
 * Is not:    a test of decide.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "policy/net.h"
#include "policy/parse.h"
#include "policy/place.h"
#include "testing/test.h"

TEST(bad_networks_are_refused)
{
	static const char *const bad[] = {
		"", "/", "1.2.3/8", "1.2.3.4.5/8", "1.2.3.256/32", "1.2.3.4/33", "1.2.3.4/24", "01.2.3.4/32",
		"1.2.3.4", "::1::/128", ":/0", "1:2:3:4:5:6:7/128", "1:2:3:4:5:6:7:8:9/128", "12345::/16",
		"2001:db8::/16", "::/129", "1:2:3:4:5:6:7:8::/128", "2001:DB8::/32", ":1::/16", "1:::/16",
	};
	struct net n;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (net_parse(rd_str(bad[i]), &n))
			test_fail(__FILE__, __LINE__, "%s was taken", bad[i]);
}

static bool has(const char *network, const char *address)
{
	struct net n, a;

	CHECK(net_parse(rd_str(network), &n) && net_parse_address(rd_str(address), &a));
	return net_has(&n, rd_of(a.bytes, a.n_bytes));
}

TEST(addresses_in_networks)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, 192, 0, 2, 7 };
	struct net n;

	CHECK(has("192.0.2.0/24", "192.0.2.7") && !has("192.0.2.0/24", "192.0.3.7"));
	CHECK(has("192.0.2.0/23", "192.0.3.7"));
	CHECK(has("0.0.0.0/0", "8.8.8.8") && !has("0.0.0.0/0", "::1") && has("::/0", "::1"));
	CHECK(has("2001:db8::/32", "2001:db8:1::2") && !has("2001:db8::/32", "2001:db9::"));
	CHECK(has("::1/128", "0:0:0:0:0:0:0:1") && has("1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8"));
	CHECK(net_parse(rd_str("192.0.2.0/24"), &n) && net_has(&n, rd_of(mapped, 16)));
	CHECK(!net_has(&n, rd_of(mapped, 15)));
}

static struct policy *world(void)
{
	AUTO(mem_free) struct diags *d = mem_new(1, sizeof(*d));
	struct policy *p = NULL;

	CHECK_INT(policy_load_text(rd_str("p"), rd_str("operator \"K\" in NL\n"
	    "country NL latency at most 60ms\nsite utrecht in NL network 192.0.2.0/24 latency at most 20ms\n"
	    "site ghent in BE network 198.51.100.0/24\n"
	    "country CN distance at least 6500km latency at most 400ms\nsite porto in PT distance at least 1600km\n"), d, &p), 0);
	return p;
}

enum { NL = 'N' << 8 | 'L', CN = 'C' << 8 | 'N' };

static const uint8_t at_utrecht[] = { 192, 0, 2, 9 };

#define ADDRESS(c) { .source = PLACE_ADDRESS, .confidence = 100, .country = (c) }
#define LATENCY(ms) { .source = PLACE_LATENCY, .confidence = 100, .round_trip_us = (ms) * 1000 }
#define BADGE(s) { .source = PLACE_BADGE, .confidence = 100, .site = (s) }
#define CONTRACT(s) { .source = PLACE_CONTRACT, .confidence = 100, .site = (s) }
#define NETWORK(a) { .source = PLACE_NETWORK, .confidence = 100, .address = { (a), sizeof(a) } }

TEST(claims_are_weighed)
{
	AUTO(policy_free) struct policy *p = world();
	static const struct {
		struct place_claim claims[3];
		uint32_t n;
		enum place_status status;
		uint16_t country;
		uint32_t site;
	} cases[] = {
		{ { ADDRESS(NL) }, 0, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		/* One field of a country database is not a place. */
		{ { ADDRESS(NL) }, 1, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		{ { LATENCY(5) }, 1, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		{ { ADDRESS(NL), LATENCY(12) }, 2, PLACE_KNOWN, NL, SITE_NONE },
		/* An exit node in Amsterdam, a person far behind it. */
		{ { ADDRESS(NL), LATENCY(240) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { LATENCY(61), ADDRESS(NL) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { ADDRESS(CN), BADGE(0) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { BADGE(1), NETWORK(at_utrecht) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { BADGE(0) }, 1, PLACE_KNOWN, NL, SITE_FIRST },
		{ { NETWORK(at_utrecht), LATENCY(19) }, 2, PLACE_KNOWN, NL, SITE_FIRST },
		{ { NETWORK(at_utrecht), LATENCY(21) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { CONTRACT(0) }, 1, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		/* The contract's site alone is not where she is. */
		{ { CONTRACT(0), ADDRESS(NL) }, 2, PLACE_KNOWN, NL, SITE_UNKNOWN },
		{ { BADGE(7) }, 1, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		/* Who is said to be in China cannot answer within the time that light takes for the way. */
		{ { ADDRESS(CN), LATENCY(64) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { ADDRESS(CN), LATENCY(65) }, 2, PLACE_KNOWN, CN, SITE_NONE },
		{ { ADDRESS(CN), LATENCY(401) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { BADGE(2), LATENCY(15) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
		{ { BADGE(2), LATENCY(16) }, 2, PLACE_KNOWN, 'P' << 8 | 'T', SITE_FIRST + 2 },
		/* Where nobody has said how long it may take, a round trip speaks for nothing. */
		{ { ADDRESS('B' << 8 | 'E'), LATENCY(5) }, 2, PLACE_UNKNOWN, 0, SITE_UNKNOWN },
		{ { ADDRESS('B' << 8 | 'E'), LATENCY(151) }, 2, PLACE_INCONSISTENT, 0, SITE_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct place at = place_judge(p, cases[i].claims, cases[i].n);
		if (at.status != cases[i].status || at.country != cases[i].country || at.site != cases[i].site)
			test_fail(__FILE__, __LINE__, "case %zu: %d %x %u", i, at.status, at.country, at.site);
	}
	CHECK_INT(place_judge(p, cases[0].claims, 17).status, PLACE_INCONSISTENT);
}

TEST(a_weak_claim_weighs_less)
{
	AUTO(policy_free) struct policy *p = world();
	struct place_claim c[2] = { ADDRESS(NL), LATENCY(12) };

	c[0].confidence = 60;
	CHECK_INT(place_judge(p, c, 2).status, PLACE_UNKNOWN);
	c[1].round_trip_us = 300000;
	c[1].confidence = 0; /* no claim at all */
	CHECK_INT(place_judge(p, c, 2).status, PLACE_UNKNOWN);
}

TEST(a_place_is_told)
{
	AUTO(policy_free) struct policy *p = world();
	AUTO(buf_done) struct buf out = { 0 };
	struct place_claim c[2] = { ADDRESS(NL), LATENCY(240) };
	struct place at = place_judge(p, c, 2);

	buf_init(&out, 1000);
	CHECK(place_render(p, c, 2, &at, &out));
	CHECK_RD(buf_rd(&out), rd_str("place: inconsistent (confidence 0)\n"
	    "  address: NL (confidence 100, says the gate)\n"
	    "  latency: round trip of 240.000 ms (confidence 100, says the gate)\n"));
}
