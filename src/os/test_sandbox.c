/*
 * Is:        tests of the belts on a forked child, as whoever runs the tests: root
 *            and an ordinary user each get theirs.
 * Is not:    the test of the real processes; that is in proc/.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "os/fd.h"
#include "os/sandbox.h"
#include "testing/test.h"

/* The sanitizers' runtimes map memory and read clocks at any moment. */
static const struct sandbox_call calls[] = {
	{ .nr = SYS_read },
	{ .nr = SYS_write },
	{ .nr = SYS_exit_group },
	{ .nr = SYS_rt_sigreturn },
	{ SYS_mmap, 1, { { 2, false, 4 /* PROT_EXEC */, 0 } } },
	{ .nr = SYS_munmap },
	{ .nr = SYS_sigaltstack },
	{ .nr = SYS_madvise },
	{ .nr = SYS_futex },
	{ .nr = SYS_getpid },
	{ .nr = SYS_gettid },
	{ .nr = SYS_sched_yield },
};
static const struct sandbox_call net[] = {
	{ SYS_socket, 2, { { 0, false, ~(uint64_t)0, AF_INET }, { 2, false, ~(uint64_t)0, IPPROTO_TCP } } },
	{ .nr = SYS_connect },
	{ .nr = SYS_close },
	{ .nr = SYS_bind },
};
static const struct sandbox_call files[] = {
	{ .nr = SYS_openat },
	{ .nr = SYS_close },
	{ .nr = SYS_fstat },
	{ .nr = SYS_newfstatat },
};

/* A process that gave up root is not dumpable, so its /proc files are root's; one
 * that a user started is. */
static bool become_nobody(void)
{
	return setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0 &&
	    prctl(PR_SET_DUMPABLE, 1) == 0;
}

/* Runs `act` in a child below the sandbox of `dir`; returns how the child ended, and
 * its belts. */
static int confined(bool files_too, int dir, bool as_nobody, int (*act)(void), unsigned *out_belts)
{
	const struct sandbox_call *const lists[] = { calls, files_too ? files : NULL, NULL };
	const size_t n[] = { ARRAY_LEN(calls), ARRAY_LEN(files) };
	struct sandbox s = { .calls = lists, .n_calls = n, .fds_max = 64, .may_write = files_too,
		.root_fd = dir, .uid = 1900000000 };
	int p[2], status;
	pid_t pid;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (pid == 0) {
		const char *what = "";
		unsigned belts = 0;
		if (as_nobody && !become_nobody())
			_exit(99);
		int r = sandbox_apply(&s, &belts, &what);
		if (r < 0) {
			(void)dprintf(2, "sandbox: %s: error %d\n", what, -r);
			_exit(98);
		}
		if (write(p[1], &belts, sizeof(belts)) < 0)
			_exit(97);
		_exit(act());
	}
	fd_close(&p[1]);
	*out_belts = 0;
	CHECK(read(p[0], out_belts, sizeof(*out_belts)) >= 0);
	fd_close(&p[0]);
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static int empty_dir(void)
{
	char name[] = "/tmp/slagboom-test-XXXXXX";
	int fd;

	CHECK(mkdtemp(name));
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0 && fchmod(fd, 0755) == 0 && rmdir(name) == 0);
	return fd;
}

static int do_nothing(void)
{
	return 0;
}

static int do_open(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static int do_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int do_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static int do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static int do_fork(void)
{
	return fork() >= 0;
}

static int do_map_code(void)
{
	return syscall(SYS_mmap, NULL, 4096, 7, 0x22, -1, 0) != -1;
}

static void expect_death(int (*act)(void), bool as_nobody)
{
	AUTO(fd_close) int dir = empty_dir();
	unsigned belts;
	int status = confined(false, dir, as_nobody, act, &belts);

	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGSYS);
}

static void expect_deaths(bool as_nobody)
{
	expect_death(do_open, as_nobody);
	expect_death(do_socket, as_nobody);
	expect_death(do_exec, as_nobody);
	expect_death(do_ptrace, as_nobody);
	expect_death(do_fork, as_nobody);
	expect_death(do_map_code, as_nobody);
}

TEST(forbidden_calls_kill)
{
	expect_deaths(false);
}

TEST(forbidden_calls_kill_an_ordinary_user_too)
{
	if (geteuid() != 0)
		test_skip("needs root to become an ordinary user; the test above ran as one");
	expect_deaths(true);
}

TEST(belts_are_told)
{
	AUTO(fd_close) int dir = empty_dir();
	unsigned belts;

	CHECK_INT(confined(false, dir, false, do_nothing, &belts), 0);
	CHECK((belts & SANDBOX_REQUIRED) == SANDBOX_REQUIRED);
	CHECK(belts & (SANDBOX_ROOT | SANDBOX_LANDLOCK));
	CHECK(!!(belts & SANDBOX_IDS) == (geteuid() == 0));
}

/* With files: inside its directory and nowhere else, by ".." or a link. */
static int do_files(void)
{
	int fd = open("made", O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return 1;
	if (open("/etc/passwd", O_RDONLY) >= 0 || open("../../../../etc/passwd", O_RDONLY) >= 0)
		return 2;
	if (open("way-out/passwd", O_RDONLY) >= 0)
		return 3;
	return open("made", O_RDONLY) >= 0 ? 0 : 4;
}

static void check_files(bool as_nobody)
{
	char name[] = "/tmp/slagboom-test-XXXXXX", path[64];
	unsigned belts;
	int dir;

	CHECK(mkdtemp(name));
	(void)snprintf(path, sizeof(path), "%s/way-out", name);
	CHECK(symlink("/etc", path) == 0);
	if (geteuid() == 0)
		CHECK(chown(name, as_nobody ? 65534 : 1900000000, 0) == 0);
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(confined(true, dir, as_nobody, do_files, &belts), 0);
	CHECK(unlinkat(dir, "made", 0) == 0 && unlinkat(dir, "way-out", 0) == 0 && rmdir(name) == 0);
	fd_close(&dir);
}

TEST(files_stay_inside_the_directory)
{
	check_files(false);
	if (geteuid() == 0)
		check_files(true);
}

/* With the network: TCP to the ports that were given, and nothing else. */

static uint16_t open_port[2];

static int listen_somewhere(uint16_t *out_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, 4) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	*out_port = ntohs(a.sin_port);
	return fd;
}

static int try_connect(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), r;

	if (fd < 0)
		return errno;
	r = connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? errno : 0;
	(void)close(fd);
	return r;
}

static int do_connect(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

	if (try_connect(open_port[0]) != 0)
		return 1;
	if (try_connect(open_port[1]) != EACCES)
		return 2;
	return bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 || errno != EACCES ? 3 : 0;
}

static int do_datagram(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}

static int do_local(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static int connected(int (*act)(void))
{
	AUTO(fd_close) int dir = empty_dir();
	const struct sandbox_call *const lists[] = { calls, net, NULL };
	const size_t n[] = { ARRAY_LEN(calls), ARRAY_LEN(net) };
	struct sandbox s = { .calls = lists, .n_calls = n, .fds_max = 64, .keeps_net = true, .tcp_ports = open_port,
		.n_tcp_ports = 1, .root_fd = dir, .uid = 1900000000 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const char *what = "";
		unsigned belts = 0;
		_exit(sandbox_apply(&s, &belts, &what) < 0 ? 98 : act());
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

TEST(connections_go_to_the_ports_that_were_given)
{
	int a = listen_somewhere(&open_port[0]), b = listen_somewhere(&open_port[1]);
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	CHECK(WTERMSIG(connected(do_datagram)) == SIGSYS);
	CHECK(WTERMSIG(connected(do_local)) == SIGSYS);
	if (abi < 4)
		test_skip("this kernel's landlock knows no ports");
	CHECK_INT(connected(do_connect), 0);
	fd_close(&a);
	fd_close(&b);
}
