/*
 * Is:        the test of the real processes under the real supervisor: belts, crashes,
 *            order, and no orphans.
 * Is not:    a test of what any one process is for.
 * Called by: the test run; needs SLAGBOOM_BUILD, the build directory.
 * Owns:      a temporary state directory per case.
 * Trust:     no input.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/mounts.h"
#include "os/spawn.h"
#include "proc/table.h"
#include "testing/test.h"

enum { ARGS_MAX = 8, PATIENCE_MS = 10000, N_INJECTED = 4 };

static char state_dir[64];
static pid_t running; /* the supervisor of this case, which a failed case leaves */

static const char *build_file(const char *name)
{
	static char path[4096];
	const char *build = getenv("SLAGBOOM_BUILD");

	if (!build)
		test_fail(__FILE__, __LINE__, "SLAGBOOM_BUILD is not set");
	(void)snprintf(path, sizeof(path), "%s/%s", build, name);
	return path;
}

/* Runs `slagboom ARGS... --dir STATE_DIR`; returns its exit status and its output. */
static int cli(struct buf *out, const char *command, const char *option)
{
	/* Any port: several tests run at once. */
	bool up = strcmp(command, "up") == 0;
	const char *argv[ARGS_MAX] = { "slagboom", command, "--dir", state_dir, up ? "--listen" : option,
		up ? "127.0.0.1:0" : NULL, NULL };
	const char *envp[] = { "HOME=/nonexistent", NULL };
	int p[2], pidfd, status;
	struct spawn_fd fds[2];
	pid_t pid;

	CHECK(pipe(p) == 0);
	fds[0] = (struct spawn_fd){ p[1], 1 };
	fds[1] = (struct spawn_fd){ p[1], 2 };
	struct spawn s = { build_file("src/cli/slagboom"), argv, envp, fds, 2 };
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&p[1]);
	while (fd_read(p[0], out) > 0)
		;
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	fd_close(&p[0]);
	fd_close(&pidfd);
	return WEXITSTATUS(status);
}

static int quiet_cli(const char *command)
{
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 1 << 16);
	return cli(&out, command, NULL);
}

struct seen {
	pid_t supervisor, pid[PROCESSES_MAX];
	bool up;
};

static void read_process(struct json_rd *j, pid_t *out)
{
	struct json_token key, t;
	enum json_type type;

	while ((type = json_next(j, &key)) == JSON_KEY) {
		type = json_next(j, &t);
		if (type == JSON_INT && rd_is(&key.text, "pid"))
			*out = (pid_t)t.number;
		else
			CHECK(json_skip(j, type));
	}
	CHECK(type == JSON_CLOSE);
}

static struct seen look(void)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct seen s = { .up = false };
	struct json_token key, t;
	struct json_rd j;
	struct rd line, all;
	size_t n = 0;

	buf_init(&out, 1 << 16);
	s.up = cli(&out, "status", "--json") == 0;
	all = buf_rd(&out);
	CHECK(rd_until(&all, '\n', &line));
	j = json_rd_of(line, JSON_CANONICAL);
	CHECK(json_next(&j, &t) == JSON_OBJECT);
	while (json_next(&j, &key) == JSON_KEY) {
		enum json_type type = json_next(&j, &t);
		if (rd_is(&key.text, "pid"))
			s.supervisor = (pid_t)t.number;
		if (!rd_is(&key.text, "processes")) {
			CHECK(json_skip(&j, type));
			continue;
		}
		while (json_next(&j, &t) == JSON_OBJECT)
			read_process(&j, &s.pid[n++]);
	}
	CHECK_U64(n, process_n);
	return s;
}

static struct seen wait_until_up(void)
{
	for (int i = 0; i < PATIENCE_MS / 20; i++) {
		struct seen s = look();
		if (s.up)
			return s;
		usleep(20000);
	}
	test_fail(__FILE__, __LINE__, "not up again in time");
}

static void show_log(void)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[128];

	buf_init(&b, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/log", state_dir);
	if (fd_read_file(AT_FDCWD, path, &b) == 0)
		printf("%.*s", (int)b.len, (const char *)buf_rd(&b).p);
}

static bool log_has(const char *text)
{
	AUTO(buf_done) struct buf b = { 0 };
	char path[128];

	buf_init(&b, 1 << 20);
	(void)snprintf(path, sizeof(path), "%s/log", state_dir);
	CHECK(fd_read_file(AT_FDCWD, path, &b) == 0);
	CHECK(buf_put_u8(&b, 0));
	return strstr((const char *)buf_rd(&b).p, text) != NULL;
}

static void check_log(const char *text)
{
	for (int i = 0; i < PATIENCE_MS / 20; i++) {
		if (log_has(text))
			return;
		usleep(20000);
	}
	show_log();
	test_fail(__FILE__, __LINE__, "the log of %s never said: %s", state_dir, text);
}

static bool is_alive(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	(void)fclose(f);
	const char *after = strrchr(line, ')');
	return after && after[1] && after[2] != 'Z' && after[2] != 'X';
}

/* A state directory of its own for each case, left there when the case fails. */
static struct seen begin(void)
{
	(void)snprintf(state_dir, sizeof(state_dir), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(state_dir));
	if (running && is_alive(running))
		CHECK(kill(running, SIGKILL) == 0); /* the one before failed; its children die with it */
	CHECK_INT(quiet_cli("up"), 0);
	struct seen s = look();
	running = s.supervisor;
	return s;
}

/* After it is down. */
static void clear(void)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "rm -rf -- '%s'", state_dir);
	const char *argv[] = { "sh", "-c", line, NULL }, *envp[] = { NULL };
	struct spawn s = { "/bin/sh", argv, envp, NULL, 0 };
	int pidfd;
	pid_t pid;
	CHECK_INT(spawn(&s, &pid, &pidfd), 0);
	fd_close(&pidfd);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static void end(void)
{
	CHECK_INT(quiet_cli("down"), 0);
	CHECK(!log_has("ended badly") && !log_has(" says: "));
	clear();
}

/* The others go on untouched. */
static void check_others(const struct seen *before, const struct seen *after, size_t but)
{
	CHECK_INT(after->supervisor, before->supervisor);
	for (size_t i = 0; i < process_n; i++)
		CHECK((after->pid[i] == before->pid[i]) == (i != but));
}

__attribute__((destructor)) static void leave_nothing(void)
{
	if (running && is_alive(running))
		(void)kill(running, SIGKILL);
}

TEST(each_killed_in_turn)
{
	struct seen before = begin(), after;
	char text[128];

	for (size_t i = 0; i < process_n; i++) {
		CHECK(kill(before.pid[i], i % 2 ? SIGABRT : SIGKILL) == 0);
		(void)snprintf(text, sizeof(text), "%s was killed by %s", process_table[i].name,
		    i % 2 ? "SIGABRT" : "SIGKILL");
		check_log(text);
		after = wait_until_up();
		check_others(&before, &after, i);
		before = after;
	}
	end();
}

TEST(no_orphans)
{
	struct seen s = begin();
	int alive = 1;

	/* Stopped processes cannot notice a closed link: only the kernel ends them. */
	for (size_t i = 0; i < process_n; i++)
		CHECK(i % 2 || kill(s.pid[i], SIGSTOP) == 0);
	CHECK(kill(s.supervisor, SIGKILL) == 0);
	for (int k = 0; alive && k < 100; k++) {
		alive = is_alive(s.supervisor);
		for (size_t i = 0; i < process_n; i++)
			alive += is_alive(s.pid[i]);
		usleep(20000);
	}
	CHECK_INT(alive, 0);
	CHECK_INT(quiet_cli("status"), 3);
	CHECK_INT(quiet_cli("up"), 0); /* the lock and the socket do not outlive it */
	CHECK_INT(quiet_cli("up"), 4);
	end();
	CHECK_INT(quiet_cli("down"), 3);
}

TEST(one_that_does_not_stop_is_killed)
{
	struct seen s = begin();

	CHECK(kill(s.pid[0], SIGSTOP) == 0);
	CHECK_INT(quiet_cli("down"), 0);
	CHECK(log_has("did not stop within 5000 ms and was killed"));
	CHECK(log_has("supervisor stopped"));
	for (int k = 0; k < 100 && is_alive(s.supervisor); k++)
		usleep(20000);
	CHECK(!is_alive(s.pid[0]) && !is_alive(s.supervisor));
	clear();
}

TEST(a_terminate_signal_stops_in_order)
{
	struct seen s = begin();

	CHECK(kill(s.supervisor, SIGTERM) == 0);
	check_log("supervisor stopped");
	for (size_t i = 0; i < process_n; i++) {
		char text[64];
		CHECK(!is_alive(s.pid[i]));
		(void)snprintf(text, sizeof(text), "%s stopped", process_table[i].name);
		CHECK(log_has(text));
	}
	clear();
}

/* The system calls that must kill. */
static const struct forbidden {
	const char *name;
	long nr, arg[3];
} forbidden[] = {
	{ "openat", SYS_openat, { AT_FDCWD, 0, O_RDONLY } },
	{ "socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
	{ "execve", SYS_execve, { 0, 0, 0 } },
	{ "ptrace", SYS_ptrace, { PTRACE_TRACEME, 0, 0 } },
	{ "fork", SYS_clone, { SIGCHLD, 0, 0 } },
	{ "mmap of code", SYS_mmap, { 0, 4096, 7 } },
	{ "setuid", SYS_setuid, { 0, 0, 0 } },
	{ "connect", SYS_connect, { 3, 0, 0 } },
	{ "bind", SYS_bind, { 3, 0, 0 } },
	{ "listen", SYS_listen, { 3, 1, 0 } },
	{ "a socket of datagrams", SYS_socket, { AF_INET, SOCK_DGRAM, 0 } },
	{ "a raw socket", SYS_socket, { AF_INET, SOCK_RAW, 255 } },
	{ "a local socket", SYS_socket, { AF_UNIX, SOCK_STREAM, 0 } },
	{ "truncate", SYS_truncate, { 0, 0, 0 } },
	{ "a socket to the kernel", SYS_socket, { AF_NETLINK, SOCK_RAW, IPPROTO_TCP } }, /* NETLINK_XFRM has TCP's number */
	{ "signalling another", SYS_tgkill, { 1, 1, 0 } },
};

static bool row_permits(const struct process *p, long nr)
{
	bool listed = false;

	for (size_t list = 0; list < CALL_LISTS_MAX && p->calls[list]; list++)
		for (size_t i = 0; i < p->n_calls[list]; i++)
			if (p->calls[list][i].nr == nr && p->calls[list][i].n_args == 0)
				listed = true;
	return listed != p->stays;
}

#ifdef __x86_64__
/* Stops a process, and says where: true when it was waiting in a system call. */
static bool stop_in_call(pid_t pid, struct user_regs_struct *r)
{
	int status;

	CHECK(ptrace(PTRACE_SEIZE, pid, NULL, (void *)0) == 0);
	CHECK(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0);
	CHECK(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
	CHECK(ptrace(PTRACE_GETREGS, pid, NULL, r) == 0);
	errno = 0;
	long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)(r->rip - 2), NULL);
	return errno == 0 && (word & 0xffff) == 0x050f;
}

/* Makes a process run one system call, at the syscall instruction that it waits in; it may be at
 * work when we come, so we come again. */
static void inject(pid_t pid, const struct forbidden *f)
{
	struct user_regs_struct r;
	bool waits = stop_in_call(pid, &r);

	for (int n = 0; !waits && n < 200; n++) {
		CHECK(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0);
		usleep(10000);
		waits = stop_in_call(pid, &r);
	}
	CHECK(waits);
	r.rip -= 2;
	r.rax = (unsigned long long)f->nr;
	r.orig_rax = (unsigned long long)-1; /* nothing to restart */
	r.rdi = (unsigned long long)f->arg[0];
	r.rsi = (unsigned long long)f->arg[1];
	r.rdx = (unsigned long long)f->arg[2];
	CHECK(ptrace(PTRACE_SETREGS, pid, NULL, &r) == 0);
	CHECK(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0);
}

TEST(the_running_processes_die_on_a_forbidden_call)
{
	char text[128];

	if (geteuid() != 0)
		test_skip("only root may look into a process that is not dumpable");
	struct seen before = begin(), after;
	for (size_t i = 0; i < process_n; i++) {
		/* Each crash doubles the back-off, so only the first four here. */
		for (size_t k = 0; k < N_INJECTED; k++) {
			if (row_permits(&process_table[i], forbidden[k].nr))
				continue;
			inject(before.pid[i], &forbidden[k]);
			for (int n = 0; is_alive(before.pid[i]) && n < 200; n++)
				usleep(10000);
			if (is_alive(before.pid[i]))
				test_fail(__FILE__, __LINE__, "%s survived %s", process_table[i].name, forbidden[k].name);
			after = wait_until_up();
			check_others(&before, &after, i);
			before = after;
		}
		(void)snprintf(text, sizeof(text), "%s was killed by SIGSYS", process_table[i].name);
		CHECK(log_has(text));
	}
	end();
}
#endif

/* The same on a child that puts on each row's belts: works for everybody. */
static int confined_call(const struct process *p, const struct forbidden *f)
{
	char root[] = "/tmp/slagboom-test-XXXXXX";
	int status, fd;
	pid_t pid;

	CHECK(mkdtemp(root));
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0 && rmdir(root) == 0);
	pid = fork();
	if (pid == 0) {
		const char *what;
		unsigned belts;
		if (process_confine(p, fd, NULL, &belts, &what) < 0)
			_exit(98);
		(void)syscall(f->nr, f->arg[0], f->arg[1], f->arg[2], 0, -1, 0);
		_exit(0);
	}
	fd_close(&fd);
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static void check_row_kills(const struct process *p)
{
	for (size_t k = 0; k < ARRAY_LEN(forbidden); k++) {
		if (row_permits(p, forbidden[k].nr))
			continue;
		int status = confined_call(p, &forbidden[k]);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			test_fail(__FILE__, __LINE__, "%s survived %s: status %#x", p->name, forbidden[k].name, status);
	}
}

TEST(every_row_kills_on_a_forbidden_call)
{
	for (size_t i = 0; i < process_n; i++)
		check_row_kills(&process_table[i]);
	for (size_t i = 0; i < process_n_passing; i++)
		check_row_kills(&process_passing[i]);
}

/* openat, socket, execve and ptrace are in no row at all without a reason that is
 * written here: files of one's own; and the door, which makes rooms for others and starts
 * what lives in them. */
TEST(no_row_permits_the_dangerous_calls)
{
	for (size_t i = 0; i < process_n; i++)
		for (size_t k = 0; k < ARRAY_LEN(forbidden); k++)
			CHECK(!row_permits(&process_table[i], forbidden[k].nr) ||
			    (forbidden[k].nr == SYS_openat && process_table[i].root == ROOT_DATA) ||
			    (forbidden[k].nr == SYS_connect && process_table[i].keeps_net) ||
			    (process_table[i].stays && forbidden[k].nr != SYS_ptrace));
	for (size_t i = 0; i < process_n_passing; i++)
		for (size_t k = 0; k < ARRAY_LEN(forbidden); k++)
			CHECK(!row_permits(&process_passing[i], forbidden[k].nr));
}

/* What others alone know is told by none of those that somebody might take over. */
TEST(no_row_tells_of_what_others_do)
{
	static const char *const others[] = { "session.", "recording.", "coverage.", "breakglass.", "policy.", "approval.",
		"grant.", "officer.", "hold.", "retention.", "receipt." };

	for (size_t i = 0; i < process_n + process_n_passing; i++) {
		const struct process *p = i < process_n ? &process_table[i] : &process_passing[i - process_n];
		unsigned n = 0;

		CHECK(process_may_tell(p, EVENT_LINK_REFUSED));
		for (unsigned id = 1; id < EVENT_N; id++) {
			struct rd name = rd_str(event_row(id)->name);
			n += process_may_tell(p, id);
			for (size_t k = 0; k < ARRAY_LEN(others); k++)
				CHECK(!rd_word(&name, others[k]) || !process_may_tell(p, id));
		}
		CHECK(n < EVENT_N / 4);
	}
}

static void check_status_line(pid_t pid, const char *want)
{
	char path[64], line[256];
	size_t n = strlen(want);
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, want, n) == 0) {
			(void)fclose(f);
			return;
		}
	}
	(void)fclose(f);
	test_fail(__FILE__, __LINE__, "process %d has no line \"%s\"", pid, want);
}

TEST(belts_as_the_kernel_sees_them)
{
	struct seen s = begin();

	for (size_t i = 0; i < process_n; i++) {
		check_status_line(s.pid[i], "Seccomp:\t2");
		check_status_line(s.pid[i], "NoNewPrivs:\t1");
		if (geteuid() == 0 && !process_table[i].stays) {
			char line[64];
			unsigned uid = PROCESS_UID_BASE + process_table[i].uid_offset;
			(void)snprintf(line, sizeof(line), "Uid:\t%u\t%u\t%u\t%u", uid, uid, uid, uid);
			check_status_line(s.pid[i], line);
			check_status_line(s.pid[i], "CapEff:\t0000000000000000");
			check_status_line(s.pid[i], "CapPrm:\t0000000000000000");
			check_status_line(s.pid[i], "Groups:\t ");
		}
	}
	end();
}

/* The supervisor cannot give up starting programs; looking into others it can. */
TEST(the_supervisor_dies_on_ptrace)
{
#ifdef __x86_64__
	if (geteuid() != 0)
		test_skip("only root may look into a process that is not dumpable");
	struct seen s = begin();
	static const struct forbidden f = { "ptrace", SYS_ptrace, { PTRACE_TRACEME, 0, 0 } };
	inject(s.supervisor, &f);
	for (int n = 0; is_alive(s.supervisor) && n < 200; n++)
		usleep(10000);
	CHECK(!is_alive(s.supervisor));
#else
	test_skip("injecting a call is written for x86-64");
#endif
	clear();
}

static void fill(const char *name, bool full)
{
	static uint8_t zeros[1 << 20];
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	if (!full) {
		CHECK(unlink(path) == 0);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	fd_close(&fd);
}

static pid_t pid_of(const struct seen *s, const char *name)
{
	for (size_t i = 0; i < process_n; i++)
		if (strcmp(process_table[i].name, name) == 0)
			return s->pid[i];
	test_fail(__FILE__, __LINE__, "no process is called %s", name);
}

/* No room for tiles or a checkpoint: records go on into the log, which survives a
 * kill, and the tree follows when there is room. */
TEST(a_full_disk_is_told_and_nothing_is_lost)
{
	struct seen s;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 || mounts_cut_off() < 0)
		test_skip("needs root, to mount a small disk");
	(void)snprintf(state_dir, sizeof(state_dir), "/tmp/slagboom-test-XXXXXX");
	CHECK(mkdtemp(state_dir) && mount("small", state_dir, "tmpfs", 0, "size=160M,mode=0700") == 0);
	CHECK_INT(quiet_cli("up"), 0);
	s = look();
	running = s.supervisor;
	sleep(1); /* until the spare segments are made */
	fill("filler", true);
	CHECK(kill(pid_of(&s, "tokend"), SIGKILL) == 0);
	check_log("the disk is full");
	fill("filler", false);
	check_log("there is room again");
	fill("filler", true);
	s = wait_until_up();
	CHECK(kill(pid_of(&s, "evidenced-core"), SIGKILL) == 0);
	s = wait_until_up();
	fill("filler", false);
	CHECK_INT(quiet_cli("down"), 0);
	CHECK(log_has("supervisor stopped") && !log_has("no further acknowledgement"));
	CHECK(umount(state_dir) == 0 && rmdir(state_dir) == 0);
}

TEST(a_strange_key_file_is_refused_with_its_name)
{
	char path[128];

	(void)begin();
	CHECK_INT(quiet_cli("down"), 0);
	(void)snprintf(path, sizeof(path), "%s/keys/log-core.seed", state_dir);
	/* An ordinary user may not write its own 0400 file. */
	CHECK(chmod(path, 0600) == 0 && truncate(path, 31) == 0 && chmod(path, 0400) == 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(quiet_cli("up") == 0);
	check_log("log-core.seed: it does not hold 32 bytes; restore it from its backup");
	CHECK_INT(quiet_cli("status"), 5);
	CHECK_INT(quiet_cli("down"), 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	clear();
}
