/*
 * Is:        the belts a process puts on before its first hostile byte.
 * Is not:    a policy: what a process may do is data, beside the process table.
 * Called by: proc/ at the start of every process.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * Order: limits, empty root (with namespaces), ids, not dumpable, no new
 * privileges, landlock, seccomp. Whatever fails ends the process, except that a
 * belt which this kernel or this user cannot have is reported as missing; a
 * process that misses a belt of SANDBOX_REQUIRED, or has neither an own root nor
 * landlock, is refused all the same (docs/THREATS.md).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/def.h"

enum sandbox_belt {
	SANDBOX_LIMITS = 1 << 0,     /* no core, no new processes, few descriptors, bounded memory */
	SANDBOX_ROOT = 1 << 1,       /* a root directory of its own, empty or just its data */
	SANDBOX_NET = 1 << 2,        /* a network namespace with nothing in it */
	SANDBOX_IDS = 1 << 3,        /* a user and group of its own, no capability left */
	SANDBOX_NO_DUMP = 1 << 4,    /* no core dump, no ptrace by its own user */
	SANDBOX_NO_NEW_PRIVS = 1 << 5,
	SANDBOX_LANDLOCK = 1 << 6,   /* no file outside its data, by the kernel */
	SANDBOX_SECCOMP = 1 << 7,    /* any other system call kills */
};
#define SANDBOX_ALL 0xffu
#define SANDBOX_REQUIRED (SANDBOX_LIMITS | SANDBOX_NO_DUMP | SANDBOX_NO_NEW_PRIVS | SANDBOX_SECCOMP)

/* The name of one belt: "limits", "root", "net", "ids", "no-dump", "no-new-privs",
 * "landlock", "seccomp". */
const char *sandbox_belt_name(enum sandbox_belt belt);

/* What one argument must be: (argument & mask) == value, or this process's own id. */
struct sandbox_arg {
	uint8_t n; /* counted from 0 */
	bool is_self;
	uint64_t mask, value;
};

/* One permitted system call, only with all of these arguments. Several rows for one call are
 * alternatives. */
enum { SANDBOX_ARGS_MAX = 2 };
struct sandbox_call {
	int nr;
	uint8_t n_args;
	struct sandbox_arg arg[SANDBOX_ARGS_MAX];
};

struct sandbox {
	const struct sandbox_call *const *calls; /* lists of rows, NULL-terminated */
	const size_t *n_calls;                   /* as many as lists */
	uint64_t memory_max;                     /* bytes of address space; 0: no limit */
	uint64_t fds_max;
	bool may_fork;   /* children too: no RLIMIT_NPROC of zero */
	bool keeps_net;  /* stays in the network namespace it was started in */
	/* With keeps_net: the ports of TCP that it may connect to, where the kernel's
	 * landlock knows that rule (ABI 4); none: no connection at all. */
	const uint16_t *tcp_ports;
	size_t n_tcp_ports;
	bool may_write;  /* files below the root directory may be made and written */
	bool may_append; /* no file can be opened, but one that was handed over may grow */
	bool keeps_root; /* started as root, stays it (the supervisor, door) */
	bool calls_are_forbidden; /* the lists name what kills; all else stays, as children inherit it */
	int root_fd;     /* becomes "/"; an empty directory, or the process's data */
	uid_t uid;       /* as root: who to become (uid and gid); never 0 */
};

/* Puts the belts on. 0 with the belts that hold in `*out_belts`, or a negative errno and
 * in `*out_what` the name of the step that failed. On failure the process must
 * exit: some belts may be on. */
MUST_USE int sandbox_apply(const struct sandbox *s, unsigned *out_belts, const char **out_what);

/* Of `s` only the calls, for what lives where the other belts are on already: in a room. Needs
 * no-new-privs. */
MUST_USE int sandbox_apply_calls(const struct sandbox *s);

/* From now on these calls fail with `err`, in this process and whatever it starts. Needs
 * no-new-privs. */
MUST_USE int sandbox_refuse(const struct sandbox_call *calls, size_t n, int err);

/* The first act in a new user namespace: be `uid` and `gid`, as outside, and let nobody
 * else exist. */
MUST_USE int sandbox_map_ids(uid_t uid, gid_t gid);
