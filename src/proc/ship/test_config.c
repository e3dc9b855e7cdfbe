/*
 * Is:        evidence.conf and the file of witnesses: what is refused, with its line; then
 *            what is understood.
 * Is not:    the policy's own grammar (evidence/test_tlog_policy.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/ship/config.h"

#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "testing/test.h"

static char log_vkey[256], witness_vkey[2][256];
static struct ship_config config;

static void make_key(uint8_t n, enum note_alg alg, const char *name, char *out, size_t size)
{
	AUTO(secret_done) struct secret seed = { .p = NULL };
	AUTO(buf_done) struct buf b = { 0 };
	struct ed25519_key key;
	struct note_key k;
	uint8_t raw[32] = { n };

	secret_copy(&seed, rd_of(raw, sizeof(raw)));
	ed25519_key_init(&key, &seed);
	note_key_make(rd_str(name), alg, &key.pub, &k);
	ed25519_key_done(&key);
	buf_init(&b, size);
	struct wr w = wr_to(&b);
	wr_note_key(&w, &k);
	CHECK(wr_ok(&w));
	(void)snprintf(out, size, "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

static void setup(void)
{
	make_key(1, NOTE_ED25519, "gate.example/core", log_vkey, sizeof(log_vkey));
	make_key(2, NOTE_COSIGNATURE, "w.one", witness_vkey[0], sizeof(witness_vkey[0]));
	make_key(3, NOTE_COSIGNATURE, "w.two", witness_vkey[1], sizeof(witness_vkey[1]));
}

static bool parse(const char *conf, const char *policy, struct ship_config_error *err)
{
	ship_config_done(&config);
	*err = (struct ship_config_error){ .what = "" };
	return ship_config_parse(rd_str(conf), rd_str(policy), &config, err);
}

TEST(lines_that_are_wrong)
{
	static const struct { const char *text; size_t line; } bad[] = {
		{ "level", 1 }, { "level G3", 1 }, { "level g1", 1 }, { "level G1 G2", 1 }, { "level G0\nlevel G0", 2 },
		{ "mirror", 1 }, { "mirror x http://a", 1 }, { "# well\n\nlag", 3 }, { "lag 0s", 1 }, { "lag 5", 1 }, { "lag -5s", 1 },
		{ "authorities", 1 }, { "witness a", 1 }, { "level G0\n\n  speed 9", 3 },
	};
	struct ship_config_error err;
	char long_line[1200];

	setup();
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(!parse(bad[i].text, "", &err));
		CHECK_U64(err.line, bad[i].line);
		CHECK_STR(err.file, "evidence.conf");
	}
	(void)snprintf(long_line, sizeof(long_line), "mirror %s", log_vkey);
	CHECK(!parse(long_line, "", &err)); /* a log's key, and no URL */
	(void)snprintf(long_line, sizeof(long_line), "mirror %s http://%0600d", witness_vkey[0], 1);
	CHECK(!parse(long_line, "", &err));
	(void)snprintf(long_line, sizeof(long_line), "authorities /%0300d", 1);
	CHECK(!parse(long_line, "", &err));
}

TEST(a_level_that_nothing_serves)
{
	struct ship_config_error err;
	char policy[1024], conf[1024];

	setup();
	CHECK(!parse("level G1\n", "", &err));
	CHECK_STR(err.what, "level G1 needs a mirror");
	CHECK(!parse("level G2\n", "", &err));
	(void)snprintf(policy, sizeof(policy), "log %s\nquorum none\n", log_vkey);
	CHECK(!parse("level G2\n", policy, &err));
	(void)snprintf(policy, sizeof(policy), "log %s\nwitness a %s http://h\nquorum none\n", log_vkey, witness_vkey[0]);
	CHECK(!parse("level G2\n", policy, &err)); /* witnesses, but no quorum of them */
	(void)snprintf(conf, sizeof(conf), "mirror %s http://h\n", witness_vkey[0]);
	CHECK(!parse(conf, policy, &err));
	CHECK_STR(err.what, "the mirror's key is a witness's too");
	CHECK(!parse("", "witness\n", &err));
	CHECK_STR(err.file, "witnesses");
	CHECK_U64(err.line, 1);
}

TEST(nothing_is_level_0)
{
	struct ship_config_error err;

	CHECK(parse("", "", &err));
	CHECK(config.level == SHIP_G0 && !config.has_mirror && !config.has_policy && config.lag_ns == 30ull * NS_PER_S);
	CHECK(parse("# nothing\n\n   \t\n", "", &err));
	CHECK_STR(ship_level_name(config.level), "G0");
}

TEST(everything_is_understood)
{
	struct ship_config_error err;
	char policy[1024], conf[1024];

	setup();
	(void)snprintf(policy, sizeof(policy), "log %s\nwitness a %s http://h:7380/w/\nquorum a\n", log_vkey, witness_vkey[0]);
	(void)snprintf(conf, sizeof(conf), "level G2\nlag 1m30s\n\tmirror %s  http://m:7381\nauthorities /etc/own.pem", witness_vkey[1]);
	CHECK(parse(conf, policy, &err));
	CHECK(config.level == SHIP_G2 && config.has_mirror && config.has_policy && config.lag_ns == 90ull * NS_PER_S);
	CHECK_STR(config.mirror_url, "http://m:7381");
	CHECK_STR(config.mirror.name, "w.two");
	CHECK_STR(config.authorities, "/etc/own.pem");
	CHECK_RD(config.policy.witness_url[0], rd_str("http://h:7380/w/"));
	ship_config_done(&config);
}
