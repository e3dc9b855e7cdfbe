/*
 * Is:        tests of the SCP lane.
 * Is not:    a test against OpenSSH (test_files_openssh.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "lane/scp_lane.h"
#include "lane/test_orders.h"

static struct scp_lane *lane;
static size_t cut;

static void fetched(uint32_t id, struct rd bytes)
{
	scp_lane_fetched(lane, id, bytes, &t.orders);
}

static void begin(bool upload, bool recursive)
{
	struct scp_lane_config config = { .is_upload = upload, .recursive = recursive, .path = rd_str("/srv/x"),
		.file_max = 1000, .total_max = 5000, .hooks = t_hooks };

	scp_lane_free(&lane);
	t_begin();
	t.fetched = fetched;
	lane = scp_lane_new(&config);
	CHECK(lane);
}

static void from(enum lane_side side, struct rd in)
{
	struct rd part;

	while (in.len && !t.over) {
		size_t n = cut ? cut : in.len;
		CHECK(rd_take(&in, in.len < n ? in.len : n, &part));
		scp_lane_feed(lane, side, part, &t.orders);
		t_pump();
	}
}

#define USER(s) from(LANE_ENGINEER, rd_of(s, sizeof(s) - 1))
#define ELEM(s) from(LANE_ELEMENT, rd_of(s, sizeof(s) - 1))

TEST(scp_lane_refused_never_reaches)
{
	begin(true, false);
	t.deny = "put";
	ELEM("\0");
	ENGINEER("\0");
	USER("C0644 5 passwd\n");
	ENGINEER("\1slagboom: refused: your grant does not cover it\n");
	ELEMENT("");
	NOTES("[refuse put \"/srv/x/passwd\" or \"/srv/x\"]");
	t.deny = NULL;
	USER("C0644 9999 big\n");
	ENGINEER("\1slagboom: refused: the file is larger than the gate takes\n");
	ELEMENT("");
}

TEST(scp_lane_not_the_protocol_ends)
{
	static const char *const bad[] = { "D0755 0 a\n", "C0644 5 ../x\n", "C0644 x a\n", "E\n", "touch x\n" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		begin(true, false);
		ELEM("\0");
		from(LANE_ENGINEER, rd_str(bad[i]));
		CHECK(t.over);
		ELEMENT("");
	}
	begin(true, false); /* an acknowledgement of nothing */
	ELEM("\0\0");
	CHECK(t.over);
	begin(true, false); /* a message amid a file that goes to the sink */
	t.judge_file = LANE_ASK;
	ELEM("\0");
	USER("C0644 1 a\nx\0\1evil\n");
	CHECK(t.over);
	ELEMENT("");
}

TEST(scp_lane_file_refused_after_it_came)
{
	begin(true, false);
	t.look_file = LOOK_REFUSE;
	ELEM("\0");
	USER("C0644 5 a\n");
	ENGINEER("\0\0");
	USER("hello\0");
	ENGINEER("\1slagboom: refused: your grant does not cover it\n");
	ELEMENT("");
	NOTES("[do put \"/srv/x/a\" or \"/srv/x\"][drop][refuse put \"/srv/x/a\" or \"/srv/x\"]");
}

/* A name that the inspector holds waits, and is looked at again; an officer's word lets it pass as it is. */
TEST(scp_lane_names_wait)
{
	for (int how = 0; how < 3; how++) {
		begin(false, true);
		ENGINEER("");
		USER("\0");
		ELEMENT("\0");
		t.look = LOOK_HOLD;
		ELEM("C0644 5 204081234567890\n");
		ENGINEER("");
		t.look = how == 0 ? LOOK_PASS : LOOK_HOLD;
		t.orders.looks_again = how == 0;
		scp_lane_answer(lane, t.id, how != 2, &t.orders);
		t.orders.looks_again = false;
		t_pump();
		ENGINEER("");
		if (how == 2) {
			CHECK(test_holds(buf_rd(&t.notes), "[refuse "));
			continue;
		}
		ELEM("hello\0");
		ENGINEER("C0644 5 204081234567890\n");
	}
}

TEST(scp_lane_upload_waits)
{
	begin(true, false);
	t.judge_file = LANE_ASK;
	ELEM("\0");
	USER("T1 0 2 0\n");
	USER("C0644 5 a\n");
	USER("hello\0");
	ENGINEER("\0\0\0");
	ELEMENT("");
	scp_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ELEMENT("T1 0 2 0\n");
	ELEM("\0");
	ELEMENT("C0644 5 a\n");
	ELEM("\0");
	ELEMENT("hello\0");
	ENGINEER("");
	ELEM("\0");
	ENGINEER("\0");
	NOTES("[do put \"/srv/x/a\" or \"/srv/x\"][ask /srv/x/a][release][drop]");
	scp_lane_eof(lane, LANE_ENGINEER, &t.orders);
	t_pump();
	NOTES("[eof]");
}

TEST(scp_lane_the_sink_says_no)
{
	begin(true, false);
	ELEM("\0");
	USER("C0644 1 a\nx\0");
	ELEMENT("C0644 1 a\n");
	ENGINEER("\0\0");
	t.look = LOOK_REPLACE; /* what it says is inspected */
	ELEM("\1scp: denied for 31612345678\n");
	ENGINEER("\1{masked}\n");
	t.look = LOOK_PASS;
	USER("C0644 1 b\ny\0");
	ELEMENT("C0644 1 b\n");
	ELEM("\0");
	ELEMENT("y\0");
	ENGINEER("\0");
	ELEM("\0");
	ENGINEER("\0");
}

TEST(scp_lane_download_of_a_tree)
{
	begin(false, true);
	USER("\0");
	ELEM("D0755 0 x\n");
	ENGINEER("D0755 0 x\n");
	USER("\0");
	ELEM("C0600 3 a b\n");
	ENGINEER("");
	ELEM("abc\0");
	ENGINEER("C0600 3 a b\n");
	USER("\0");
	ENGINEER("abc\0");
	USER("\0");
	ELEM("E\n");
	ENGINEER("E\n");
	USER("\0");
	ELEMENT("\0\0\0\0\0");
	NOTES("[do list \"/srv/x\"][do get \"/srv/x/a b\"][release][drop]");
	t.look = LOOK_REFUSE;
	ELEM("C0600 3 31612345678\n");
	ELEMENT("\1slagboom: refused: the inspector ended it\n");
	ENGINEER("");
}

/* However the streams are cut, the same happens. */
TEST(scp_lane_trickle)
{
	for (unsigned round = 0; round < 20; round++) {
		begin(true, false);
		cut = round == 0 ? 1 : 1 + test_below(12);
		ELEM("\0");
		USER("C0644 5 a\nhello\0");
		ELEM("\0");
		ELEM("\0");
		ELEMENT("C0644 5 a\nhello\0");
		ENGINEER("\0\0\0");
		cut = 0;
	}
}

TEST(scp_lane_tells_an_end_once)
{
	begin(false, false);
	USER("\0");
	ELEMENT("\0");
	scp_lane_eof(lane, LANE_ENGINEER, &t.orders);
	t_pump();
	ELEM("\2gone\n");
	NOTES("[eof][eof]"); /* the edge takes a second one for a break of the protocol */
}
