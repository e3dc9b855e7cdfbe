/*
 * Is:        tests of spawn: the child has what was listed and nothing else.
 * Is not:    a test of the sandbox.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "testing/test.h"

/* Runs a shell line with its output on a pipe; checks its status. */
static void run(const char *line, struct buf *out, const struct spawn_fd *extra)
{
	const char *argv[] = { "sh", "-c", line, NULL }, *envp[] = { "ONLY=this", NULL };
	int p[2], pidfd, status;
	struct spawn_fd fds[2];
	pid_t pid;

	CHECK(pipe(p) == 0);
	fds[0] = (struct spawn_fd){ p[1], 1 };
	fds[1] = extra ? *extra : fds[0];
	struct spawn s = { "/bin/sh", argv, envp, fds, extra ? 2 : 1 };
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&p[1]);
	while (fd_read(p[0], out) > 0)
		;
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	fd_close(&p[0]);
	fd_close(&pidfd);
}

TEST(the_child_has_only_what_was_listed)
{
	AUTO(buf_done) struct buf out = { 0 };
	int leak = open("/dev/null", O_RDONLY); /* not close-on-exec, and not listed */

	buf_init(&out, 4096);
	/* 0, 1, 2 and the one that ls itself opens */
	run("ls /proc/self/fd | tr '\\n' ' '; env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD; pwd; umask", &out, NULL);
	CHECK_RD(buf_rd(&out), rd_str("0 1 2 3 ONLY=this\n/\n0077\n"));
	fd_close(&leak);
}

TEST(numbers_may_overlap)
{
	AUTO(buf_done) struct buf out = { 0 };
	int p[2];

	buf_init(&out, 100);
	CHECK(pipe(p) == 0);
	CHECK(fcntl(p[0], F_GETFD) >= 0 && write(p[1], "through", 7) == 7);
	fd_close(&p[1]);
	/* The pipe's read end becomes 3, whatever was 3 before. */
	run("cat <&3", &out, &(struct spawn_fd){ p[0], 3 });
	CHECK_RD(buf_rd(&out), rd_str("through"));
	fd_close(&p[0]);
}

TEST(blocked_and_ignored_signals_are_reset)
{
	AUTO(buf_done) struct buf out = { 0 };
	sigset_t set;

	buf_init(&out, 1000);
	(void)sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	run("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '[:space:]'", &out, NULL);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_RD(buf_rd(&out), rd_str("SigBlk:0000000000000000SigIgn:0000000000000000"));
}

TEST(a_failed_exec_is_told_and_leaves_no_child)
{
	const char *argv[] = { "nothing", NULL }, *envp[] = { NULL };
	struct spawn s = { "/nonexistent/program", argv, envp, NULL, 0 };
	int pidfd = -7;
	pid_t pid = -7;

	CHECK_INT(spawn(&s, &pid, &pidfd), -ENOENT);
	CHECK(pid == -7 && pidfd == -7);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}
