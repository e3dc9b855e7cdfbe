/*
 * Is:        the table of processes and their permitted system calls.
 * Is not:    code.
 * Called by: the supervisor and each process.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/table.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "proc/calls.h"

#define MIB ((uint64_t)1 << 20)

/* Every process: the loop, its links, and that it dies with its supervisor. */
static const struct sandbox_call common[] = {
	CALLS_LOOP,
	CALL(recvmsg),
	CALL(getppid),
	CALL_IF(prctl, 0, CALL_ANY_BIT, PR_SET_PDEATHSIG),
};

/* Keys live in locked pages behind guards; wiping them undoes that. */
static const struct sandbox_call secrets[] = {
	CALL(munlock),
};

/* A reel that was handed over is on the disk before its record is asked for. */
static const struct sandbox_call appending[] = {
	CALL(fdatasync),
	CALL(mlock), /* each segment has a key of its own */
};

/* The sockets of a room: it takes connections, and asks who and for which address. */
static const struct sandbox_call room_sockets[] = {
	CALL(accept4),
	CALL_IF(getsockopt, 2, CALL_ANY_BIT, SO_PEERCRED),
	CALL(getsockname),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_DUPFD_CLOEXEC),
	CALL(ppoll), /* waits for tokend (os/call.h) */
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
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_SETFD), /* as fdopendir(3) does */
	CALL(clock_adjtime), /* reads the clock's state; setting it needs a capability */
};

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
	    .fds_max = 640,
	    .uid_offset = 4,
	    .calls = { common, secrets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets) },
	},
	EVIDENCED("core", 2, "the only writer of the record: commits, builds the tree, publishes checkpoints"),
	EVIDENCED("intercept", 3, "the same for the intercept compartment, which others cannot read"),
};
const size_t process_n = ARRAY_LEN(process_table);

/* A gate has no file and no network: only what it was handed. */
const struct process process_passing[] = {
	{
	    .name = "gate",
	    .program = "gate",
	    .meaning = "one connection's sessions: reads, has judged and recorded, and only then lets go",
	    .root = ROOT_EMPTY,
	    .memory_max = 512 * MIB,
	    .fds_max = 256,
	    .may_append = true,
	    .uid_offset = 16,
	    .calls = { common, secrets, appending, room_sockets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets), ARRAY_LEN(appending), ARRAY_LEN(room_sockets) },
	},
};
const size_t process_n_passing = ARRAY_LEN(process_passing);

const struct process_link process_links[] = {
	{ "evidenced-core", "keyd" },
	{ "evidenced-intercept", "keyd" },
	{ "supervisor", "evidenced-core" },
};
const size_t process_n_links = ARRAY_LEN(process_links);

const struct process *process_find(const char *name)
{
	for (size_t i = 0; i < process_n; i++)
		if (strcmp(process_table[i].name, name) == 0)
			return &process_table[i];
	for (size_t i = 0; i < process_n_passing; i++)
		if (strcmp(process_passing[i].name, name) == 0)
			return &process_passing[i];
	return NULL;
}

int process_confine(const struct process *p, int root_fd, unsigned *out_belts, const char **out_what)
{
	const struct sandbox_call *lists[CALL_LISTS_MAX + 2] = { NULL };
	size_t n[CALL_LISTS_MAX + 2] = { 0 }, k = 0;
	struct sandbox s = { .calls = lists, .n_calls = n, .memory_max = p->memory_max, .fds_max = p->fds_max,
		.may_write = p->root == ROOT_DATA, .may_append = p->may_append, .root_fd = root_fd, .uid = PROCESS_UID_BASE + p->uid_offset };

	for (; k < CALL_LISTS_MAX && p->calls[k]; k++) {
		lists[k] = p->calls[k];
		n[k] = p->n_calls[k];
	}
	lists[k] = calls_sanitizer;
	n[k] = calls_n_sanitizer;
	if (calls_sanitized)
		s.memory_max = 0;
	return sandbox_apply(&s, out_belts, out_what);
}
