/*
 * Is:        tests of the exec lane: what a command is, and what may run.
 * Is not:    a test against OpenSSH (test_files_openssh.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "lane/exec_lane.h"
#include "lane/test_orders.h"

static struct exec_lane *lane;
static enum lane_act seen_act, denied;
static const char *ask;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	seen_act = c->act;
	t.ask = ask;
	return c->act == denied || c->act == ACT_SHELL || c->act == ACT_OPAQUE ? LANE_DENY : t_judge(arg, c);
}

static void begin(const char *command, bool input)
{
	struct exec_lane_config config = { .input = input, .file_max = 1000, .total_max = 5000, .hooks = t_hooks };

	exec_lane_free(&lane);
	t_begin();
	config.hooks.judge = judge;
	seen_act = ACT_LINE;
	lane = exec_lane_new(&config);
	exec_lane_start(lane, rd_str(command), &t.orders);
	t_pump();
}

TEST(exec_lane_refuses_what_it_cannot_read)
{
	static const struct { const char *command; enum lane_act act; } no[] = {
		{ "scp -t x; bash", ACT_SHELL }, { "ls $(id)", ACT_SHELL }, { "a | b", ACT_SHELL }, { "ls *", ACT_SHELL },
		{ "X=1 ls", ACT_SHELL }, { "rsync --server -logDtpr . /x", ACT_OPAQUE }, { "", ACT_LINE },
		{ "ls 'x", ACT_LINE }, { "scp -f *", ACT_LINE }, { "scp -f a b", ACT_LINE },
	};

	for (size_t i = 0; i < ARRAY_LEN(no); i++) {
		begin(no[i].command, true);
		CHECK(t.over && !test_holds(buf_rd(&t.notes), "exec"));
		CHECK_U64(seen_act, no[i].act);
		CHECK_U64(exec_lane_room(lane, LANE_ENGINEER), 0);
		ELEMENT("");
	}
}

TEST(exec_lane_denied_command_does_not_run)
{
	denied = ACT_EXEC;
	begin("cat /etc/shadow", true);
	denied = ACT_LINE;
	NOTES("[refuse cat /etc/shadow][end your grant does not cover it]");
	ENGINEER("slagboom: refused: your grant does not cover it\r\n");
}

TEST(exec_lane_source_is_judged_first)
{
	begin("scp -f /etc/shadow", false);
	NOTES("[do scp -f -- /etc/shadow][exec scp -f -- /etc/shadow]");
	denied = ACT_READ_FILE;
	begin("scp -f /etc/shadow", false);
	denied = ACT_LINE;
	NOTES("[refuse scp -f -- /etc/shadow][end your grant does not cover it]");
}

TEST(exec_lane_sends_the_words_that_were_judged)
{
	begin("echo \"a  b\" 'if' it\\'s", false);
	NOTES("[do echo 'a  b' 'if' 'it'\\''s'][exec echo 'a  b' 'if' 'it'\\''s'][eof]");
	/* Whatever shell is there: csh acts on the first two within quotes, fish on the third. */
	begin("echo 'a;id;b' '!#:1' 'x\\' ';id;\\'", false);
	NOTES("[do echo 'a;id;b' ''\\!'#:1' 'x'\\\\'' ';id;'\\\\''][exec echo 'a;id;b' ''\\!'#:1' 'x'\\\\'' ';id;'\\\\''][eof]");
	begin("echo =x a%b", false);
	NOTES("[do echo '=x' 'a%b'][exec echo '=x' 'a%b'][eof]");
	begin("'time' ls", false);
	NOTES("[do 'time' ls][exec 'time' ls][eof]");
	begin("'LD_PRELOAD=/tmp/x.so' tcpdump -D", false);
	NOTES("[do 'LD_PRELOAD=/tmp/x.so' tcpdump -D][exec 'LD_PRELOAD=/tmp/x.so' tcpdump -D][eof]");
	begin("dd if=/dev/zero", false);
	NOTES("[do dd if=/dev/zero][exec dd if=/dev/zero][eof]");
	begin("scp -r -t -- -x", false);
	NOTES("[do scp -rt -- -x][exec scp -rt -- -x]");
	begin("/usr/lib/openssh/sftp-server", false);
	NOTES("[do /usr/lib/openssh/sftp-server][exec /usr/lib/openssh/sftp-server]");
}

TEST(exec_lane_input_is_granted_apart)
{
	begin("cat", false);
	buf_reset(&t.notes);
	for (unsigned i = 0; i < 2; i++)
		exec_lane_feed(lane, LANE_ENGINEER, false, rd_str("rm -rf /\n"), &t.orders);
	t_pump();
	ELEMENT("");
	NOTES("[refuse input to the command]");
	begin("cat", true);
	exec_lane_feed(lane, LANE_ENGINEER, false, rd_str("x\n"), &t.orders);
	t_pump();
	ELEMENT("x\n");
}

TEST(exec_lane_output_is_inspected)
{
	begin("ls", false);
	t.look = LOOK_REPLACE;
	exec_lane_feed(lane, LANE_ELEMENT, true, rd_str("31612345678"), &t.orders);
	t_pump();
	ENGINEER("{masked}");
	t.look = LOOK_HOLD;
	exec_lane_feed(lane, LANE_ELEMENT, false, rd_str("31612345678"), &t.orders);
	t_pump();
	ENGINEER("");
	CHECK_U64(exec_lane_room(lane, LANE_ELEMENT), 0);
	exec_lane_answer(lane, t.id + 1, true, &t.orders);
	t_pump();
	ENGINEER("");
	exec_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	ENGINEER("31612345678");
	t.look = LOOK_END;
	exec_lane_feed(lane, LANE_ELEMENT, false, rd_str("x"), &t.orders);
	t_pump();
	ENGINEER("");
	CHECK(t.over);
}

TEST(exec_lane_asks)
{
	ask = "reboot";
	begin("reboot", false);
	ask = NULL;
	NOTES("[ask reboot]");
	exec_lane_answer(lane, t.id, true, &t.orders);
	t_pump();
	NOTES("[do reboot][exec reboot][eof]");
}
