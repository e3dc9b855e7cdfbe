/*
 * Is:        the comparison of our expansion with a real osmo-hlr on loopback: for some
 *            hundred abbreviated commands, what we accept it accepts, what we refuse it
 *            refuses for the same reason, and where we say what a line means, the line
 *            and its expansion have the same effect there.
 * Is not:    run where osmo-hlr is not installed: then it is skipped, and says so.
 * Called by: the test run.
 * Owns:      one osmo-hlr with an empty database, in a directory of its own, stopped at
 *            the end by its process id.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/wr.h"
#include "proto/test_element.h"
#include "proto/xml.h"
#include "testing/test.h"

enum { LINES = 600, PATTERNS_MAX = 1000 };

struct pattern {
	char mode[64], text[512];
};
static struct pattern patterns[PATTERNS_MAX];
static unsigned n_patterns;

static void go_to(const struct vty *g, const char *mode)
{
	static const struct {
		const char *mode, *lines[5];
	} way[] = {
		{ "view", { NULL } },
		{ "enable", { "enable", NULL } },
		{ "config", { "enable", "configure terminal", NULL } },
		{ "config-hlr", { "enable", "configure terminal", "hlr", NULL } },
		{ "config-hlr-gsup", { "enable", "configure terminal", "hlr", "gsup", NULL } },
		{ "config-line", { "enable", "configure terminal", "line vty", NULL } },
		{ "config-mslookup", { "enable", "configure terminal", "mslookup", NULL } },
	};
	AUTO(buf_done) struct buf answer = { 0 };
	unsigned at, want;

	buf_init(&answer, 1 << 22);
	element_ask(g, "end", &answer, &at);
	element_ask(g, "disable", &answer, &at);
	for (size_t i = 0; i < ARRAY_LEN(way); i++)
		for (size_t k = 0; strcmp(way[i].mode, mode) == 0 && way[i].lines[k]; k++)
			element_ask(g, way[i].lines[k], &answer, &at);
	CHECK(vty_mode(g, rd_str(mode), &want));
	CHECK_U64(at, want);
}

/* --- lines from the published patterns ----------------------------------------------------- */

static void text_of(const struct xml_event *e, const char *attr, char *out, size_t size)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd raw;

	buf_init(&b, 4096);
	CHECK(xml_attr(e, attr, &raw) && xml_unescape(raw, &b));
	(void)snprintf(out, size, "%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

static void read_patterns(struct rd doc)
{
	struct xml x;
	struct xml_event e;
	char mode[64] = "";

	for (xml_init(&x, doc); xml_next(&x, &e) == 0 && e.kind != XML_END;) {
		if (e.kind == XML_OPEN && rd_is(&e.name, "node"))
			text_of(&e, "id", mode, sizeof(mode));
		if (e.kind != XML_OPEN || !rd_is(&e.name, "command") || n_patterns == PATTERNS_MAX)
			continue;
		struct pattern *p = &patterns[n_patterns++];
		(void)snprintf(p->mode, sizeof(p->mode), "%s", strcmp(mode, "_common_cmds_") ? mode : "enable");
		text_of(&e, "id", p->text, sizeof(p->text));
	}
}

/* What would end the session, the element, or the comparison. */
static bool is_harmless(const char *text)
{
	static const char *const not[] = { "shutdown", "write", "copy", "password", "enable password", "log ",
		"no log", "hostname", "no hostname", "exit", "end", "banner", "no banner", "database", "bind",
		"logging", "logp", "terminal", "service", "login", "no login", "show history", "show talloc",
		"stats", "no service", "cpu-affinity", "policy", "list", "mdns", "show stats", "show online", "ipa-name", "show uptime", "show pid", "show rate",
		/* osmo-hlr 1.5.0 dies in it after some configurations. */
		"show running-config" };

	for (size_t i = 0; i < ARRAY_LEN(not); i++)
		if (strncmp(text, not[i], strlen(not[i])) == 0)
			return false;
	return true;
}

static void put_keyword(struct wr *w, const char *word, size_t n)
{
	size_t keep = test_below(3) ? n : 1 + (size_t)test_below(n);

	wr_bytes(w, rd_of(word, keep));
}

/* One alternative of a place: keyword, range, or a name in capitals. */
static void put_alternative(struct wr *w, const char *a, size_t n)
{
	if (a[0] == '<')
		wr_bytes(w, rd_of(a + 1, strcspn(a + 1, "-")));
	else if (a[0] == '.')
		wr_str(w, "some  words");
	else if (strncmp(a, "A.B.C.D", 7) == 0)
		wr_str(w, "127.0.0.9");
	else if (a[0] >= 'A' && a[0] <= 'Z')
		wr_str(w, "999700000000042");
	else
		put_keyword(w, a, n);
}

static void put_place(struct wr *w, const char *word, size_t n)
{
	size_t n_alternatives = 1, pick;

	if (word[0] == '(' && word[n - 1] == ')') {
		word++;
		n -= 2;
	}
	for (size_t i = 0; i < n; i++)
		n_alternatives += word[i] == '|';
	for (pick = (size_t)test_below(n_alternatives); pick > 0; pick--) {
		size_t skip = strcspn(word, "|") + 1;
		word += skip;
		n -= skip;
	}
	size_t len = strcspn(word, "|");
	put_alternative(w, word, len < n ? len : n);
}

static void make_line(const char *pattern, struct buf *line)
{
	struct wr w = wr_to(line);
	size_t n;

	for (const char *p = pattern; *p; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (p[0] == '[' && test_below(2))
			break;
		wr_str(&w, test_below(20) ? "" : " ");
		if (p[0] == '[')
			put_place(&w, p + 1, n - 2);
		else
			put_place(&w, p, n);
		wr_u8(&w, ' ');
	}
	if (test_below(15) == 0)
		wr_str(&w, "extra");
	CHECK(wr_ok(&w) && buf_put_u8(line, 0));
}

static int verdict_of(const struct buf *answer)
{
	struct rd r = buf_rd(answer);

	return rd_word(&r, "% Unknown command.") ? VTY_UNKNOWN : rd_word(&r, "% Ambiguous command.")
	    ? VTY_AMBIGUOUS : rd_word(&r, "% Command incomplete.") ? VTY_INCOMPLETE : 0;
}

/* One line: the element's verdict and ours; then the expansion in its place. */
static bool compare(const struct vty *g, const char *mode, const char *line, unsigned *n_accepted)
{
	AUTO(buf_done) struct buf ours = { 0 }, theirs = { 0 }, again = { 0 };
	struct vty_command cmd;
	unsigned at, mode_line, mode_full;
	char full[1024];
	int rc;

	buf_init(&ours, 8192);
	buf_init(&theirs, 1 << 22);
	buf_init(&again, 1 << 22);
	CHECK(vty_mode(g, rd_str(mode), &at));
	rc = vty_expand(g, at, rd_str(line), &ours, &cmd);
	(void)snprintf(full, sizeof(full), "%.*s", (int)ours.len, (const char *)buf_rd(&ours).p);
	if (rc == 0 && !is_harmless(cmd.is_do ? full + 3 : full))
		return false;
	go_to(g, mode);
	element_ask(g, line, &theirs, &mode_line);
	if (rc == VTY_EMPTY || verdict_of(&theirs) != rc)
		test_fail(__FILE__, __LINE__, "%s: '%s': we say %d (%s), the element %d", mode, line, rc, full,
		    verdict_of(&theirs));
	if (rc != 0)
		return true;
	go_to(g, mode);
	element_ask(g, full, &again, &mode_full);
	CHECK_U64(mode_full, mode_line);
	CHECK_U64(verdict_of(&again), 0);
	if (strncmp(full, "show", 4) == 0)
		CHECK_RD(buf_rd(&again), buf_rd(&theirs));
	++*n_accepted;
	return true;
}

static bool knows_way(const char *mode)
{
	static const char *const modes[] = { "view", "enable", "config", "config-hlr", "config-hlr-gsup",
		"config-line", "config-mslookup" };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i], mode) == 0)
			return true;
	return false;
}

TEST(vty_expansion_equals_the_element)
{
	AUTO(mem_free) uint8_t *raw = NULL;
	AUTO(vty_free) struct vty *g = vty_new(VTY_OSMO);
	AUTO(buf_done) struct buf line = { 0 };
	struct rd prompt;
	uint32_t at;
	unsigned n_lines = 0, n_accepted = 0;

	element_start_hlr();
	size_t n = test_file("tests/data/vty/osmo-hlr-1.5.0.xml", &raw);
	CHECK_INT(vty_load_xml(g, rd_of(raw, n), &at), 0);
	read_patterns(rd_of(raw, n));
	element_until_prompt(&prompt);
	buf_init(&line, 4096);
	while (n_lines < LINES) {
		const struct pattern *p = &patterns[test_below(n_patterns)];
		const char *mode = p->mode;
		buf_reset(&line);
		if (strcmp(mode, "enable") == 0 && test_below(4) == 0) {
			CHECK(buf_put_str(&line, "do "));
			mode = test_below(2) ? "config" : "config-hlr-gsup";
		} else if (strcmp(mode, "config") == 0 && test_below(4) == 0) {
			mode = "config-hlr"; /* not found: the modes above are not asked */
		}
		if (!knows_way(mode) || !is_harmless(p->text))
			continue;
		make_line(p->text, &line);
		n_lines += compare(g, mode, (const char *)buf_rd(&line).p, &n_accepted);
	}
	printf("%u lines compared with osmo-hlr, %u of them accepted\n", n_lines, n_accepted);
	CHECK(n_accepted > LINES / 4);
	element_stop();
}
