/*
 * Is:        starting a program with nothing of ours but what is listed.
 * Is not:    a shell.
 * Called by: the supervisor, door, tests.
 * Owns:      nothing.
 * Trust:     our own arguments.
 */
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "os/fd.h"

enum { FDS_MAX = 16, PARKED_FROM = 100 };

/* Tells the parent why, and ends. Between fork and exec only plain calls. */
NORETURN static void give_up(int report, int err)
{
	ssize_t ignored = write(report, &err, sizeof(err));

	(void)ignored;
	_exit(127);
}

static void reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First all up to numbers that no target has, then down: sources and targets may
 * overlap. Returns where the report descriptor went. */
static int place_fds(const struct spawn *s, int report)
{
	int parked[FDS_MAX], null, r;

	r = fcntl(report, F_DUPFD_CLOEXEC, PARKED_FROM);
	if (r < 0)
		give_up(report, errno);
	report = r;
	for (size_t i = 0; i < s->n_fds; i++)
		if ((parked[i] = fcntl(s->fds[i].from, F_DUPFD_CLOEXEC, PARKED_FROM)) < 0)
			give_up(report, errno);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			give_up(report, errno);
	for (size_t i = 0; i < s->n_fds; i++)
		if (dup2(parked[i], s->fds[i].to) < 0)
			give_up(report, errno);
	return report;
}

/* Everything above 2 that is not a target is closed by exec. */
static void mark_the_rest(const struct spawn *s, int report)
{
	if (syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		give_up(report, errno);
	for (size_t i = 0; i < s->n_fds; i++)
		if (fcntl(s->fds[i].to, F_SETFD, 0) < 0)
			give_up(report, errno);
}

/* exec takes all capabilities from a user who is not 0, but for the ambient ones. */
static int keep_capabilities(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &h, d) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		d[i].inheritable = d[i].permitted;
	if (syscall(SYS_capset, &h, d) < 0)
		return -errno;
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (d[cap / 32].permitted & 1u << cap % 32 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}

static void enter_namespaces(const struct spawn *s, int report)
{
	int r = s->namespaces & CLONE_NEWUSER ? keep_capabilities() : 0;

	if (r < 0)
		give_up(report, -r);
	if (s->netns && setns(s->netns, CLONE_NEWNET) < 0)
		give_up(report, errno);
}

NORETURN static void become(const struct spawn *s, int report)
{
	char *const *argv, *const *envp;

	reset_signals();
	enter_namespaces(s, report);
	report = place_fds(s, report);
	mark_the_rest(s, report);
	(void)umask(077);
	if (setsid() < 0 || chdir("/") < 0)
		give_up(report, errno);
	/* execve's type predates const. */
	memcpy(&argv, &s->argv, sizeof(argv));
	memcpy(&envp, &s->envp, sizeof(envp));
	(void)execve(s->path, argv, envp);
	give_up(report, errno);
}

/* The raw call behaves as fork does when no memory is shared; nothing of the C library
 * that fork would mend is used before exec. */
static pid_t split(const struct spawn *s)
{
	if (!s->namespaces)
		return fork();
	return (pid_t)syscall(SYS_clone, (unsigned long)(unsigned)s->namespaces | SIGCHLD, 0, 0, 0, 0);
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int spawn(const struct spawn *s, pid_t *out_pid, int *out_pidfd)
{
	AUTO(fd_close) int read_end = -1;
	AUTO(fd_close) int write_end = -1;
	int ends[2], err = 0, pidfd;
	ssize_t n;
	pid_t pid;

	ASSERT(s->path[0] == '/' && s->n_fds <= FDS_MAX);
	for (size_t i = 0; i < s->n_fds; i++)
		ASSERT(s->fds[i].to < PARKED_FROM);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	read_end = ends[0];
	write_end = ends[1];
	pid = split(s);
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(s, write_end);
	fd_close(&write_end);
	do
		n = read(read_end, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	pidfd = n == 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pidfd < 0) {
		err = n == (ssize_t)sizeof(err) ? err : errno;
		(void)kill(pid, SIGKILL);
		reap(pid);
		return -err;
	}
	*out_pid = pid;
	*out_pidfd = pidfd;
	return 0;
}
