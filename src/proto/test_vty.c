/*
 * Is:        tests of the VTY grammars: Osmocom's and FRR's published references.
 * Is not:    the comparison with a running element (test_vty_osmo.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <string.h>

#include "base/mem.h"
#include "base/wr.h"
#include "proto/vty.h"
#include "testing/test.h"

#define HLR "tests/data/vty/osmo-hlr-1.5.0.xml"
#define FRR "tests/data/vty/frr-bgpd-8.4.list"

static struct vty *osmo(const char *path)
{
	AUTO(mem_free) uint8_t *raw = NULL;
	size_t n = test_file(path, &raw);
	struct vty *g = vty_new(VTY_OSMO);
	uint32_t line;

	CHECK_INT(vty_load_xml(g, rd_of(raw, n), &line), 0);
	return g;
}

static struct vty *frr(void)
{
	AUTO(mem_free) uint8_t *raw = NULL;
	size_t n = test_file(FRR, &raw);
	struct vty *g = vty_new(VTY_FRR);
	uint32_t line;

	CHECK_INT(vty_load_list(g, rd_of(raw, n), &line), 0);
	return g;
}

static unsigned mode(const struct vty *g, const char *name)
{
	unsigned m = 999;

	CHECK(vty_mode(g, rd_str(name), &m));
	return m;
}

/* The outcome as text: the canonical command, or what was wrong. */
static void expect(const struct vty *g, const char *in_mode, const char *line, const char *want)
{
	static const char *const wrong[] = { NULL, "EMPTY", "UNKNOWN", "AMBIGUOUS", "INCOMPLETE",
		"BAD_TEXT", "TOO_LONG", "BAD_PIPE" };
	AUTO(buf_done) struct buf out = { 0 };
	struct vty_command cmd;

	buf_init(&out, 8192);
	int rc = vty_expand(g, mode(g, in_mode), rd_str(line), &out, &cmd);
	struct rd got = rc ? rd_str(wrong[rc]) : buf_rd(&out), wanted = rd_str(want);
	if (!rd_equal(&got, &wanted))
		test_fail(__FILE__, __LINE__, "%s: '%s' gave '%.*s', not '%s'", in_mode, line,
		    (int)got.len, (const char *)got.p, want);
	CHECK(rc == 0 || out.len == 0);
}

TEST(vty_refuses_bytes_that_edit)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);

	expect(g, "enable", "show subscribers all\x7f", "BAD_TEXT");
	expect(g, "enable", "show version\r\nshow subscribers all", "BAD_TEXT");
	expect(g, "enable", "show version\nx", "BAD_TEXT");
	expect(g, "enable", "show ?", "BAD_TEXT");
	expect(g, "enable", "show version\x1b[A", "BAD_TEXT");
	expect(g, "enable", "echo \xc2\x9b" "31m", "BAD_TEXT");
	expect(g, "enable", "echo \xe2\x80\xae", "BAD_TEXT");
	expect(g, "enable", "echo \xff", "BAD_TEXT");
	expect(g, "enable", "show subscriber id 1\xc3\xa9" "2", "BAD_TEXT"); /* the element would read 12 */
	expect(g, "enable", "show version | include x", "BAD_PIPE");
	expect(g, "enable", "show version|x", "BAD_PIPE");
}

TEST(vty_osmo_as_the_transcripts_show)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);

	expect(g, "view", "en", "enable");
	expect(g, "enable", "sh subsc ims 999700000000042", "AMBIGUOUS");
	expect(g, "enable", "  sh   subscri   imsi   999700000000042", "AMBIGUOUS");
	expect(g, "enable", "show subscriber im", "AMBIGUOUS");
	expect(g, "enable", "show subscribers filter imsi 9997000000099", "UNKNOWN");
	expect(g, "enable", "show subscriber ims 999700000000042", "show subscriber imsi 999700000000042");
	expect(g, "enable", "  show   subscriber   ims\t1  ", "show subscriber imsi 1");
	expect(g, "enable", "show subscri imsi 1", "AMBIGUOUS"); /* subscriber, subscribers */
	expect(g, "enable", "sub id 1 up msis 31612", "subscriber id 1 update msisdn 31612");
	expect(g, "enable", "conf t", "configure terminal");
	expect(g, "enable", "logg", "INCOMPLETE");
	expect(g, "enable", "log", "AMBIGUOUS");
	expect(g, "enable", "show version extra", "UNKNOWN");
	expect(g, "enable", "SHOW version", "UNKNOWN");
	expect(g, "enable", "write f", "write file");
	expect(g, "enable", "! a comment", "EMPTY");
	expect(g, "enable", "   # another", "EMPTY");
	expect(g, "enable", "   ", "EMPTY");
}

TEST(vty_osmo_do)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);

	expect(g, "config", "do show subscriber imsi 7", "do show subscriber imsi 7");
	expect(g, "config", "do show subscriber ims 7", "do show subscriber imsi 7");
	expect(g, "config-hlr", "do sh subsc id 9", "AMBIGUOUS");
	expect(g, "config-hlr", "do", "INCOMPLETE");
	expect(g, "config-hlr", "do do show pid", "UNKNOWN");
	expect(g, "config-hlr", "DO show pid", "UNKNOWN");
	expect(g, "enable", "do show version", "UNKNOWN");
	expect(g, "config", "show subscribers all", "UNKNOWN");
	expect(g, "config-hlr-gsup", "log stderr", "UNKNOWN"); /* Osmocom stays in its mode */
}

TEST(vty_ranges_and_rest)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);

	expect(g, "enable", "terminal length 0", "terminal length 0");
	expect(g, "enable", "term len 512", "terminal length 512");
	expect(g, "enable", "term len 513", "UNKNOWN");
	expect(g, "enable", "term len -1", "UNKNOWN");
	expect(g, "enable", "term len 99999999999999999999", "UNKNOWN");
	expect(g, "enable", "logp  mai  notic  a  b   c", "logp main notice a b c");
	expect(g, "config-line", "bind 127.0.0.1 4258", "bind 127.0.0.1 4258");
	expect(g, "config-line", "bind 127.0.0 4258", "UNKNOWN");
	expect(g, "config-line", "bind 127.0.0.300", "UNKNOWN");
}

/* An element drops what its buffer cannot hold: such a line would become another one. */
TEST(vty_lines_longer_than_the_element_reads)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);
	char line[700];
	AUTO(buf_done) struct buf out = { 0 };
	struct vty_command cmd;

	memset(line, 'x', sizeof(line));
	memcpy(line, "echo ", 5);
	buf_init(&out, 8192);
	CHECK_INT(vty_expand(g, mode(g, "enable"), rd_of(line, 501), &out, &cmd), VTY_TOO_LONG);
	CHECK_INT(vty_expand(g, mode(g, "enable"), rd_of(line, 500), &out, &cmd), 0);
	buf_reset(&out);
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < 300; i += 2)
		line[i] = ' ';
	CHECK_INT(vty_expand(g, mode(g, "enable"), rd_of(line, 300), &out, &cmd), VTY_TOO_LONG);
}

TEST(vty_prompts_show_the_mode)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);
	unsigned m;

	CHECK(vty_mode_of_prompt(g, rd_str("OsmoHLR> "), &m) && m == mode(g, "view"));
	CHECK(vty_mode_of_prompt(g, rd_str("OsmoHLR# "), &m) && m == mode(g, "enable"));
	CHECK(vty_mode_of_prompt(g, rd_str("OsmoHLR(config-hlr)# "), &m) && m == mode(g, "config-hlr"));
	CHECK(!vty_mode_of_prompt(g, rd_str("OsmoHLR(config-nothing)# "), &m));
	CHECK(!vty_mode_of_prompt(g, rd_str("Password: "), &m));
	CHECK(!vty_mode_of_prompt(g, rd_str(""), &m));
}

static void gather(void *arg, struct rd word, struct rd doc, bool is_keyword)
{
	struct wr w = wr_to(arg);

	wr_bytes(&w, word);
	wr_str(&w, is_keyword ? " " : "* ");
	CHECK(wr_ok(&w));
}

static void candidates(const struct vty *g, const char *in_mode, const char *before, const char *want)
{
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 1 << 16);
	(void)vty_candidates(g, mode(g, in_mode), rd_str(before), gather, &out);
	CHECK_RD(buf_rd(&out), rd_str(want));
}

TEST(vty_help_is_what_the_element_shows)
{
	AUTO(vty_free) struct vty *g = osmo(HLR);

	candidates(g, "enable", "show subscriber ", "imsi msisdn id imei ");
	candidates(g, "enable", "sh", "show shutdown ");
	candidates(g, "enable", "show subscriber im", "imsi imei ");
	candidates(g, "enable", "show subscriber imsi ", "IDENT* ");
	candidates(g, "enable", "terminal length ", "0-512* ");
	candidates(g, "enable", "show version ", "<cr>* ");
	candidates(g, "config", "do show subscriber i", "imsi id imei ");
	candidates(g, "enable", "nonsense ", "");
}

TEST(vty_frr_whole_lines)
{
	AUTO(vty_free) struct vty *g = frr();
	AUTO(buf_done) struct buf out = { 0 };
	struct vty_command cmd;

	CHECK(vty_n_commands(g) > 900);
	expect(g, "enable", "sh ru", "show running-config");
	expect(g, "enable", "conf t", "configure terminal");
	expect(g, "enable", "conf", "configure");
	expect(g, "enable", "sh bg su", "show bgp summary");
	expect(g, "enable", "wr", "write");
	expect(g, "enable", "wr m", "write memory");
	expect(g, "enable", "term len 0", "terminal length 0");
	expect(g, "enable", "term len 600", "UNKNOWN");
	expect(g, "config-router", "neigh 192.0.2.1 remote-as 5", "neighbor 192.0.2.1 remote-as 5");
	expect(g, "config-router", "neighbor 192.0.2.1 desc one two", "neighbor 192.0.2.1 description one two");
	expect(g, "config-router", "do sh ru", "do show running-config");
	buf_init(&out, 512);
	CHECK_INT(vty_expand(g, mode(g, "config-router-af"), rd_str("hostn x"), &out, &cmd), 0);
	CHECK_RD(buf_rd(&out), rd_str("hostname x"));
	CHECK_U64(cmd.mode, mode(g, "config")); /* FRR looks above */
	expect(g, "config", "bgp graceful-sh", "bgp graceful-shutdown");
	expect(g, "config-router", "bgp grace", "AMBIGUOUS"); /* but not when something fits here */
	expect(g, "config-router", "no neighbor 192.0.2.1 shutdown", "no neighbor 192.0.2.1 shutdown");
}

TEST(vty_frr_pipes)
{
	AUTO(vty_free) struct vty *g = frr();

	expect(g, "enable", "sh ru | include pass", "show running-config | include pass");
	expect(g, "enable", "sh ru |  include   a b", "show running-config | include a b");
	expect(g, "enable", "sh ru | inc pass", "BAD_PIPE");
	expect(g, "enable", "sh ru | redirect /etc/x", "BAD_PIPE");
	expect(g, "enable", "sh ru | include x | include y", "BAD_PIPE");
	expect(g, "enable", "| include x", "BAD_PIPE");
	expect(g, "enable", "show nothing | include x", "UNKNOWN");
}

TEST(vty_frr_loops_take_each_once)
{
	AUTO(vty_free) struct vty *g = vty_new(VTY_FRR);
	uint32_t line;

	CHECK_INT(vty_load_list(g, rd_str("mode enable\n  agg A.B.C.D/M [{as-set|only|map NAME}]\n"
	    "  set <a|b X> (1-9)...\n  show ip\n  show ipv6\n  debug [<on [{x|y}]|off>]\n"), &line), 0);
	expect(g, "enable", "agg 10.0.0.0/8", "agg 10.0.0.0/8");
	expect(g, "enable", "agg 10.0.0.0/8 on as", "agg 10.0.0.0/8 only as-set");
	expect(g, "enable", "agg 10.0.0.0/8 map only only as", "agg 10.0.0.0/8 map only only as-set");
	expect(g, "enable", "agg 10.0.0.0/8 only only", "UNKNOWN");
	expect(g, "enable", "agg 10.0.0.0/33", "UNKNOWN");
	expect(g, "enable", "set b q 1 2 3", "set b q 1 2 3");
	expect(g, "enable", "set a", "INCOMPLETE");
	expect(g, "enable", "sh ip", "show ip");
	expect(g, "enable", "sh i", "AMBIGUOUS");
	expect(g, "enable", "debug on y x", "debug on y x");
	expect(g, "enable", "debug off x", "UNKNOWN");
}

TEST(vty_bad_files)
{
	static const char *const xml[] = { "", "<vtydoc>", "<x/>", "<vtydoc><command id='a'/></vtydoc>",
		"<!DOCTYPE x><vtydoc/>", "<vtydoc><node/></vtydoc>", "<vtydoc></node></vtydoc>",
		"<vtydoc/><vtydoc/>", "<vtydoc><node id='v'><command id='&x;'/></node></vtydoc>",
		"<vtydoc><node id='v'><other/></node></vtydoc>", "<vtydoc>\x01</vtydoc",
		"<vtydoc a='1' a='2'/>", "<vtydoc><node id='<'/></vtydoc>" };
	static const char *const list[] = { "  show\n", "what\n", "mode\n", "mode x\n  <a|b\n", "mode x\n  (9-1)\n" };
	uint32_t line;

	for (size_t i = 0; i < ARRAY_LEN(xml); i++) {
		AUTO(vty_free) struct vty *g = vty_new(VTY_OSMO);
		if (vty_load_xml(g, rd_str(xml[i]), &line) == 0)
			test_fail(__FILE__, __LINE__, "accepted %s", xml[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		AUTO(vty_free) struct vty *g = vty_new(VTY_FRR);
		if (vty_load_list(g, rd_str(list[i]), &line) == 0)
			test_fail(__FILE__, __LINE__, "accepted %s", list[i]);
	}
}

TEST(vty_malformed_patterns_are_left_out)
{
	static const char doc[] = "<vtydoc><node id='enable'><command id='(a|b'/><command id='a]'/>"
	    "<command id=''/><command id='&lt;9-1&gt;'/><command id='[[[[[[[[[a]]]]]]]]]'/>"
	    "<command id='good'/></node></vtydoc>";
	AUTO(vty_free) struct vty *g = vty_new(VTY_OSMO);
	uint32_t line;

	CHECK_INT(vty_load_xml(g, rd_str(doc), &line), 0);
	CHECK_U64(vty_n_skipped(g), 5);
	expect(g, "enable", "a", "UNKNOWN");
	expect(g, "enable", "go", "good");
}

TEST(vty_loads_all_published_references)
{
	AUTO(vty_free) struct vty *hlr = osmo(HLR);
	AUTO(vty_free) struct vty *msc = osmo("tests/data/vty/osmo-msc-1.9.0.xml");
	AUTO(vty_free) struct vty *bsc = osmo("tests/data/vty/osmo-bsc-1.9.0.xml");

	CHECK(vty_n_commands(hlr) > 200);
	CHECK(vty_n_commands(msc) > 300);
	CHECK(vty_n_commands(bsc) > 600);
	CHECK_U64(vty_n_skipped(hlr) + vty_n_skipped(msc), 0);
	CHECK_U64(vty_n_skipped(bsc), 1);
	expect(msc, "enable", "subscriber imsi 9 pag", "subscriber imsi 9 paging");
	expect(msc, "enable", "subscriber imsi 9 silent-sms send imsi 1 send a  b",
	    "subscriber imsi 9 silent-sms sender imsi 1 send a b");
}
