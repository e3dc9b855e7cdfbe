/*
 * Is:        tests of the shell lane.
 * Is not:    a proof that its guard rail holds: the last test says where it does not.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "lane/shell_lane.h"
#include "lane/test_orders.h"

static struct shell_lane *lane;
static struct ttymodes_keys keys = TTYMODES_KEYS;

static void begin(bool guard)
{
	shell_lane_free(&lane);
	t_begin();
	lane = shell_lane_new(&(struct shell_lane_config){ .guard = guard, .keys = keys, .hooks = t_hooks });
}

static void from(enum lane_side side, const char *text)
{
	shell_lane_feed(lane, side, rd_str(text), &t.orders);
	t_pump();
}

#define KEYS(s) from(LANE_ENGINEER, s)
#define SHOWS(s) from(LANE_ELEMENT, s)

TEST(shell_lane_inspector_holds_and_ends)
{
	begin(false);
	t.look = LOOK_HOLD;
	SHOWS("31612345678");
	ENGINEER("");
	CHECK_U64(shell_lane_room(lane, LANE_ELEMENT), 0);
	shell_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ENGINEER("31612345678");
	SHOWS("again");
	shell_lane_answer(lane, t.id, false, &t.orders);
	t_pump();
	ENGINEER("");
	NOTES("[hold][hold][end the inspector ended it]");
	KEYS("ls\r");
	ELEMENT("");
}

TEST(shell_lane_refused_line_is_wiped)
{
	begin(true);
	t.deny = "rm ";
	KEYS("rm -rf /");
	SHOWS("rm -rf /");
	KEYS("\r");
	ELEMENT("rm -rf /\x15");
	ENGINEER("rm -rf /\r\n% refused: your grant does not cover it\r\n");
	NOTES("[refuse rm -rf /]");
	KEYS("ls\x7fps\x17rm x\r"); /* edited; pasted in one write */
	ELEMENT("ls\x7fps\x17rm x\x15");
	SHOWS("rm x");
	NOTES("[refuse rm x]");
}

TEST(shell_lane_asks)
{
	begin(true);
	t.ask = "reboot";
	SHOWS("$ ");
	KEYS("reboot");
	SHOWS("reboot");
	KEYS("\rls");
	NOTES("[ask reboot]");
	ELEMENT("reboot");
	shell_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ELEMENT("\rls");
	NOTES("[do reboot]");
}

TEST(shell_lane_ends_behind_what_waits_for_an_officer)
{
	begin(true);
	t.ask = "reboot";
	KEYS("reboot\rreboot\r");
	shell_lane_eof(lane, LANE_ENGINEER, &t.orders);
	t_pump();
	ELEMENT("reboot");
	NOTES("[ask]");
	shell_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ELEMENT("\rreboot");
	NOTES("[ask]");
	shell_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ELEMENT("\r");
	NOTES("[finding][eof]");
}

TEST(shell_lane_blind_text_stays_out_of_the_record)
{
	begin(true);
	SHOWS("Password: ");
	KEYS("hunter2\r");
	SHOWS("\r\nWelcome\r\n$ ");
	KEYS("id\r");
	SHOWS("id\r\nuid=0\r\n");
	NOTES("[finding][do id]");
	ELEMENT("hunter2\rid\r");
	begin(true);
	t.ask = "hunter2";
	KEYS("hunter2\r");
	NOTES("[ask]");
}

TEST(shell_lane_every_key_passes_once)
{
	for (unsigned round = 0; round < 200; round++) {
		AUTO(buf_done) struct buf all = { 0 };
		static const char set[] = "ab \t\r\n\x1b[A\x7f\x15\x03Oo~";
		begin(round % 2);
		buf_init(&all, 2000);
		while (all.len < 1000) {
			char piece[9] = "";
			for (size_t i = 0, n = 1 + test_below(8); i < n; i++)
				piece[i] = set[test_below(sizeof(set) - 1)];
			CHECK(buf_put_str(&all, piece));
			KEYS(piece);
		}
		CHECK_RD(buf_rd(&t.element), buf_rd(&all));
	}
}

TEST(shell_lane_long_lines_are_bounded)
{
	begin(true);
	t.deny = "zzz";
	for (unsigned i = 0; i < 3 * SHELL_LINE_MAX; i++)
		KEYS("a");
	for (unsigned i = 0; i < 3; i++)
		SHOWS("................................................................");
	KEYS("\r");
	CHECK(!t.over);
	CHECK_U64(t.element.len, 3 * SHELL_LINE_MAX + 1);
}

/* His terminal's keys, and what is only taken for them: then more may have been typed than is seen. */
TEST(shell_lane_knows_the_keys_of_the_terminal)
{
	begin(true);
	t.deny = "rm ";
	KEYS("rm #\b\b\b\bls\r"); /* ^H erases nothing there */
	ELEMENT("rm #\b\b\b\bls\x15");
	KEYS("rm #\x18ls\r");
	ELEMENT("rm #\x18ls\x15");
	keys = (struct ttymodes_keys){ .intr = 0x07, .erase = '\b', .kill = 0x18, .werase = 255 };
	begin(true);
	t.deny = "rm ";
	KEYS("rm #\b\b\b\bls\r");
	ELEMENT("rm #\b\b\b\bls\r");
	KEYS("rm \x18ls\rrm \x07ls\r");
	ELEMENT("rm \x18ls\rrm \x07ls\r");
	KEYS("rm #\x7f\x7f\x7f\x7fls\r"); /* but DEL does not */
	ELEMENT("rm #\x7f\x7f\x7f\x7fls\x15\x18");
	KEYS("rm \x15ls\rrm \x03ls\rrm \x17ls\r");
	ELEMENT("rm \x15ls\x15\x18rm \x03ls\x15\x18rm \x17ls\x15\x18");
	keys = TTYMODES_KEYS;
}

/* What a guard rail does not see. */
TEST(shell_lane_guard_is_no_boundary)
{
	begin(true);
	t.deny = "rm ";
	KEYS("\x1b[A\r"); /* history */
	KEYS("r\\m x\r");
	ELEMENT("\x1b[A\rr\\m x\r");
}
