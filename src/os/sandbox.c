/*
 * Is:        the belts a process puts on (contract in the header).
 * Is not:    a policy.
 * Called by: proc/ at the start of every process.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "os/fd.h"
#include "os/landlock.h"

const char *sandbox_belt_name(enum sandbox_belt belt)
{
	switch (belt) {
	case SANDBOX_LIMITS:
		return "limits";
	case SANDBOX_ROOT:
		return "root";
	case SANDBOX_NET:
		return "net";
	case SANDBOX_IDS:
		return "ids";
	case SANDBOX_NO_DUMP:
		return "no-dump";
	case SANDBOX_NO_NEW_PRIVS:
		return "no-new-privs";
	case SANDBOX_LANDLOCK:
		return "landlock";
	case SANDBOX_SECCOMP:
		return "seccomp";
	}
	UNREACHABLE();
}

static int limit(__rlimit_resource_t what, uint64_t max)
{
	struct rlimit r = { max, max };

	return setrlimit(what, &r) < 0 ? -errno : 0;
}

static int put_limits(const struct sandbox *s)
{
	int r = limit(RLIMIT_CORE, 0);

	if (r == 0)
		r = limit(RLIMIT_NOFILE, s->fds_max);
	if (r == 0 && s->memory_max)
		r = limit(RLIMIT_AS, s->memory_max);
	if (r == 0 && !s->may_fork)
		r = limit(RLIMIT_NPROC, 0);
	if (r == 0 && !s->may_write && !s->may_append)
		r = limit(RLIMIT_FSIZE, 0);
	return r;
}

static int write_proc(const char *path, const char *text)
{
	AUTO(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_all(fd, rd_str(text));
}

/* In a user namespace of our own we stay the user we are. */
int sandbox_map_ids(uid_t uid, gid_t gid)
{
	char uid_map[64], gid_map[64];
	int r;

	(void)snprintf(uid_map, sizeof(uid_map), "%u %u 1", uid, uid);
	(void)snprintf(gid_map, sizeof(gid_map), "%u %u 1", gid, gid);
	r = write_proc("/proc/self/setgroups", "deny");
	if (r == 0)
		r = write_proc("/proc/self/uid_map", uid_map);
	if (r == 0)
		r = write_proc("/proc/self/gid_map", gid_map);
	return r;
}

static int change_root(int fd)
{
	return fchdir(fd) < 0 || chroot(".") < 0 || chdir("/") < 0 ? -errno : 0;
}

/* Namespaces and the root directory. An ordinary user gets them only with a user
 * namespace; where the kernel forbids that, the belt is missing and landlock must
 * hold the files. Anything that fails later leaves us in between, and is fatal. */
static int put_root(const struct sandbox *s, unsigned *belts)
{
	int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | (s->keeps_net ? 0 : CLONE_NEWNET), r = 0;
	bool is_root = geteuid() == 0;
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(is_root ? flags : flags | CLONE_NEWUSER) < 0) {
		if (is_root)
			return -errno;
		return fchdir(s->root_fd) < 0 ? -errno : 0; /* relative paths mean the same */
	}
	if (!is_root)
		r = sandbox_map_ids(uid, gid);
	if (r == 0)
		r = change_root(s->root_fd);
	if (r == 0)
		*belts |= SANDBOX_ROOT | (s->keeps_net ? 0 : SANDBOX_NET);
	return r;
}

static int put_ids(const struct sandbox *s, unsigned *belts)
{
	if (geteuid() != 0 || getuid() != 0)
		return 0;
	ASSERT(s->uid != 0);
	if (setgroups(0, NULL) < 0 || setresgid(s->uid, s->uid, s->uid) < 0 || setresuid(s->uid, s->uid, s->uid) < 0)
		return -errno;
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return -EPERM; /* it must not be possible to go back */
	*belts |= SANDBOX_IDS;
	return 0;
}

static int add_call(scmp_filter_ctx f, const struct sandbox_call *c, uint32_t action)
{
	struct scmp_arg_cmp cmp[SANDBOX_ARGS_MAX];

	ASSERT(c->n_args <= SANDBOX_ARGS_MAX);
	for (size_t i = 0; i < c->n_args; i++) {
		const struct sandbox_arg *a = &c->arg[i];
		cmp[i] = SCMP_CMP64(a->n, SCMP_CMP_MASKED_EQ, a->mask, a->is_self ? (uint64_t)getpid() : a->value);
	}
	return seccomp_rule_add_array(f, action, c->nr, c->n_args, cmp);
}

static int put_seccomp(const struct sandbox *s)
{
	uint32_t others = s->calls_are_forbidden ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS;
	uint32_t listed = s->calls_are_forbidden ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW;
	scmp_filter_ctx f = seccomp_init(others);
	int r = f ? 0 : -ENOMEM;

	for (size_t list = 0; r == 0 && s->calls[list]; list++)
		for (size_t i = 0; r == 0 && i < s->n_calls[list]; i++)
			r = add_call(f, &s->calls[list][i], listed);
	if (r == 0)
		r = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return r;
}

int sandbox_apply_calls(const struct sandbox *s)
{
	return put_seccomp(s);
}

int sandbox_refuse(const struct sandbox_call *calls, size_t n, int err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int r = f ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_call(f, &calls[i], SCMP_ACT_ERRNO((uint32_t)err));
	if (r == 0)
		r = seccomp_load(f);
	if (f)
		seccomp_release(f);
	return r;
}

static int put_rest(const struct sandbox *s, unsigned *belts, const char **what)
{
	int r;

	*what = "no-dump";
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	*belts |= SANDBOX_NO_DUMP;
	*what = "no-new-privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*belts |= SANDBOX_NO_NEW_PRIVS;
	*what = "landlock";
	r = s->keeps_root ? LANDLOCK_ABSENT
			  : landlock_confine(s->root_fd, s->may_write, s->tcp_ports, s->n_tcp_ports);
	if (r < 0)
		return r;
	if (r == 0)
		*belts |= SANDBOX_LANDLOCK;
	*what = "seccomp";
	r = put_seccomp(s);
	if (r == 0)
		*belts |= SANDBOX_SECCOMP;
	return r;
}

static int check_required(const struct sandbox *s, unsigned belts, const char **what)
{
	*what = "the belts that no process goes without";
	if ((belts & SANDBOX_REQUIRED) != SANDBOX_REQUIRED)
		return -EPERM;
	*what = "an own root directory or landlock: this kernel gives this user neither";
	return s->keeps_root || belts & (SANDBOX_ROOT | SANDBOX_LANDLOCK) ? 0 : -EPERM;
}

int sandbox_apply(const struct sandbox *s, unsigned *out_belts, const char **out_what)
{
	unsigned belts = 0;
	int r;

	*out_what = "limits";
	r = put_limits(s);
	if (r < 0)
		return r;
	belts |= SANDBOX_LIMITS;
	if (!s->keeps_root) {
		*out_what = "root";
		r = put_root(s, &belts);
		if (r < 0)
			return r;
		*out_what = "ids";
		r = put_ids(s, &belts);
		if (r < 0)
			return r;
	}
	r = put_rest(s, &belts, out_what);
	if (r == 0)
		r = check_required(s, belts, out_what);
	if (r == 0)
		*out_belts = belts;
	return r;
}
