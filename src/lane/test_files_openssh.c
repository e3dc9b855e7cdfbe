/*
 * Is:        tests of the SFTP, SCP and exec lanes between OpenSSH's own programs: sftp and
 *            scp before them, sftp-server and scp behind them. What arrived is compared.
 * Is not:    a test of ssh: this program stands where ssh would, and carries orders out.
 * Called by: the test run; and by sftp and scp as their ssh (SLAGBOOM_RELAY is set then).
 * Owns:      a directory under /tmp, removed at the end.
 * Trust:     no input.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wr.h"
#include "lane/exec_lane.h"
#include "testing/test.h"

static const char server[] = "/usr/lib/openssh/sftp-server";

/* --- the relay: stands where ssh would ----------------------------------------------------------- */

static struct {
	struct exec_lane *lane;
	struct lane_orders orders;
	struct buf store[256];
	int to, from; /* the element */
	pid_t pid;
	FILE *log;
} r;

static enum lane_verdict judge(void *arg, const struct lane_command *c)
{
	fprintf(r.log, "%s %.*s\n", lane_act_name(c->act), (int)c->canonical.len, (const char *)c->canonical.p);
	fflush(r.log);
	return test_holds(c->canonical, "secret") ? LANE_DENY : LANE_ALLOW;
}

static enum lane_look look(void *arg, struct rd text, struct buf *out)
{
	return LOOK_PASS;
}

static enum lane_look look_file(void *arg, const struct lane_file *f, struct rd bytes, bool last, struct buf *out)
{
	return test_holds(bytes, "FORBIDDEN") ? LOOK_REFUSE : LOOK_PASS;
}

static enum lane_verdict judge_file(void *arg, const struct lane_file *f)
{
	return LANE_ALLOW;
}

static void all_out(int fd, struct rd bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.p, bytes.len);
		if (n <= 0 || !rd_skip(&bytes, (size_t)n))
			_exit(1);
	}
}

static void start(struct rd command)
{
	char text[9000];
	int in[2], out[2];

	snprintf(text, sizeof(text), "%.*s", (int)command.len, (const char *)command.p);
	if (pipe(in) || pipe(out))
		_exit(1);
	r.pid = fork();
	if (r.pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	r.to = in[1];
	r.from = out[0];
}

static void keep(const struct order *o)
{
	struct buf *b = &r.store[o->id % 256];

	if (!b->max)
		buf_init(b, 64 << 20);
	while (b->len < o->at + o->bytes.len)
		if (!buf_put_u8(b, 0))
			_exit(1);
	if (!buf_patch(b, o->at, o->bytes.p, o->bytes.len))
		_exit(1);
}

static void give_back(const struct order *o)
{
	struct rd all = buf_rd(&r.store[o->id % 256]), part;

	if (!rd_slice(&all, o->at, o->len, &part))
		_exit(1);
	exec_lane_fetched(r.lane, o->id, part, &r.orders);
}

static void relay_act(struct order o)
{
	switch (o.kind) {
	case ORDER_SEND:
		all_out(o.to == LANE_ELEMENT ? r.to : o.is_stderr ? 2 : 1, o.bytes);
		return;
	case ORDER_EXEC:
		start(o.bytes);
		return;
	case ORDER_KEEP:
		if (!o.is_looked_at)
			keep(&o);
		return;
	case ORDER_FETCH:
		give_back(&o);
		return;
	case ORDER_EOF:
		close(o.to == LANE_ELEMENT ? r.to : 1);
		return;
	case ORDER_DROP:
		buf_done(&r.store[o.id % 256]);
		r.store[o.id % 256] = (struct buf){ .max = 0 };
		return;
	case ORDER_REFUSE:
		fprintf(r.log, "refused %.*s\n", (int)o.bytes.len, (const char *)o.bytes.p);
		fflush(r.log);
		return;
	case ORDER_END:
		fprintf(r.log, "end %s\n", lane_why_text(o.why));
		_exit(o.why ? 1 : 0);
	case ORDER_COMMAND:
	case ORDER_RELEASE:
	case ORDER_ASK:
	case ORDER_HOLD:
	case ORDER_SECRET:
	case ORDER_FINDING:
		return;
	}
}

static void carry_out(void)
{
	while (lane_n_orders(&r.orders) || exec_lane_is_behind(r.lane)) {
		struct lane_orders now = r.orders;
		lane_orders_init(&r.orders);
		for (size_t i = 0; i < lane_n_orders(&now); i++)
			relay_act(lane_order(&now, i));
		lane_orders_done(&now);
		if (exec_lane_is_behind(r.lane))
			exec_lane_feed(r.lane, LANE_ENGINEER, false, rd_str(""), &r.orders);
	}
}

/* True as long as that side lives. */
static bool take(enum lane_side side, int fd)
{
	static uint8_t in[LANE_FEED_MAX];
	size_t room = exec_lane_room(r.lane, side);
	ssize_t n = read(fd, in, room < sizeof(in) ? room : sizeof(in));

	if (n <= 0)
		exec_lane_eof(r.lane, side, &r.orders);
	else
		exec_lane_feed(r.lane, side, false, rd_of(in, (size_t)n), &r.orders);
	carry_out();
	return n > 0;
}

static void relay_run(void)
{
	bool engineer = true;

	for (;;) {
		struct pollfd fds[2] = { { .fd = r.from, .events = POLLIN }, { .fd = engineer ? 0 : -1, .events = POLLIN } };
		if (exec_lane_room(r.lane, LANE_ENGINEER) == 0)
			fds[1].fd = -1;
		if (poll(fds, 2, 20000) <= 0)
			_exit(1);
		if (fds[0].revents && !take(LANE_ELEMENT, r.from))
			return;
		if (fds[1].revents)
			engineer = take(LANE_ENGINEER, 0);
	}
}

/* As ssh: options, "--", host, command. */
static void relay(int argc, char **argv)
{
	struct exec_lane_config config = { .file_max = 32 << 20, .total_max = 64 << 20,
		.hooks = { NULL, judge, look, look, look_file, judge_file } };
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);
	struct rd command;
	int i = 1, status = 0;

	r.log = fopen(getenv("SLAGBOOM_RELAY"), "a");
	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	buf_init(&b, 8192);
	for (i += 2; i < argc; i++) {
		wr_str(&w, argv[i]);
		wr_str(&w, i + 1 < argc ? " " : "");
	}
	command = buf_rd(&b);
	signal(SIGPIPE, SIG_IGN);
	lane_orders_init(&r.orders);
	r.lane = exec_lane_new(&config);
	if (rd_is(&command, "sftp")) {
		exec_lane_start_sftp(r.lane, &r.orders);
		start(rd_str(server));
	} else {
		exec_lane_start(r.lane, command, &r.orders);
	}
	carry_out();
	relay_run();
	waitpid(r.pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Alone at its priority: link-time optimisation joins constructors of one priority, and calls
 * them without arguments. */
__attribute__((constructor(200))) static void maybe_relay(int argc, char **argv, char **env)
{
	if (getenv("SLAGBOOM_RELAY"))
		relay(argc, argv);
}

/* --- the tests -------------------------------------------------------------------------------------- */

static char dir[64], self[512];

/* Runs shell text in the directory $D, with $S as the program that stands for ssh. Returns
 * its exit code. */
static int sh(const char *body)
{
	char line[4096];
	int status = 0;
	pid_t pid;

	snprintf(line, sizeof(line), "cd $D && {\n%s\n} >out 2>&1", body);
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void begin(void)
{
	char log[128];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0 || access(server, X_OK) || access("/usr/bin/sftp", X_OK) || access("/usr/bin/scp", X_OK))
		test_skip("openssh's sftp, scp or sftp-server is not installed");
	snprintf(dir, sizeof(dir), "/tmp/slagboom-files-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(log, sizeof(log), "%s/log", dir);
	CHECK(setenv("D", dir, 1) == 0 && setenv("S", self, 1) == 0 && setenv("SLAGBOOM_RELAY", log, 1) == 0);
	CHECK_INT(sh("mkdir -p a/deep b && head -c 3000000 /dev/urandom >a/big && : >a/empty && "
	    "echo hello >a/deep/small && chmod 640 a/deep/small"), 0);
}

static void finish(void)
{
	CHECK_INT(sh("rm -rf $D"), 0);
}

TEST(sftp_of_openssh_both_ways)
{
	begin();
	CHECK_INT(sh("sftp -S \"$S\" -b - x <<E\nput -Rp $D/a $D/b/\nls -l $D/b/a\nmkdir $D/c\nget -Rp $D/b/a $D/c\n"
	    "rename $D/b/a/empty $D/b/a/e\nrm $D/b/a/big\nsymlink e $D/b/a/l\ndf $D\nE\n"), 0);
	CHECK_INT(sh("diff -r a c/a && test -e b/a/e && test ! -e b/a/big && test $(readlink b/a/l) = e && "
	    "test $(stat -c %a c/a/deep/small) = 640"), 0);
	CHECK_INT(sh("grep -q '^write-file put .*/b/a/deep/small\"$' log && grep -q '^read-file get .*/b/a/big\"$' log && "
	    "grep -q '^rename rename' log"), 0);
	finish();
}

TEST(sftp_of_openssh_refused)
{
	begin();
	CHECK_INT(sh("echo x >a/secret; echo FORBIDDEN >a/f"), 0);
	CHECK(sh("sftp -S \"$S\" -b - x <<E\nput $D/a/secret $D/b/\nE\n") != 0);
	CHECK(sh("sftp -S \"$S\" -b - x <<E\nget $D/a/secret $D/b/\nE\n") != 0);
	CHECK(sh("sftp -S \"$S\" -b - x <<E\nput $D/a/f $D/b/\nE\n") != 0);
	CHECK(sh("sftp -S \"$S\" -b - x <<E\nget $D/a/f $D/b/\nE\n") != 0);
	CHECK(sh("sftp -S \"$S\" -b - x <<E\nrm $D/a/secret\nE\n") != 0);
	CHECK_INT(sh("test -e a/secret && test ! -s b/secret && test ! -s b/f && "
	    "test $(grep -c ^refused log) -ge 5"), 0);
	finish();
}

/* $H is -O for the legacy protocol and -s for SFTP. */
static void scp_both_ways(const char *how)
{
	begin();
	CHECK(setenv("H", how, 1) == 0);
	CHECK_INT(sh("mkdir c && scp $H -S \"$S\" -rp a x:$D/b/ && scp $H -S \"$S\" -rp x:$D/b/a c/"), 0);
	CHECK_INT(sh("diff -r a b/a && diff -r a c/a && test $(stat -c %a c/a/deep/small) = 640"), 0);
	CHECK_INT(sh("echo x >a/secret; echo FORBIDDEN >a/f; rm -r b/* c/*"), 0);
	CHECK(sh("scp $H -S \"$S\" a/secret a/f a/deep/small x:$D/b/") != 0);
	CHECK_INT(sh("test ! -e b/secret && test ! -e b/f"), 0);
	CHECK(sh("scp $H -S \"$S\" x:$D/a/f c/") != 0);
	CHECK(sh("scp $H -S \"$S\" x:$D/a/secret c/") != 0);
	CHECK_INT(sh("test ! -s c/secret && test ! -s c/f && "
	    "test $(grep -c ^refused log) -ge 4"), 0);
	finish();
}

TEST(scp_of_openssh_legacy)
{
	scp_both_ways("-O");
}

TEST(scp_of_openssh_over_sftp)
{
	scp_both_ways("-s");
}

TEST(scp_that_is_more_than_scp)
{
	begin();
	CHECK(sh("\"$S\" -- x 'scp -t . ; touch secret' </dev/null") != 0);
	CHECK(sh("\"$S\" -- x 'echo $(touch secret)' </dev/null") != 0);
	CHECK_INT(sh("test ! -e secret"), 0);
	CHECK_INT(sh("\"$S\" -- x \"echo 'a  b;' c\" </dev/null | grep -q '^a  b; c$'"), 0);
	finish();
}
