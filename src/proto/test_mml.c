/*
 * Is:        tests of MML commands in the three dialects, and of lines without a grammar.
 * Is not:    a test of any policy.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/wr.h"
#include "proto/mml.h"
#include "proto/plain.h"
#include "testing/test.h"

static struct mml_dialect dialect;
static uint8_t *dialect_text;
static struct mml m;
static struct mml_command cmd;

static void start(const char *name)
{
	char path[200];
	uint32_t line;

	(void)snprintf(path, sizeof(path), "src/proto/dialects/%s.mml", name);
	mem_free(&dialect_text);
	size_t n = test_file(path, &dialect_text);
	CHECK_INT(mml_dialect(&dialect, rd_of(dialect_text, n), &line), 0);
	CHECK(rd_is(&dialect.name, name));
	mml_done(&m);
	mml_init(&m, &dialect);
}

/* Adds a line; what comes out, one canonical text per command, or how it ended. */
static void expect(const char *line, const char *want)
{
	AUTO(buf_done) struct buf got = { 0 };
	struct wr w = wr_to(&got);
	int rc;

	buf_init(&got, 8192);
	rc = mml_add(&m, rd_str(line));
	while (rc == 0 && (rc = mml_next(&m, &cmd)) == 0) {
		wr_bytes(&w, cmd.canonical);
		wr_str(&w, cmd.is_switch ? " TO " : "");
		wr_bytes(&w, cmd.target);
		wr_str(&w, cmd.has_secret ? " SECRET" : "");
		wr_str(&w, cmd.has_range ? " RANGE" : "");
		wr_u8(&w, '\n');
	}
	wr_str(&w, rc == MML_BAD ? "BAD" : rc == MML_TOO_LONG ? "LONG" : rc == MML_TWICE ? "TWICE" : mml_is_pending(&m) ? "MORE" : "");
	CHECK(wr_ok(&w));
	struct rd r = buf_rd(&got), wanted = rd_str(want);
	if (!rd_equal(&r, &wanted))
		test_fail(__FILE__, __LINE__, "'%s' gave '%.*s', not '%s'", line, (int)r.len,
		    (const char *)r.p, want);
	mml_reset(&m);
}

TEST(mml_refuses)
{
	start("mml-huawei");
	expect("LST SUB: ISDN=\"1\n;", "BAD");
	expect("LST SUB: ISDN=\x1b[A;", "BAD");
	expect("LST SUB?;", "BAD");
	expect("LST SUB: ISDN=1|cat;", "BAD");
	expect("LST SUB: ISDN=$(id);", "BAD");
	expect("LST SUB: ISDN=;", "BAD");
	expect("LST SUB: ISDN;", "BAD");
	expect("LST SUB: 1=2=3;", "BAD");
	expect("LST SUB, ISDN=1;", "BAD");
	expect("LST SUB: ISDN=1,;", "BAD");
	expect("LST SUB: ISDN=1&;", "BAD");
	expect("LST SUB: ISDN=\"a\"b;", "BAD");
	expect(";", "BAD");
	expect("A B C D;", "BAD");
	expect("LST SUB: NAME=\"a;b\";", "BAD");
	expect("LST SUB: NAME=\"\xc3\xa9\";", "BAD");
	expect("LST SUB: ISDN=1; rm -rf /;", "LST SUB:ISDN=1;\nBAD");
	start("mml-axe");
	expect("HGSD:MSISDN=1;", "BAD");
	expect("HGSDPX:MSISDN=1;", "BAD");
	start("mml-dx200");
	expect("ZM;", "BAD");
	expect("MVO:MSISDN=1;", "BAD");
}

TEST(mml_huawei)
{
	start("mml-huawei");
	expect("LST SUB: ISDN=\"999000000042\", DETAIL=TRUE;", "LST SUB:ISDN=\"999000000042\",DETAIL=TRUE;\n");
	expect("  lst   sub:isdn=K'999;", "LST SUB:ISDN=K'999;\n");
	expect("DSP A:;LST B:X=1;", "DSP A:;\nLST B:X=1;\n");
	expect("LST SUB:", "MORE");
	expect("REG NE:NAME=\"MSC01\";", "REG NE:NAME=\"MSC01\"; TO MSC01\n");
	expect("USE ME:MEID=7;", "USE ME:MEID=7; TO 7\n");
	expect("UNREG NE;", "UNREG NE; TO \n");
	expect("LGI:OP=\"x\",PWD=\"y\";", "LGI:OP=\"x\",PWD=\"y\"; SECRET\n");
	expect("SHK HAND:;", "SHK HAND:;\n");
	expect("LST SUB: NAME=\"a b:c,d=e\";", "LST SUB:NAME=\"a b:c,d=e\";\n");
	expect("LST SUB:A=1;LST", "LST SUB:A=1;\nMORE");
}

/* Which of the two the element heeds, nobody here knows. */
TEST(mml_says_nothing_twice)
{
	start("mml-huawei");
	expect("LST SUB:ISDN=1,isdn=2;", "TWICE");
	expect("LST SUB:ISDN=1;LST SUB:A=1,B=2,A=3;LST SUB:ISDN=4;", "LST SUB:ISDN=1;\nTWICE");
	expect("REG NE:NAME=\"MSC01\",NAME=\"ADMF1\";", "TWICE");
	expect("REG NE:NAME=\"MSC01\",IP=\"192.0.2.1\";", "TWICE");
	expect("REG NE:NAME=\"MSC01\"&\"ADMF1\";", "TWICE");
	expect("REG NE:X=1,IP=\"192.0.2.1\";", "REG NE:X=1,IP=\"192.0.2.1\"; TO 192.0.2.1\n");
	start("mml-dx200");
	expect("ZMIO:IMSI=1:IMSI=2;", "TWICE");
	expect("ZMIO:A,A;", "ZMIO:A,A;\n");
}

TEST(mml_over_several_lines)
{
	start("mml-axe");
	CHECK_INT(mml_add(&m, rd_str("HGSDP:MSISDN=99900,")), 0);
	CHECK_INT(mml_next(&m, &cmd), MML_MORE);
	CHECK(mml_is_pending(&m));
	CHECK_INT(mml_add(&m, rd_str("  ALL;  HGSDP:MSISDN=1;")), 0);
	CHECK_INT(mml_next(&m, &cmd), 0);
	CHECK_RD(cmd.canonical, rd_str("HGSDP:MSISDN=99900,ALL;"));
	CHECK_INT(mml_next(&m, &cmd), 0);
	CHECK_RD(cmd.canonical, rd_str("HGSDP:MSISDN=1;"));
	CHECK_INT(mml_next(&m, &cmd), MML_MORE);
	CHECK(!mml_is_pending(&m));
}

TEST(mml_axe_ranges)
{
	start("mml-axe");
	expect("HGSDP:MSISDN=9990000000&&9990000999,SUDA;", "HGSDP:MSISDN=9990000000&&9990000999,SUDA; RANGE\n");
	expect("exit;", "EXIT;\n");
	expect("HGSDP:MSISDN=100&200,SUDA;", "HGSDP:MSISDN=100&200,SUDA;\n");
	expect("HGSDP:MSISDN=\"1&&9\";", "HGSDP:MSISDN=\"1&&9\"; RANGE\n");
}

TEST(mml_dx200_blocks)
{
	start("mml-dx200");
	expect("ZMVO:MSISDN=999000000042;", "ZMVO:MSISDN=999000000042;\n");
	expect("zmio:imsi=9997:A,,B:C=1&2;", "ZMIO:IMSI=9997:A,,B:C=1&2;\n");
	expect("ZVLI:;", "ZVLI:;\n");
	expect("ZEEI;ZZ;", "ZEEI;\nZZ;\n");
	expect("ZE7I:NAME=X;", "ZE7I:NAME=X;\n");
	CHECK_INT(mml_add(&m, rd_str("ZMVF::VMSISDN=1;")), 0);
	CHECK_INT(mml_next(&m, &cmd), 0);
	CHECK_U64(cmd.n_params, 2);
	CHECK_U64(cmd.params[1].block, 1);
	CHECK_RD(cmd.params[1].name, rd_str("VMSISDN"));
}

TEST(mml_limits)
{
	char big[MML_COMMAND_MAX * 3];

	start("mml-axe");
	memset(big, 'A', sizeof(big));
	CHECK_INT(mml_add(&m, rd_of(big, sizeof(big))), MML_TOO_LONG);
	CHECK(!mml_is_pending(&m));
	CHECK_INT(mml_add(&m, rd_of(big, MML_COMMAND_MAX + 10)), 0);
	CHECK_INT(mml_next(&m, &cmd), MML_TOO_LONG);
	memcpy(big, "HGSDP:", 6);
	for (size_t i = 6; i < 600; i++)
		big[i] = i % 2 ? ',' : 'X';
	big[599] = ';';
	CHECK_INT(mml_add(&m, rd_of(big, 600)), 0);
	CHECK_INT(mml_next(&m, &cmd), MML_BAD);
}

TEST(mml_bad_dialects)
{
	static const char *const bad[] = { "", "dialect x\n", "dialect x\nterminator ;;\nname A\n",
		"dialect x\nterminator ;\nname\n", "dialect x\nterminator ;\nname A\nwhat y\n",
		"dialect x\nterminator ;\nname A\npositional maybe\n" };
	struct mml_dialect d;
	uint32_t line;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK_INT(mml_dialect(&d, rd_str(bad[i]), &line), MML_BAD);
}

static void plain(enum dialect d, const char *line, int want_rc, const char *want)
{
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 4096);
	CHECK_INT(plain_expand(d, rd_str(line), &out), want_rc);
	CHECK_RD(buf_rd(&out), rd_str(want));
}

TEST(plain_lines)
{
	plain(DIALECT_CISCO_LIKE, "  show   ip\troute ", 0, "show ip route");
	plain(DIALECT_CISCO_LIKE, "show run | include x", 0, "show run | include x");
	plain(DIALECT_CISCO_LIKE, "show run | redirect tftp:x", PLAIN_BAD_PIPE, "");
	plain(DIALECT_CISCO_LIKE, "show run | inc x", PLAIN_BAD_PIPE, "");
	plain(DIALECT_CISCO_LIKE, "show run | include x | tee y", PLAIN_BAD_PIPE, "");
	plain(DIALECT_CISCO_LIKE, "| include x", PLAIN_BAD_PIPE, "");
	plain(DIALECT_CISCO_LIKE, "show ?", PLAIN_BAD_TEXT, "");
	plain(DIALECT_GENERIC_LINE, "ls;rm x", PLAIN_SHELL, "");
	plain(DIALECT_GENERIC_LINE, "status $(id)", PLAIN_SHELL, "");
	plain(DIALECT_GENERIC_LINE, " \t ", PLAIN_EMPTY, "");
	plain(DIALECT_GENERIC_LINE, "status\rrm", PLAIN_BAD_TEXT, "");
	plain(DIALECT_GENERIC_LINE, "status", 0, "status");
}
