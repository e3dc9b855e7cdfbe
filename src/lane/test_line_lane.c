/*
 * Is:        tests of the lane of command lines, against an element that answers from a
 *            recorded transcript: what reached it is compared, not what we meant.
 * Is not:    a test of I/O.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/wr.h"
#include "lane/line_lane.h"
#include "proto/telnet.h"
#include "testing/test.h"

#define RAW(s) rd_of(s, sizeof(s) - 1)

/* A session: the lane, the element behind it, and what happened. */
static struct {
	struct line_lane *lane;
	struct lane_orders orders;
	struct vty *vty;
	struct mml_dialect mml;
	uint8_t *file, *script;
	struct rd transcript;
	struct telnet server;
	struct buf typed;     /* at the element: its current line */
	struct buf got;       /* lines that the element received, each with \n */
	struct buf screen;    /* what the engineer saw */
	struct buf notes;     /* orders for the record */
	const char *prompt;
	char prompt_text[64];
	const char *deny;     /* a command holding this is denied */
	const char *ask;
	const char *mask, *hold;
	bool lies, no_answer; /* echoes something else; says nothing */
	uint32_t id;
	size_t cut;           /* bytes of each feed from the element */
	bool over;
	bool says_more; /* before it answers to a secret */
} s;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	return test_holds(c->canonical, s.deny) ? LANE_DENY : test_holds(c->canonical, s.ask) ? LANE_ASK : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	if (test_holds(text, s.hold))
		return LOOK_HOLD;
	if (!test_holds(text, s.mask))
		return LOOK_PASS;
	return buf_put_str(out, "[masked]\r\n") ? LOOK_REPLACE : LOOK_END;
}

static void pump(void);

static void element_says(struct rd text)
{
	struct rd part;

	while (text.len && !s.over) {
		CHECK(rd_take(&text, text.len < s.cut ? text.len : s.cut, &part));
		line_lane_feed(s.lane, LANE_ELEMENT, part, &s.orders);
		pump();
	}
}

/* The length of the prompt that `line` of the transcript begins with, or 0. */
static size_t prompt_len(struct rd line)
{
	struct rd front;

	for (size_t i = 3; i < 40 && rd_slice(&line, 0, i, &front); i++)
		if (front.p[i - 1] == ' ' && (front.p[i - 2] == '#' || front.p[i - 2] == '>') &&
		    (rd_word(&front, "OsmoHLR") || rd_word(&front, "pe1")))
			return i;
	return 0;
}

/* What the transcript has behind `command`; false when nobody typed it there. */
static bool find_answer(struct rd command, struct wr *answer)
{
	struct rd all = s.transcript, line, rest;
	bool found = false;

	while (rd_until(&all, '\n', &line)) {
		size_t n = prompt_len(line);
		if (found && n) {
			(void)snprintf(s.prompt_text, sizeof(s.prompt_text), "%.*s", (int)n, (const char *)line.p);
			return true;
		}
		if (found) {
			wr_bytes(answer, line);
			wr_str(answer, "\r\n");
		}
		rest = line;
		found |= n && rd_skip(&rest, n) && rd_equal(&rest, &command);
	}
	return found;
}

/* The element got a whole line. */
static void element_line(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	CHECK(buf_put_rd(&s.got, buf_rd(&s.typed)) && buf_put_u8(&s.got, '\n'));
	if (s.no_answer) {
		buf_reset(&s.typed);
		return;
	}
	buf_init(&b, 1 << 20);
	wr_bytes(&w, s.lies ? rd_str("something else") : buf_rd(&s.typed));
	wr_str(&w, "\r\n");
	if (!find_answer(buf_rd(&s.typed), &w) && s.transcript.len)
		wr_str(&w, "% Unknown command.\r\n");
	wr_str(&w, s.prompt_text);
	CHECK(wr_ok(&w));
	buf_reset(&s.typed);
	element_says(buf_rd(&b));
}

static void element_hears(struct rd wire)
{
	AUTO(buf_done) struct buf text = { 0 }, reply = { 0 };
	struct rd r;
	uint8_t c;

	buf_init(&text, 1 << 16);
	buf_init(&reply, 1 << 16);
	CHECK_INT(telnet_feed(&s.server, wire, &text, &reply), 0);
	r = buf_rd(&text);
	while (rd_u8(&r, &c)) {
		if (c == '\r')
			element_line();
		else
			CHECK(buf_put_u8(&s.typed, c));
	}
}

static void note(const struct order *order)
{
	static const char *const names[] = { [ORDER_SEND] = "", [ORDER_COMMAND] = "command ", [ORDER_REFUSE] = "refuse ",
		[ORDER_ASK] = "ask ", [ORDER_HOLD] = "hold ", [ORDER_SECRET] = "secret ", [ORDER_FINDING] = "finding ",
		[ORDER_END] = "end " };
	struct wr w = wr_to(&s.notes);

	CHECK((size_t)order->kind < ARRAY_LEN(names) && names[order->kind]); /* a line lane gives no other */
	wr_str(&w, names[order->kind]);
	wr_bytes(&w, order->bytes);
	if (order->kind == ORDER_SECRET)
		wr_dec(&w, order->secret);
	if (order->why)
		wr_text(&w, ": %s", lane_why_text(order->why));
	wr_u8(&w, '\n');
	CHECK(wr_ok(&w));
}

/* Carries the orders out. The list is emptied first: the element answers at once. */
static void pump(void)
{
	AUTO(buf_done) struct buf to_element = { 0 };
	bool secret = false;

	buf_init(&to_element, 1 << 20);
	for (size_t i = 0; i < lane_n_orders(&s.orders); i++) {
		struct order order = lane_order(&s.orders, i);
		CHECK(!s.over); /* nothing comes behind an end */
		if (order.kind == ORDER_SEND) {
			CHECK(buf_put_rd(order.to == LANE_ELEMENT ? &to_element : &s.screen, order.bytes));
			continue;
		}
		note(&order);
		s.over = order.kind == ORDER_END;
		s.id = order.id ? order.id : s.id;
		secret |= order.kind == ORDER_SECRET;
	}
	lane_orders_reset(&s.orders);
	element_hears(buf_rd(&to_element));
	if (secret && !s.says_more)
		element_says(rd_str(s.notes.len > 10 ? "\r\npe1> " : "\r\nPassword: "));
}

static void types(struct rd keys)
{
	line_lane_feed(s.lane, LANE_ENGINEER, keys, &s.orders);
	pump();
}

static void stop(void)
{
	line_lane_free(&s.lane);
	vty_free(&s.vty);
	lane_orders_done(&s.orders);
	buf_done(&s.typed);
	buf_done(&s.got);
	buf_done(&s.screen);
	buf_done(&s.notes);
	mem_free(&s.file);
	mem_free(&s.script);
}

static void start_bare(void)
{
	stop();
	memset(&s, 0, sizeof(s));
	s.cut = LANE_FEED_MAX;
	telnet_init(&s.server, TELNET_SERVER, "");
	lane_orders_init(&s.orders);
	buf_init(&s.typed, 1 << 20);
	buf_init(&s.got, 1 << 20);
	buf_init(&s.screen, 1 << 24);
	buf_init(&s.notes, 1 << 20);
}

static void start(enum dialect d, const char *grammar, const char *transcript, bool engineer_is_telnet)
{
	struct line_lane_config config = { .dialect = d, .element_is_telnet = true, .width = 200, .height = 50,
		.engineer_is_telnet = engineer_is_telnet, .hooks = { .judge = judge, .look = look } };
	uint32_t line;
	size_t n;

	start_bare();
	n = test_file(grammar, &s.file);
	if (d == DIALECT_OSMOCOM_VTY || d == DIALECT_FRR) {
		config.vty = s.vty = vty_new(d == DIALECT_FRR ? VTY_FRR : VTY_OSMO);
		CHECK_INT(d == DIALECT_FRR ? vty_load_list(s.vty, rd_of(s.file, n), &line)
		                           : vty_load_xml(s.vty, rd_of(s.file, n), &line), 0);
	} else {
		CHECK_INT(mml_dialect(&s.mml, rd_of(s.file, n), &line), 0);
		config.mml = &s.mml;
	}
	n = transcript ? test_file(transcript, &s.script) : 0;
	s.transcript = rd_of(s.script, n);
	s.lane = line_lane_new(&config);
	line_lane_start(s.lane, &s.orders);
	pump();
}

static void start_hlr(void)
{
	start(DIALECT_OSMOCOM_VTY, "tests/data/vty/osmo-hlr-1.5.0.xml", "tests/data/lane/osmo-hlr.txt", false);
	element_says(RAW("Welcome\r\n\xff\xfb\x01\xff\xfb\x03\xff\xfe\"\xff\xfd\x1fOsmoHLR> "));
	CHECK(line_lane_is_ready(s.lane));
}

/* Without a grammar; the prompts are pe1's. */
static void start_plain(enum dialect d)
{
	struct line_lane_config config = { .dialect = d, .element_is_telnet = true, .width = 200, .height = 50,
		.hooks = { .judge = judge, .look = look } };

	start_bare();
	s.no_answer = true;
	s.lane = line_lane_new(&config);
	line_lane_start(s.lane, &s.orders);
	pump();
	element_says(rd_str("pe1> "));
	CHECK(line_lane_is_ready(s.lane));
}

/* It says something, gets a secret or not, and says the rest. */
static void element_says_both(const char *first, const char *rest)
{
	s.says_more = true;
	element_says(rd_str(first));
	if (!s.over)
		element_says(rd_str(rest));
	s.says_more = false;
}

#define GOT(text) CHECK_RD(buf_rd(&s.got), rd_str(text))

TEST(lane_sends_canonical_commands_only)
{
	start_hlr();
	types(rd_str("ter le 0\r"));
	types(rd_str("ena\r"));
	types(rd_str("show subscriber imsi 999700000000049\x08" "2\r"));
	GOT("terminal length 0\nenable\nshow subscriber imsi 999700000000042\n");
	CHECK(test_holds(buf_rd(&s.screen), "MSISDN: 999000000042"));
	CHECK(test_holds(buf_rd(&s.screen), "= terminal length 0"));
	types(rd_str("\x1b[A\x1b[A\x1b[A\r")); /* recalled, judged again: ter le 0 */
	GOT("terminal length 0\nenable\nshow subscriber imsi 999700000000042\nterminal length 0\n");
}

/* Every way round the filter that a terminal offers; the element must not see it. */
TEST(lane_refused_commands_never_reach_the_element)
{
	static const struct {
		const char *keys;
	} tries[] = { { "show subscribers all\r" }, { "show subscribers al\r" }, { "  show   subscribers  a\r" },
		{ "show version\x15show subscribers all\r" }, { "show version\x03show subscribers all\r" },
		{ "\x1b[200~show subscribers all\r\x1b[201~" }, { "show subscribers all\x1b[D\x1b[D\r" },
		{ "show subscribers \x1b]0;x\x07" "all\r" }, { "show sub\x1b[31mscribers all\r" },
		{ "\x12subscribers all\r" }, { "x\x15show subscribers al\t\r" }, { "do show subscribers all\r" },
		{ "show subscribers all\n" }, { "show subscribers all | include x\r" }, { "show subscribers all ?\x08\r" },
		{ "show subscribers\xe2\x80\x8b all\r" }, { "all\x01show subscribers \r" } };

	start_hlr();
	types(rd_str("enable\r"));
	s.deny = "subscribers all";
	for (size_t i = 0; i < ARRAY_LEN(tries); i++)
		types(rd_str(tries[i].keys));
	GOT("enable\n");
	CHECK(test_holds(buf_rd(&s.notes), "refuse show subscribers all: your grant does not cover it"));
	types(rd_str("\x03show gsup-connections\r"));
	GOT("enable\nshow gsup-connections\n");
}

TEST(lane_paste_is_judged_line_by_line)
{
	start_hlr();
	s.deny = "subscribers all";
	types(rd_str("\x1b[200~enable\r\nshow subscribers all\r\nshow gsup-connections\r\n\x1b[201~"));
	GOT("enable\nshow gsup-connections\n");
}

TEST(lane_telnet_options_inside_a_word)
{
	start(DIALECT_OSMOCOM_VTY, "tests/data/vty/osmo-hlr-1.5.0.xml", "tests/data/lane/osmo-hlr.txt", true);
	element_says(RAW("\xff\xfb\x01OsmoHLR> "));
	s.deny = "subscribers all";
	types(RAW("enable\r\n"));
	types(RAW("show sub\xff\xfd\x2ascri\xff\xfa\x18x\xff\xf0" "bers al\xff\xf1l\r\0"));
	types(RAW("show gsup\xff\xfb\x63-conn\xff\xf1" "ections\r\0"));
	GOT("enable\nshow gsup-connections\n");
	CHECK(test_holds(buf_rd(&s.notes), "refuse show subscribers all"));
}

TEST(lane_asks_and_waits)
{
	start_hlr();
	types(rd_str("enable\r"));
	s.ask = "show subscriber";
	types(rd_str("show subscriber imsi 999700000000042\rshow gsup-connections\r"));
	GOT("enable\n");
	line_lane_answer(s.lane, s.id + 1, true, &s.orders); /* another's approval */
	pump();
	GOT("enable\n");
	line_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	GOT("enable\nshow subscriber imsi 999700000000042\nshow gsup-connections\n");
	types(rd_str("show subscriber msisdn 999000000042\r"));
	line_lane_answer(s.lane, s.id, false, &s.orders);
	pump();
	line_lane_answer(s.lane, s.id, true, &s.orders); /* a second answer changes nothing */
	pump();
	GOT("enable\nshow subscriber imsi 999700000000042\nshow gsup-connections\n");
}

TEST(lane_does_what_the_inspector_orders)
{
	start_hlr();
	types(rd_str("enable\r"));
	s.mask = "KI=";
	types(rd_str("show subscriber imsi 999700000000042\r"));
	CHECK(test_holds(buf_rd(&s.screen), "[masked]"));
	CHECK(!test_holds(buf_rd(&s.screen), "f937665932ee6c6dbb7fa771e98463ea"));
	s.hold = "MSISDN";
	types(rd_str("show subscriber msisdn 999000000042\r"));
	CHECK(!test_holds(buf_rd(&s.screen), "MSISDN"));
	CHECK_U64(line_lane_room(s.lane, LANE_ELEMENT), 0);
	types(rd_str("show gsup-connections\r")); /* nothing goes on while held */
	GOT("enable\nshow subscriber imsi 999700000000042\nshow subscriber msisdn 999000000042\n");
	line_lane_answer(s.lane, s.id, true, &s.orders);
	pump();
	CHECK(test_holds(buf_rd(&s.screen), "MSISDN"));
	GOT("enable\nshow subscriber imsi 999700000000042\nshow subscriber msisdn 999000000042\nshow gsup-connections\n");
	types(rd_str("show subscriber msisdn 999000000042\r"));
	line_lane_answer(s.lane, s.id, false, &s.orders);
	pump();
	CHECK(s.over);
}

TEST(lane_reports_a_different_echo)
{
	start_hlr();
	s.lies = true;
	types(rd_str("enable\r"));
	CHECK(test_holds(buf_rd(&s.notes), "finding enable: the element echoed something else"));
}

TEST(lane_logs_in_and_shows_no_secret)
{
	start(DIALECT_FRR, "tests/data/vty/frr-bgpd-8.4.list", "tests/data/lane/frr-bgpd.txt", false);
	types(rd_str("show version\r")); /* typed before the element is ready: waits */
	element_says(rd_str("User Access Verification\r\n\r\nPassword: "));
	CHECK_RD(buf_rd(&s.notes), rd_str("secret 1\nsecret 1\ncommand show version\n"));
	GOT("show version\n");
	s.no_answer = true;
	element_says(rd_str("pe1> "));
	types(rd_str("enable\r"));
	buf_reset(&s.notes);
	element_says_both("enable\r\nPassword: ", "\r\nPassword: ");
	element_says_both("", "\r\npe1# ");
	CHECK_RD(buf_rd(&s.notes), rd_str("secret 2\nsecret 2\n"));
	CHECK(line_lane_is_ready(s.lane));
}

/* What prints the words of a prompt gets no secret: it would show it, or give it to another host. */
TEST(lane_gives_no_secret_to_output)
{
	static const char *const tries[] = { "echo Password:", "show history", "enable view", "telnet 192.0.2.1" };

	start_plain(DIALECT_CISCO_LIKE);
	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		types(rd_str(tries[i]));
		types(rd_str("\r"));
		element_says_both(tries[i], "\r\nPassword:");
		CHECK(!test_holds(buf_rd(&s.notes), "secret"));
		element_says(rd_str("\r\npe1> "));
		CHECK(line_lane_is_ready(s.lane));
	}
	types(rd_str("enable\r"));
	element_says_both("enable\r\n", "alarm of 12:00\r\nPassword:"); /* something else printed this */
	CHECK(!test_holds(buf_rd(&s.notes), "secret"));
	element_says(rd_str("\r\npe1> "));
	types(rd_str("en\r"));
	element_says_both("en\r\n", "Password: ");
	CHECK(test_holds(buf_rd(&s.notes), "secret 2"));
}

/* An element that shows what it got for a password had asked for none; and each cut of it. */
TEST(lane_ends_before_a_secret_is_shown)
{
	for (size_t cut = 1; cut < 20; cut++) {
		start_plain(DIALECT_CISCO_LIKE);
		s.cut = cut;
		types(rd_str("enable\r"));
		element_says_both("enable\r\nPassword: ", "s3cret\r\n% Unknown command: s3cret\r\npe1> ");
		CHECK(s.over);
		CHECK(test_holds(buf_rd(&s.notes), "the element showed what it was given as a password"));
		CHECK(!test_holds(buf_rd(&s.screen), "s3") && !test_holds(buf_rd(&s.screen), "s3cret"));
		start_plain(DIALECT_CISCO_LIKE);
		s.cut = cut;
		types(rd_str("enable\r"));
		element_says_both("enable\r\nPassword: ", "******\b \r\npe1# ");
		CHECK(!s.over && line_lane_is_ready(s.lane));
	}
}

/* A password that is asked for and not the gate's: an empty line goes, nothing that is typed. */
TEST(lane_takes_no_password)
{
	start_plain(DIALECT_GENERIC_LINE);
	types(rd_str("passwd\r"));
	element_says(rd_str("passwd\r\nNew password: "));
	buf_reset(&s.screen);
	types(rd_str("hunter2\r"));
	CHECK(!test_holds(buf_rd(&s.screen), "hunter2") && !test_holds(buf_rd(&s.notes), "hunter2"));
	CHECK(test_holds(buf_rd(&s.notes), "refuse a password: it carries a password"));
	CHECK_U64(s.typed.len, 0);
	types(rd_str("\r"));
	CHECK_RD(buf_rd(&s.got), rd_str("passwd\n\n"));
	element_says(rd_str("\r\npe1> "));
	types(rd_str("show version\r"));
	CHECK(test_holds(buf_rd(&s.screen), "show version"));
	GOT("passwd\n\nshow version\n");
}

/* The words of a question amid output are none, once more comes. */
TEST(lane_goes_on_behind_words_of_a_question)
{
	start_plain(DIALECT_GENERIC_LINE);
	types(rd_str("show motd\rshow version"));
	element_says(rd_str("show motd\r\nSure? (y/n)"));
	element_says(rd_str(" is what it asks.\r\npe1> "));
	types(rd_str("\r"));
	CHECK(!test_holds(buf_rd(&s.notes), "refuse"));
	GOT("show motd\nshow version\n");
}

/* Beyond ASCII nobody knows what the element reads. */
TEST(lane_lines_are_ascii)
{
	static const enum dialect plain[] = { DIALECT_CISCO_LIKE, DIALECT_GENERIC_LINE };

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		start_plain(plain[i]);
		types(rd_str("show subscriber 9997\xc3\xa9" "0043\r"));
		GOT("");
		CHECK(test_holds(buf_rd(&s.notes), "it holds characters that no command may hold"));
	}
	start(DIALECT_MML_HUAWEI, "src/proto/dialects/mml-huawei.mml", NULL, false);
	element_says(rd_str("MSC01>"));
	types(rd_str("LST SUB:ISDN=\"9997\xc3\xa9" "0043\";\r"));
	GOT("");
	CHECK(test_holds(buf_rd(&s.notes), "it holds characters that no command may hold"));
}

/* Who has said all that he will say sees the rest: nobody presses a key any more. */
TEST(lane_pager_goes_on_behind_the_end_of_input)
{
	start_hlr();
	s.no_answer = true;
	types(rd_str("enable\r\x04"));
	for (int i = 0; i < 3; i++)
		element_says(rd_str(i ? "\rmore\r\n --More-- " : "enable\r\nmuch\r\n --More-- "));
	CHECK_RD(buf_rd(&s.typed), rd_str("   "));
	element_says(rd_str("\rlast\r\nOsmoHLR# "));
	CHECK(s.over);
	CHECK(test_holds(buf_rd(&s.notes), "end : you left"));
}

TEST(lane_mml_commands_one_by_one)
{
	start(DIALECT_MML_AXE, "src/proto/dialects/mml-axe.mml", NULL, false);
	(void)snprintf(s.prompt_text, sizeof(s.prompt_text), "<");
	element_says(rd_str("WO\r\n<"));
	s.deny = "&&";
	types(rd_str("HGSDP:MSISDN=1;hgsdp:msisdn=2,\rall;\r"));
	GOT("HGSDP:MSISDN=1;\nHGSDP:MSISDN=2,all;\n");
	types(rd_str("HGSDP:MSISDN=3;HGSDP:MSISDN=1&&9;HGSDP:MSISDN=4;\r"));
	GOT("HGSDP:MSISDN=1;\nHGSDP:MSISDN=2,all;\nHGSDP:MSISDN=3;\n");
}

TEST(lane_reports_a_switch_of_element)
{
	start(DIALECT_MML_HUAWEI, "src/proto/dialects/mml-huawei.mml", NULL, false);
	(void)snprintf(s.prompt_text, sizeof(s.prompt_text), "MSC01>");
	element_says(rd_str("MSC01>"));
	types(rd_str("REG NE:NAME=\"MSC02\";\r"));
	CHECK(test_holds(buf_rd(&s.notes), "finding REG NE:NAME=\"MSC02\";: the session moves to another element"));
	types(rd_str("LGI:OP=\"x\",PWD=\"y\";\r"));
	CHECK(test_holds(buf_rd(&s.notes), "refuse LGI: it carries a password"));
	GOT("REG NE:NAME=\"MSC02\";\n");
}

TEST(lane_output_while_typing_keeps_the_line)
{
	start_hlr();
	types(rd_str("show ver"));
	buf_reset(&s.screen);
	element_says(rd_str("\r\n<0003> alarm\r\n"));
	CHECK_RD(buf_rd(&s.screen), rd_str("\r\n<0003> alarm\r\n\r\x1b[KOsmoHLR> show ver"));
	element_says(rd_str("OsmoHLR# ")); /* printed by somebody: the mode does not change */
	types(rd_str("\x15" "configure terminal\r"));
	GOT("");
}

TEST(lane_half_a_line_at_a_resize)
{
	start_hlr();
	s.deny = "subscribers all";
	types(rd_str("ena"));
	line_lane_resize(s.lane, 20, 5, &s.orders);
	pump();
	types(rd_str("ble\rshow subscribers "));
	line_lane_resize(s.lane, 200, 50, &s.orders);
	pump();
	types(rd_str("all\rshow gsup-connections\r"));
	GOT("enable\nshow gsup-connections\n");
}

/* At a pager three keys go through, and nothing else of what is typed. */
TEST(lane_pager_takes_keys_and_no_commands)
{
	start_hlr();
	s.no_answer = true;
	types(rd_str("enable\r"));
	GOT("enable\n");
	element_says(rd_str("enable\r\nmuch text\r\n --More-- "));
	types(rd_str("show\tsubscribers"));
	CHECK_U64(s.typed.len, 0);
	types(rd_str(" "));
	CHECK_RD(buf_rd(&s.typed), rd_str(" "));
	types(rd_str("q")); /* the pager did not ask again: this waits for the prompt */
	CHECK_RD(buf_rd(&s.typed), rd_str(" "));
	element_says(rd_str("\r\nOsmoHLR# "));
	CHECK_RD(buf_rd(&s.typed), rd_str(" "));
	types(rd_str("\x15show gsup-connections\r"));
	CHECK(test_holds(buf_rd(&s.got), "show gsup-connections"));
}

TEST(lane_confirmation_takes_yes_or_no)
{
	start_hlr();
	s.no_answer = true;
	types(rd_str("enable\r"));
	element_says(rd_str("enable\r\nSure? (y/n) "));
	types(rd_str("show subscribers all\r"));
	GOT("enable\n");
	types(rd_str("y\r"));
	GOT("enable\ny\n");
}

TEST(lane_type_ahead_is_bounded)
{
	uint8_t many[LANE_FEED_MAX];

	start_hlr();
	s.no_answer = true;
	memset(many, 'x', sizeof(many));
	types(rd_str("enable\r"));
	types(rd_of(many, sizeof(many)));
	CHECK_U64(line_lane_room(s.lane, LANE_ENGINEER), 0);
	types(rd_str("y"));
	CHECK(s.over);
}

/* However the bytes are cut, the element gets the same lines. */
TEST(lane_trickle)
{
	static const char keys[] = "en\rte le 0\rsh\x7fhow subscriber ims 999700000000042\r\x1b[200~show gsup-c\r\n"
	    "show subscribers all\r\n\x1b[201~\x10\x10\r";
	struct rd r = rd_str(keys), one;
	char want[4096];

	start_hlr();
	s.deny = "subscribers all";
	types(r);
	(void)snprintf(want, sizeof(want), "%.*s", (int)s.got.len, (const char *)buf_rd(&s.got).p);
	start_hlr();
	s.deny = "subscribers all";
	s.cut = 1;
	while (rd_take(&r, 1, &one))
		types(one);
	GOT(want);
	CHECK(strlen(want) > 60);
	stop();
	memset(&s, 0, sizeof(s));
}
