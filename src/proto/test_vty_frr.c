/*
 * Is:        the comparison of our expansion with a real bgpd of FRR on loopback: the same
 *            verdict, and the same mode and answer for a line and for its expansion.
 * Is not:    run where FRR is not installed: then it is skipped, and says so.
 * Called by: the test run.
 * Owns:      one bgpd without neighbours, listening for BGP on loopback alone.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "proto/test_element.h"
#include "testing/test.h"

#define BGPD "/usr/lib/frr/bgpd"

static const struct {
	const char *mode, *line;
} lines[] = {
	{ "enable", "sh ver" }, { "enable", "sh bg su" }, { "enable", "show bgp summ" }, { "enable", "sh ip bg" },
	{ "enable", "show ip bgp neigh" }, { "enable", "show ip bgp 192.0.2.1" }, { "enable", "sh ip bg 192.0.2.0/24 be" },
	{ "enable", "sh ip bg 192.0.2.0/33" }, { "enable", "sh ip bg 192.0.2.300" }, { "enable", "s" },
	{ "enable", "show" }, { "enable", "sh" }, { "enable", "sho nothing" }, { "enable", "show version extra" },
	{ "enable", "SHOW version" }, { "enable", "  sh   ver  " }, { "enable", "wh" }, { "enable", "w" },
	{ "enable", "con" }, { "enable", "conf t" }, { "enable", "conf x" }, { "enable", "term len 0" },
	{ "enable", "term len 513" }, { "enable", "term len" }, { "enable", "do show version" }, { "enable", "show hist" },
	{ "enable", "show bgp ipv4 uni sum" }, { "enable", "show bgp ipv4 unicast json" }, { "enable", "show ip bg 2001:db8::1" },
	{ "enable", "show bgp ipv6 2001:db8::1" }, { "enable", "! comment" }, { "enable", "# comment" },
	{ "config", "do sh ver" }, { "config", "do" }, { "config", "do do sh ver" }, { "config", "sh ver" },
	{ "config", "router bg 64512" }, { "config", "rou bgp 64512 vrf" }, { "config", "ip prefix-l p seq 5 per 10.0.0.0/8 le 24" },
	{ "config", "ip prefix-l p seq 5 per 10.0.0.0/8 le 99" }, { "config", "no ip prefix-l p" }, { "config", "bgp graceful-sh" },
	{ "config", "no bgp graceful-sh" }, { "config", "acc" }, { "config", "access-list 7 per 10.0.0.0/8" },
	{ "config-router", "neig 192.0.2.9 rem 64513" }, { "config-router", "neigh 192.0.2.9 desc two  words" },
	{ "config-router", "neigh 192.0.2.9 nothing" }, { "config-router", "neigh" }, { "config-router", "no neig 192.0.2.9 desc" },
	{ "config-router", "timers bgp 10 30" }, { "config-router", "tim b 10" }, { "config-router", "tim b 10 99999999" },
	{ "config-router", "addr ipv4 uni" }, { "config-router", "address-family ipv4" }, { "config-router", "netw 192.0.2.0/24" },
	{ "config-router", "no netw 192.0.2.0/24" }, { "config-router", "do sh bg su" }, { "config-router", "bgp grace" },
	{ "config-router", "ip prefix-l q seq 5 permit any" }, /* from the mode above, which it then is in */
	{ "config-router-af", "netw 192.0.2.0/24 back" }, { "config-router-af", "no netw 192.0.2.0/24" },
	{ "config-router-af", "aggregate-address 192.0.2.0/24 sum as-set" },
	{ "config-router-af", "aggregate-address 192.0.2.0/24 as-set as-set" },
	{ "config-router-af", "no aggregate-address 192.0.2.0/24" }, { "config-router-af", "exit-a" },
	{ "config-router-af", "ip prefix-l r seq 5 permit any" },
};

static void start(void)
{
	char config[128], pid[128], zserv[128];
	FILE *f;

	if (access(BGPD, X_OK) != 0)
		test_skip("%s is not installed", BGPD);
	element_init(DIALECT_FRR, 2605);
	(void)snprintf(config, sizeof(config), "%s/bgpd.conf", element.dir);
	(void)snprintf(pid, sizeof(pid), "%s/bgpd.pid", element.dir);
	(void)snprintf(zserv, sizeof(zserv), "%s/zserv", element.dir);
	f = fopen(config, "w");
	CHECK(f);
	(void)fprintf(f, "hostname pe1\npassword x\nrouter bgp 64512\n bgp router-id 127.0.0.9\n");
	CHECK(fclose(f) == 0);
	element_start((char *[]){ BGPD, "-S", "-n", "-f", config, "-A", element.address, "-P", "2605", "-p", "0",
	    "-l", element.address, "-i", pid, "--vty_socket", element.dir, "-z", zserv, NULL });
}

static int verdict_of(const struct buf *answer)
{
	static const struct {
		const char *text;
		int verdict;
	} known[] = { { "% [BGP] Unknown command", VTY_UNKNOWN }, { "% Unknown command", VTY_UNKNOWN },
		{ "% Ambiguous command", VTY_AMBIGUOUS }, { "% Command incomplete", VTY_INCOMPLETE } };
	struct rd r = buf_rd(answer);

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (rd_word(&r, known[i].text))
			return known[i].verdict;
	return 0;
}

static void go_to(const struct vty *g, const char *mode, struct buf *answer)
{
	static const char *const way[] = { "enable", "config", "config-router", "config-router-af" };
	static const char *const by[] = { "end", "configure terminal", "router bgp 64512",
		"address-family ipv4 unicast" };
	unsigned at = 0, want;

	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		element_ask(g, by[i], answer, &at);
		if (strcmp(way[i], mode) == 0)
			break;
	}
	CHECK(vty_mode(g, rd_str(mode), &want));
	CHECK_U64(at, want);
}

static void compare(const struct vty *g, const char *mode, const char *line)
{
	AUTO(buf_done) struct buf ours = { 0 }, theirs = { 0 }, again = { 0 };
	unsigned at, mode_line = 0, mode_full = 0;
	struct vty_command cmd;
	char full[512];

	buf_init(&ours, 8192);
	buf_init(&theirs, 1 << 22);
	buf_init(&again, 1 << 22);
	CHECK(vty_mode(g, rd_str(mode), &at));
	int rc = vty_expand(g, at, rd_str(line), &ours, &cmd);
	(void)snprintf(full, sizeof(full), "%.*s", (int)ours.len, (const char *)buf_rd(&ours).p);
	go_to(g, mode, &theirs);
	element_ask(g, line, &theirs, &mode_line);
	if (verdict_of(&theirs) != (rc == VTY_EMPTY ? 0 : rc))
		test_fail(__FILE__, __LINE__, "%s: '%s': we say %d (%s), the element %d", mode, line, rc, full,
		    verdict_of(&theirs));
	if (rc != 0)
		return;
	go_to(g, mode, &again);
	element_ask(g, full, &again, &mode_full);
	CHECK_U64(mode_full, mode_line);
	CHECK_U64(verdict_of(&again), 0);
	if (strncmp(full, "show", 4) == 0 && strcmp(full, "show history") != 0)
		CHECK_RD(buf_rd(&again), buf_rd(&theirs));
}

TEST(vty_expansion_equals_bgpd)
{
	static const char *const login[] = { "x", "terminal length 0", "enable" };
	AUTO(mem_free) uint8_t *raw = NULL;
	AUTO(vty_free) struct vty *g = vty_new(VTY_FRR);
	AUTO(buf_done) struct buf answer = { 0 };
	struct rd prompt;
	uint32_t line;
	unsigned at;

	start();
	size_t n = test_file("tests/data/vty/frr-bgpd-8.4.list", &raw);
	CHECK_INT(vty_load_list(g, rd_of(raw, n), &line), 0);
	buf_init(&answer, 1 << 22);
	element_until_prompt(&prompt);
	for (size_t i = 0; i < ARRAY_LEN(login); i++)
		element_ask(g, login[i], &answer, &at);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		compare(g, lines[i].mode, lines[i].line);
	element_stop();
}
