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

#include <netinet/in.h>

#include "os/sandbox.h"
#include "proc/calls.h"
#include "proc/table.h"

enum { FDS_MAX = 128, UID_OFFSET = 101 };
#define MEMORY_MAX ((uint64_t)1 << 30)

static const struct sandbox_call calls[] = {
	CALLS_LOOP, CALL(munlock),
	/* Connections that come in. */
	CALL(accept4), CALL(recvfrom), CALL(sendto), CALL(shutdown), CALL_IF(setsockopt, 1, CALL_ANY_BIT, IPPROTO_TCP),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_SETFD),
	/* Files below its directory (os/disk.h). */
	CALL(openat2), CALL(pread64), CALL(pwrite64), CALL(fdatasync), CALL(fsync), CALL(syncfs), CALL(fallocate), CALL(fstat),
	CALL(newfstatat), CALL(fadvise64), CALL(renameat), CALL(unlinkat), CALL(mkdirat), CALL(getdents64), CALL(lseek),
};

uid_t belts_uid(void)
{
	return PROCESS_UID_BASE + UID_OFFSET;
}

int belts_put_on(int dir_fd, unsigned *out_belts, const char **out_what)
{
	const struct sandbox_call *const lists[] = { calls, calls_sanitizer, NULL };
	const size_t n_calls[] = { ARRAY_LEN(calls), calls_n_sanitizer };
	struct sandbox s = { .calls = lists, .n_calls = n_calls, .memory_max = MEMORY_MAX, .fds_max = FDS_MAX,
		.keeps_net = true, .may_write = true, .root_fd = dir_fd, .uid = belts_uid() };

	if (calls_sanitized)
		s.memory_max = 0;
	return sandbox_apply(&s, out_belts, out_what);
}
