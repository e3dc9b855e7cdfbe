/*
 * Is:        the table of processes and their permitted system calls.
 * Is not:    code.
 * Called by: the supervisor and each process.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "proc/table.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "proc/calls.h"

#define MIB ((uint64_t)1 << 20)

/* Every process: the loop, its links, and that it dies with its supervisor. */
static const struct sandbox_call common[] = {
	CALLS_LOOP,
	CALL(recvmsg),
	CALL(getppid),
	CALL(sysinfo), /* qsort(3) of the C library, from a kilobyte on: how much memory there is */
	CALL_IF(prctl, 0, CALL_ANY_BIT, PR_SET_PDEATHSIG),
};

/* Keys live in locked pages behind guards; wiping them undoes that. */
static const struct sandbox_call secrets[] = {
	CALL(munlock),
};

/* A reel that was handed over is on the disk before its record is asked for. */
static const struct sandbox_call appending[] = {
	CALL(fdatasync),
	CALL(sync_file_range),
};

/* Its spool, which evidenced made: written, read, and emptied. */
static const struct sandbox_call spooling[] = {
	CALL(pread64),
	CALL(pwrite64),
	CALL(ftruncate),
};

/* The sockets of a room: it takes connections, and asks who and for which address. */
static const struct sandbox_call room_sockets[] = {
	CALL(accept4),
	CALL_IF(getsockopt, 2, CALL_ANY_BIT, SO_PEERCRED),
	CALL(getsockname),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_DUPFD_CLOEXEC),
	CALL(ppoll), /* waits for tokend (os/call.h) */
};

/* Keys that come while it runs: keyd's credentials, a segment's, a connection's. */
static const struct sandbox_call new_secrets[] = {
	CALL(mlock),
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

/* Connections that go out, of TCP alone: the number of its protocol means another in the families
 * that are not the internet's. To which ports, landlock decides. */
static const struct sandbox_call network[] = {
	CALL_IF_BOTH(socket, 0, AF_INET, 2, IPPROTO_TCP),
	CALL_IF_BOTH(socket, 0, AF_INET6, 2, IPPROTO_TCP),
	CALL(connect),
	CALL(getpeername),
	CALL(getsockname),
	CALL(getsockopt),
	CALL_IF(setsockopt, 1, CALL_ANY_BIT, IPPROTO_TCP),
	CALL_IF(setsockopt, 1, CALL_ANY_BIT, SOL_SOCKET),
	CALL(recvfrom),
	CALL(sendto),
	CALL(shutdown),
	CALL(poll),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_SETFD),
};

/* An edge's one connection, which stood before its belts were on. */
static const struct sandbox_call connection[] = {
	CALL(recvfrom),
	CALL(sendto),
	CALL(poll),
	CALL(shutdown),
	CALL_IF(getsockopt, 2, CALL_ANY_BIT, SO_ERROR),
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
	    .fds_max = 2048, \
	    .uid_offset = (offset), \
	    .tells = { "log.", "quorum." }, \
	    .calls = { common, store }, \
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(store) }, \
	}

/* The process of a log's tree. It is the writer's child, and the files are of one user. */
#define TREED(which, offset) \
	{ \
	    .name = "treed-" which, \
	    .program = "evidenced", \
	    .argument = "evidenced-" which, \
	    .meaning = "derives the tree of the record from what evidenced-" which " has committed; forked by it, and ends with it", \
	    .dir = "evidence-" which, \
	    .root = ROOT_DATA, \
	    .memory_max = 1024 * MIB, \
	    .fds_max = 64, \
	    .uid_offset = (offset), \
	    .calls = { common, store }, \
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(store) }, \
	}

/* What neither the door nor anything in a room ever needs; children inherit it, so that this
 * stands around a sshd that was taken over too. Besides, the supervisor's own list. */
static const struct sandbox_call never_in_a_room[] = {
	CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(kcmp), CALL(pidfd_getfd),
	CALL(bpf), CALL(perf_event_open), CALL(userfaultfd), CALL(io_uring_setup), CALL(open_by_handle_at),
	CALL(add_key), CALL(request_key), CALL(keyctl), CALL(init_module), CALL(finit_module), CALL(delete_module),
	CALL(kexec_load), CALL(reboot), CALL(swapon), CALL(swapoff), CALL(acct), CALL(quotactl), CALL(syslog),
	CALL(iopl), CALL(ioperm), CALL(modify_ldt), CALL(fanotify_init), CALL(settimeofday), CALL(clock_settime),
	CALL(adjtimex), CALL(mknod), CALL(mknodat), CALL(move_pages), CALL(vmsplice),
	CALL_IF(socket, 0, CALL_ANY_BIT, AF_PACKET), CALL_IF(socket, 0, CALL_ANY_BIT, AF_ALG),
	CALL_IF(socket, 0, CALL_ANY_BIT, AF_VSOCK), CALL_IF(socket, 0, CALL_ANY_BIT, AF_BLUETOOTH),
};

/* The desk: its database is open before the belts close, and officers come to its socket. */
static const struct sandbox_call desk[] = {
	CALL(accept4),
	CALL_IF(getsockopt, 2, CALL_ANY_BIT, SO_PEERCRED),
	CALL_IF(socketpair, 0, CALL_ANY_BIT, AF_UNIX),
	CALL(pipe2),
	CALL(fchmod), /* what rooms may read */
	CALL(fstatfs), /* how much room is left */
	CALL(ftruncate),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_SETLK),
	CALL_IF(fcntl, 1, CALL_ANY_BIT, F_GETLK),
};

/* The first process of a room ends everybody else in it, and buries whoever died there. */
static const struct sandbox_call burial[] = {
	CALL(wait4),
	CALL_IF(kill, 0, UINT32_MAX, UINT32_MAX), /* -1: an int, so the upper half is whatever it is */
};

/* The size and the mode of the terminal that it was given. */
static const struct sandbox_call terminal[] = {
	CALL_IF(ioctl, 1, CALL_ANY_BIT, TIOCGWINSZ),
	CALL_IF(ioctl, 1, CALL_ANY_BIT, TCGETS),
	CALL_IF(ioctl, 1, CALL_ANY_BIT, TCSETS),
	CALL_IF(ioctl, 1, CALL_ANY_BIT, TCSETSW),
};

/* In the order of starting; they stop in the opposite one. */
const struct process process_table[] = {
	{
	    .name = "keyd",
	    .program = "keyd",
	    .meaning = "holds every private key; signs and answers, never gives one out",
	    .dir = "keys",
	    .root = ROOT_DATA,
	    .memory_max = 256 * MIB,
	    .fds_max = 4096,
	    .uid_offset = 1,
	    .tells = { "credential.", "log.forked" },
	    .calls = { common, secrets, new_secrets, store },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets), ARRAY_LEN(new_secrets), ARRAY_LEN(store) },
	},
	{
	    .name = "tokend",
	    .program = "tokend",
	    .argument = "",
	    .meaning = "knows who is a subscriber of ours, by keyed tokens; no file, no network",
	    .root = ROOT_EMPTY,
	    .memory_max = 2048 * MIB,
	    .fds_max = 2048,
	    .uid_offset = 4,
	    .tells = { "members.", "asker." },
	    .calls = { common, secrets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets) },
	},
	EVIDENCED("core", 2, "the only writer of the record: commits in groups, says what is durable, has the tree signed; its child treed, with the same belts, derives the tree"),
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
	    .uid_offset = 7,
	    .keeps_net = true,
	    .tells = { "witness.", "mirror." },
	    .calls = { common, network },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(network) },
	},
	{
	    .name = "deskd",
	    .program = "deskd",
	    .meaning = "policy, requests, approvals and grants: says what each session may do",
	    .dir = "desk",
	    .root = ROOT_DATA,
	    .socket = "desk.socket",
	    .memory_max = 4096 * MIB,
	    .fds_max = 4096,
	    .uid_offset = 5,
	    .tells = { "desk.disk-" },
	    .calls = { common, secrets, new_secrets, store, desk },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets), ARRAY_LEN(new_secrets), ARRAY_LEN(store), ARRAY_LEN(desk) },
	},
	{
	    .name = "door",
	    .program = "door",
	    .argument = "",
	    .meaning = "accepts connections, limits them, makes a room for each; reads nothing that they send",
	    .root = ROOT_EMPTY,
	    .memory_max = 4096 * MIB,
	    .fds_max = 16384,
	    .stays = true,
	    .uid_offset = 6,
	    .tells = { "door.", "process." },
	    .calls = { never_in_a_room },
	    .n_calls = { ARRAY_LEN(never_in_a_room) },
	},
};
const size_t process_n = ARRAY_LEN(process_table);

/* A gate has no file and no network: only what it was handed. */
const struct process process_passing[] = {
	TREED("core", 2),
	TREED("intercept", 3),
	{
	    .name = "gate",
	    .program = "gate",
	    .meaning = "one connection's sessions: reads, has judged and recorded, and only then lets go",
	    .root = ROOT_EMPTY,
	    .memory_max = 512 * MIB,
	    .fds_max = 256,
	    .may_append = true,
	    .uid_offset = 16,
	    .tells = { "door.forward-refused" },
	    .calls = { common, secrets, new_secrets, appending, spooling, room_sockets },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets), ARRAY_LEN(new_secrets), ARRAY_LEN(appending),
		ARRAY_LEN(spooling), ARRAY_LEN(room_sockets) },
	},
	{
	    .name = "edge-ssh",
	    .program = "edge-ssh",
	    .meaning = "one channel to one element over SSH; has no key, and no way to another element",
	    .root = ROOT_EMPTY,
	    .memory_max = 256 * MIB,
	    .fds_max = 32,
	    .uid_offset = 17,
	    .calls = { common, secrets, new_secrets, connection },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(secrets), ARRAY_LEN(new_secrets), ARRAY_LEN(connection) },
	},
	{
	    .name = "edge-line",
	    .program = "edge-line",
	    .meaning = "one connection to one element that speaks telnet or lines",
	    .root = ROOT_EMPTY,
	    .memory_max = 128 * MIB,
	    .fds_max = 32,
	    .uid_offset = 18,
	    .calls = { common, connection },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(connection) },
	},
	/* The two of ours that live in a room, which is their root directory and network. */
	{
	    .name = "room",
	    .program = "room",
	    .meaning = "the first process of a room: made it, started sshd, and ends everything in it when that ends",
	    .root = ROOT_EMPTY,
	    .memory_max = 128 * MIB,
	    .fds_max = 64,
	    .uid_offset = 19,
	    .calls = { common, burial },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(burial) },
	},
	{
	    .name = "session",
	    .program = "session",
	    .meaning = "the engineer's login shell: hands his terminal to the gate and waits",
	    .root = ROOT_EMPTY,
	    .memory_max = 128 * MIB,
	    .fds_max = 64,
	    .uid_offset = 20,
	    .calls = { common, terminal },
	    .n_calls = { ARRAY_LEN(common), ARRAY_LEN(terminal) },
	},
};
const size_t process_n_passing = ARRAY_LEN(process_passing);

const struct process_link process_links[] = {
	{ "evidenced-core", "keyd" },
	{ "evidenced-intercept", "keyd" },
	{ "supervisor", "evidenced-core" },
	{ "shipd", "evidenced-core" },
	{ "shipd", "evidenced-intercept" },
	{ "deskd", "keyd" },
	{ "deskd", "evidenced-core" },
	{ "deskd", "evidenced-intercept" },
	{ "door", "keyd" },
	{ "door", "tokend" },
	{ "door", "evidenced-core" },
	{ "door", "evidenced-intercept" },
	{ "door", "deskd" },
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

bool process_may_tell(const struct process *p, enum event_id id)
{
	const struct rd name = rd_str(event_row(id)->name);

	for (size_t i = 0; i < TELLS_MAX && p->tells[i]; i++) {
		struct rd rest = name;
		if (rd_word(&rest, p->tells[i]))
			return true;
	}
	return id == EVENT_LINK_REFUSED;
}

/* The lists of a row, with what a sanitized build needs besides. */
struct row_lists {
	const struct sandbox_call *calls[CALL_LISTS_MAX + 2];
	size_t n[CALL_LISTS_MAX + 2];
};

static void collect(const struct process *p, struct row_lists *l)
{
	size_t k = 0;

	for (; k < CALL_LISTS_MAX && p->calls[k]; k++) {
		l->calls[k] = p->calls[k];
		l->n[k] = p->n_calls[k];
	}
	if (!p->stays) {
		l->calls[k] = calls_sanitizer;
		l->n[k] = calls_n_sanitizer;
	}
}

int process_confine_calls(const struct process *p)
{
	struct row_lists l = { .calls = { NULL } };
	struct sandbox s = { .calls = l.calls, .n_calls = l.n };

	collect(p, &l);
	return sandbox_apply_calls(&s);
}

int process_confine(const struct process *p, int root_fd, const struct process_reach *reach,
    unsigned *out_belts, const char **out_what)
{
	struct row_lists l = { .calls = { NULL } };
	struct sandbox s = { .calls = l.calls, .n_calls = l.n, .memory_max = p->memory_max, .fds_max = p->fds_max,
		.may_write = p->root == ROOT_DATA || p->stays, .may_append = p->may_append, .root_fd = root_fd,
		.uid = PROCESS_UID_BASE + p->uid_offset, .keeps_root = p->stays, .keeps_net = p->stays || p->keeps_net,
		.may_fork = p->stays, .calls_are_forbidden = p->stays,
		.tcp_ports = reach ? reach->ports : NULL, .n_tcp_ports = reach && p->keeps_net ? reach->n : 0 };

	collect(p, &l);
	if (calls_sanitized)
		s.memory_max = 0;
	return sandbox_apply(&s, out_belts, out_what);
}
