/*
 * Is:        the table of processes: name, what each may do, who talks to whom.
 * Is not:    code; a reviewer reads what a process can reach from its row.
 * Called by: the supervisor (all rows), each process (its own row).
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "evidence/event.h"
#include "os/sandbox.h"

enum { PROCESSES_MAX = 16, CALL_LISTS_MAX = 6, TELLS_MAX = 4 };

/* Rooms at a time, and so gates, of which each has a link to deskd, to tokend and to either log. */
enum { PROCESS_ROOMS_MAX = 1400 };

/* A process's private directory below the state directory becomes its root
 * (ROOT_DATA), or is readable only while it starts and before its belts are on
 * (ROOT_EMPTY with a directory), or does not exist. */
enum process_root { ROOT_EMPTY, ROOT_DATA };

struct process {
	const char *name;    /* in events and screens */
	const char *program; /* slagboom-PROGRAM; with `argument`, or the log's origin for NULL */
	const char *argument;
	const char *meaning; /* one line, for `slagboom status` and docs/PROCESSES.md */
	const char *dir;     /* below the state directory; NULL: none */
	enum process_root root;
	const char *socket;  /* in the state directory, listening, for every account; inherited; NULL: none */
	uint64_t memory_max; /* bytes of address space */
	uint64_t fds_max;
	bool may_append;     /* writes to files that it was handed */
	bool stays;          /* root where it is, with its network, to make rooms for others; `calls` are
	                      * those that kill it and whatever it starts */
	uint32_t uid_offset; /* as root it runs as PROCESS_UID_BASE + this */
	bool keeps_net;      /* may connect to the network; the others have none */
	/* What the names of the events begin with that it may tell whoever started it, to be recorded, besides
	 * link.refused, which each may. */
	const char *tells[TELLS_MAX];
	/* Lists of permitted system calls. */
	const struct sandbox_call *calls[CALL_LISTS_MAX];
	size_t n_calls[CALL_LISTS_MAX];
};

/* Who may talk to whom: the supervisor joins the two when both are up. `a` asks,
 * `b` answers. The supervisor itself is "supervisor". */
struct process_link {
	const char *a, *b;
};

/* User ids that no distribution hands out (systemd's table of UIDs leaves them
 * free), so that no account has to be made. */
#define PROCESS_UID_BASE 1900000000u

/* Those that the supervisor starts, in the order of starting. */
extern const struct process process_table[];
extern const size_t process_n;
/* Those that others start: gate, edges, rooms by the door, many of a kind; treed by evidenced. */
extern const struct process process_passing[];
extern const size_t process_n_passing;
extern const struct process_link process_links[];
extern const size_t process_n_links;

/* The row called `name`, of either table, or NULL. */
const struct process *process_find(const char *name);

bool process_may_tell(const struct process *p, enum event_id id);

/* The ports of TCP that a row with keeps_net may connect to. */
struct process_reach {
	const uint16_t *ports;
	size_t n;
};

/* Applies the row's sandbox to the calling process (contract of sandbox_apply).
 * `root_fd` is an empty directory, or its data; `reach` is NULL for no port at all. */
MUST_USE int process_confine(const struct process *p, int root_fd, const struct process_reach *reach,
    unsigned *out_belts, const char **out_what);
/* Only the row's calls, for what lives in a room (contract of sandbox_apply_calls). */
MUST_USE int process_confine_calls(const struct process *p);
