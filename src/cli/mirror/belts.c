/*
 * Is:        what the mirror may do once it serves.
 * Is not:    how that is enforced.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * It cannot make a socket or connect, for its socket listens already; nor open a file
 * outside its directory.
 */
#include "cli/mirror/belts.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "os/sandbox.h"
#include "proc/table.h"

#define CALL(name) { SYS_##name, false, 0, 0, 0 }
/* Only with `want` in the bits of `mask` of argument `arg` (counted from 0). */
#define CALL_IF(name, arg, mask, want) { SYS_##name, true, (arg), (mask), (want) }
#define ANY_BIT (~(uint64_t)0)

enum { FDS_MAX = 128, UID_OFFSET = 101 };
#define MEMORY_MAX ((uint64_t)1 << 30)

static const struct sandbox_call calls[] = {
	/* The loop and the end. */
	CALL(read), CALL(write), CALL(close), CALL(epoll_wait), CALL(epoll_ctl), CALL(timerfd_settime),
	CALL(clock_gettime), CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL_IF(mmap, 2, PROT_EXEC, 0),
	CALL_IF(mprotect, 2, PROT_EXEC, 0), CALL(munlock), CALL(futex), CALL(getrandom), CALL(getpid), CALL(gettid),
	CALL(tgkill), CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(rt_sigreturn), CALL(restart_syscall), CALL(exit),
	CALL(exit_group),
	/* Connections that come in. */
	CALL(accept4), CALL(recvfrom), CALL(sendto), CALL(sendmsg), CALL(shutdown), CALL_IF(setsockopt, 1, ANY_BIT, IPPROTO_TCP),
	CALL_IF(fcntl, 1, ANY_BIT, F_GETFL), CALL_IF(fcntl, 1, ANY_BIT, F_SETFL), CALL_IF(fcntl, 1, ANY_BIT, F_SETFD),
	/* Files below its directory (os/disk.h). */
	CALL(openat2), CALL(pread64), CALL(pwrite64), CALL(fdatasync), CALL(fsync), CALL(syncfs), CALL(fallocate), CALL(fstat),
	CALL(newfstatat), CALL(fadvise64), CALL(renameat), CALL(unlinkat), CALL(mkdirat), CALL(getdents64), CALL(lseek),
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
/* What the sanitizers' runtimes do at any moment (as in proc/table.c). */
static const struct sandbox_call sanitizer[] = {
	CALL(sigaltstack), CALL(sched_yield), CALL(prlimit64), CALL(readlink), CALL(getrlimit),
};

/* The leak check reads other threads with ptrace, which kills here. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:symbolize=0:handle_segv=0";
}
#endif

uid_t belts_uid(void)
{
	return PROCESS_UID_BASE + UID_OFFSET;
}

int belts_put_on(int dir_fd, unsigned *out_belts, const char **out_what)
{
	static const struct sandbox_call *const lists[] = {
		calls,
#ifdef SANITIZED
		sanitizer,
#endif
		NULL,
	};
	static const size_t n_calls[] = {
		ARRAY_LEN(calls),
#ifdef SANITIZED
		ARRAY_LEN(sanitizer),
#endif
	};
	struct sandbox s = { .calls = lists, .n_calls = n_calls, .memory_max = MEMORY_MAX, .fds_max = FDS_MAX,
		.keeps_net = true, .may_write = true, .root_fd = dir_fd, .uid = belts_uid() };

#ifdef SANITIZED
	s.memory_max = 0;
#endif
	return sandbox_apply(&s, out_belts, out_what);
}
