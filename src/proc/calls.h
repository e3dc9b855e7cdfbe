/*
 * Is:        the rows that lists of permitted system calls share.
 * Is not:    a list of any one process (table.c, cli/witness/belts.c).
 * Called by: table.c; the programs outside the table that put on belts of their own.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "os/sandbox.h"

#define CALL(name) { .nr = SYS_##name }
/* Only with `want` in the bits of `mask` of argument `n` (counted from 0). */
#define CALL_IF(name, n, mask, want) { SYS_##name, 1, { { (n), false, (mask), (want) } } }
/* Only with `want` in the one argument, and `and_want` in the other. */
#define CALL_IF_BOTH(name, n, want, and_n, and_want) \
	{ SYS_##name, 2, { { (n), false, CALL_ANY_BIT, (want) }, { (and_n), false, CALL_ANY_BIT, (and_want) } } }
/* Only on this process itself; the argument is an int, so the upper half is whatever it is. */
#define CALL_ON_SELF(name, n) { SYS_##name, 1, { { (n), true, UINT32_MAX, 0 } } }
#define CALL_ANY_BIT (~(uint64_t)0)

/* The loop, what is open already, memory without code, the clocks, the end. */
/* clang-format off */
#define CALLS_LOOP \
	CALL(read), CALL(write), CALL(close), CALL(sendmsg), CALL(epoll_wait), CALL(epoll_ctl), CALL(timerfd_settime), \
	CALL(clock_gettime), /* where the vDSO cannot serve it */ \
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_GETFL), \
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_SETFL), /* non-blocking, for a pipe that came */ \
	CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), \
	CALL_IF(mmap, 2, PROT_EXEC, 0), CALL_IF(mprotect, 2, PROT_EXEC, 0), \
	CALL(futex), CALL(getrandom), CALL(getpid), CALL(gettid), \
	CALL_ON_SELF(tgkill, 0), /* abort(3): others of a kind have the same user, and would be killed */ \
	CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(rt_sigreturn), CALL(restart_syscall), \
	CALL(exit), CALL(exit_group)
/* clang-format on */

/* What the sanitizers' runtimes do at any moment and at exit. A release has none of it:
 * then there are no rows. */
extern const struct sandbox_call calls_sanitizer[];
extern const size_t calls_n_sanitizer;
/* No limit on address space can hold a sanitizer's shadow. */
extern const bool calls_sanitized;
