/*
 * Is:        the table of processes and their permitted system calls.
 * Is not:    code.
 * Called by: the supervisor and each process.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/table.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define CALL(name) { SYS_##name, false, 0, 0, 0 }
/* Only with `want` in the bits of `mask` of argument `arg` (counted from 0). */
#define CALL_IF(name, arg, mask, want) { SYS_##name, true, (arg), (mask), (want) }
#define MIB ((uint64_t)1 << 20)

/* Every process: the loop, its links, memory without code, the clocks, the end. */
static const struct sandbox_call common[] = {
	CALL(read),
	CALL(write),
	CALL(close),
	CALL(recvmsg),
	CALL(sendmsg),
	CALL(epoll_wait),
	CALL(epoll_ctl),
	CALL(timerfd_settime),
	CALL(clock_gettime), /* where the vDSO cannot serve it */
	CALL_IF(fcntl, 1, ~(uint64_t)0, F_GETFL),
	CALL_IF(fcntl, 1, ~(uint64_t)0, F_SETFL), /* non-blocking, for a pipe that came */
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL_IF(mmap, 2, PROT_EXEC, 0),
	CALL_IF(mprotect, 2, PROT_EXEC, 0),
	CALL(futex),
	CALL(getrandom),
	CALL(getpid),
	CALL(getppid),
	CALL_IF(prctl, 0, ~(uint64_t)0, PR_SET_PDEATHSIG),
	CALL(gettid),
	CALL(tgkill), /* abort(3): raising a signal in ourselves */
	CALL(rt_sigprocmask),
	CALL(rt_sigaction),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
};

/* Keys live in locked pages behind guards; wiping them undoes that. */
static const struct sandbox_call secrets[] = {
	CALL(munlock),
};

/* Files below the process's own root directory (os/disk.h). */
static const struct sandbox_call store[] = {
	CALL(openat2),
	CALL(pread64),
	CALL(pwrite64),
	CALL(fdatasync),
	CALL(fsync),
	CALL(syncfs),
	CALL(fallocate),
	CALL(fstat),
	CALL(newfstatat), /* how the C library spells fstat */
	CALL(fadvise64),
	CALL(renameat),
	CALL(unlinkat),
	CALL(mkdirat),
	CALL(getdents64),
	CALL(lseek),
	CALL_IF(fcntl, 1, ~(uint64_t)0, F_SETFD), /* as fdopendir(3) does */
	CALL(clock_adjtime), /* reads the clock's state; setting it needs a capability */
};

/* Connections that go out, of TCP alone: whatever else a socket can be has another
 * protocol number. To which ports, landlock decides. */
static const struct sandbox_call network[] = {
	CALL_IF(socket, 2, ~(uint64_t)0, IPPROTO_TCP),
	CALL(connect),
	CALL(getpeername),
	CALL(getsockname),
	CALL(getsockopt),
	CALL_IF(setsockopt, 1, ~(uint64_t)0, IPPROTO_TCP),
	CALL_IF(setsockopt, 1, ~(uint64_t)0, SOL_SOCKET),
	CALL(recvfrom),
	CALL(sendto),
	CALL(shutdown),
	CALL(poll),
	CALL_IF(fcntl, 1, ~(uint64_t)0, F_SETFD),
};

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

#ifdef SANITIZED
/* What the sanitizers' runtimes do at any moment and at exit; a release has none
 * of it, and no limit on address space can hold their shadow. */
static const struct sandbox_call sanitizer[] = {
	CALL(sigaltstack), CALL(sched_yield), CALL(prlimit64), CALL(readlink), CALL(getrlimit), CALL(lseek), CALL(pread64),
};

/* The leak check reads other threads with ptrace, which kills here. A segmentation
 * fault stays a signal, as in a release. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:handle_segv=0";
}
#endif

/* One log: the same program twice, each in a directory and with a user of its own,
 * so that nobody who takes over one compartment reads the other. */
#define EVIDENCED(which, offset, why) \
	{ \
	    .name = "evidenced-" which, \
	    .program = "evidenced", \
	    .argument = "evidenced-" which, \
	    .meaning = why, \
	    .dir = "evidence-" which, \
	    .root = ROOT_DATA, \
	    .memory_max = 1024 * MIB, \
	    .fds_max = 1024, \
	    .uid_offset = (offset), \
	    .calls = { common, store }, \
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(store) }, \
	}

/* In the order of starting; they stop in the opposite one. */
const struct process process_table[] = {
	{
	    .name = "keyd",
	    .program = "keyd",
	    .meaning = "holds every private key; signs and answers, never gives one out",
	    .dir = "keys",
	    .root = ROOT_EMPTY,
	    .memory_max = 256 * MIB,
	    .fds_max = 64,
	    .uid_offset = 1,
	    .calls = { common, secrets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets) },
	},
	{
	    .name = "tokend",
	    .program = "tokend",
	    .argument = "",
	    .meaning = "knows who is a subscriber of ours, by keyed tokens; no file, no network",
	    .root = ROOT_EMPTY,
	    .memory_max = 2048 * MIB,
	    .fds_max = 64,
	    .uid_offset = 4,
	    .calls = { common, secrets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets) },
	},
	EVIDENCED("core", 2, "the only writer of the record: commits, builds the tree, publishes checkpoints"),
	EVIDENCED("intercept", 3, "the same for the intercept compartment, which others cannot read"),
	{
	    .name = "shipd",
	    .program = "shipd",
	    .argument = "",
	    .meaning = "brings checkpoints to the witnesses and records to the mirror; the only one here with a network",
	    .dir = "ship",
	    .root = ROOT_EMPTY,
	    .memory_max = 512 * MIB,
	    .fds_max = 512,
	    .uid_offset = 5,
	    .keeps_net = true,
	    .calls = { common, network },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(network) },
	},
};
const size_t process_n = ARRAY_LEN(process_table);

const struct process_link process_links[] = {
	{ "evidenced-core", "keyd" },
	{ "evidenced-intercept", "keyd" },
	{ "supervisor", "evidenced-core" },
	{ "shipd", "evidenced-core" },
	{ "shipd", "evidenced-intercept" },
};
const size_t process_n_links = ARRAY_LEN(process_links);

const struct process *process_find(const char *name)
{
	for (size_t i = 0; i < process_n; i++)
		if (strcmp(process_table[i].name, name) == 0)
			return &process_table[i];
	return NULL;
}

int process_confine(const struct process *p, int root_fd, const struct process_reach *reach,
    unsigned *out_belts, const char **out_what)
{
	const struct sandbox_call *lists[CALL_LISTS_MAX + 2] = { NULL };
	size_t n[CALL_LISTS_MAX + 2] = { 0 }, k = 0;
	struct sandbox s = { .calls = lists, .n_calls = n, .memory_max = p->memory_max, .fds_max = p->fds_max,
		.may_write = p->root == ROOT_DATA, .root_fd = root_fd, .uid = PROCESS_UID_BASE + p->uid_offset,
		.keeps_net = p->keeps_net, .tcp_ports = reach ? reach->ports : NULL,
		.n_tcp_ports = reach && p->keeps_net ? reach->n : 0 };

	for (; k < CALL_LISTS_MAX && p->calls[k]; k++) {
		lists[k] = p->calls[k];
		n[k] = p->n_calls[k];
	}
#ifdef SANITIZED
	lists[k] = sanitizer;
	n[k] = ARRAY_LEN(sanitizer);
	s.memory_max = 0;
#endif
	return sandbox_apply(&s, out_belts, out_what);
}
