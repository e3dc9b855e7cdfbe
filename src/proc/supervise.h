/*
 * Is:        the life of one child: start, ready, crash, back-off, stop.
 * Is not:    the supervisor's main or its socket.
 * Called by: supervisor.c.
 * Owns:      the child's pidfd, link and pipe.
 * Trust:     a child may have been taken over: its messages go through a table, its
 *            standard error through the quoting of events.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/def.h"
#include "evidence/event.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/table.h"
#include "proc/talk/spoken.h"

struct supervised;

enum child_state { CHILD_DOWN, CHILD_STARTING, CHILD_READY, CHILD_STOPPING, CHILD_BACKOFF };

/* What a child needs of its supervisor. */
struct supervise_calls {
	void (*event)(void *ctx, const struct event *e);
	/* The child became ready, or is gone (then it has no link). */
	void (*changed)(void *ctx, struct supervised *s);
};

struct supervised {
	const struct process *row;
	struct loop *loop;
	const struct supervise_calls *calls;
	void *ctx;
	const char *libexec;     /* folder of the programs */
	const char *origin;      /* of the logs */
	const char *const *args; /* of the whole start: "PROCESS.WORD" is one more argument of it */
	int state_dir;           /* borrowed */
	enum child_state state;
	pid_t pid;
	int pidfd;
	int listen_fd;           /* of its row's socket, as long as the supervisor lives; or -1 */
	struct loop_watch *pid_watch;
	struct ipc *control;
	struct loop_timer timer; /* back-off, or patience while it stops */
	struct spoken said;      /* its standard error */
	bool was_stuck;          /* it did not stop in time, and we killed it */
	unsigned n_restarts;     /* since the supervisor started */
	unsigned n_quick;        /* in a row, each soon after its start */
	unsigned belts;
	uint64_t started_ns, ready_ns;
	uint64_t asked_ns;       /* since when a ping is not answered; 0: none */
	bool is_silent;          /* that was said */
	char last_end[48];       /* how it ended last: "SIGSEGV", "status-1" or "" */
};

const char *supervise_state_name(enum child_state s);

void supervise_init(struct supervised *s, const struct process *row, struct loop *l);
/* Starts it now; failure to start is a failed start like any other: back-off. */
void supervise_start(struct supervised *s);
/* Asks whether it is there, unless it still owes an answer; when it owes one for longer than
 * SUPERVISE_SILENT_NS, that is an event, and so is its answer then. */
#define SUPERVISE_SILENT_NS 6000000000ull
void supervise_ping(struct supervised *s);
/* Asks it to stop; kills it after some seconds. `changed` tells when it is gone. */
void supervise_stop(struct supervised *s);
/* Gives it one end of a link to `peer`; takes `fd`. */
void supervise_link(struct supervised *s, const char *peer, int fd);
/* Passes on the subscribers to load, and where to report; takes both. False when the
 * process is not ready for them. */
MUST_USE bool supervise_load(struct supervised *s, int data_fd, int report_fd);
/* Frees what it holds; the child must be gone. */
void supervise_done(struct supervised *s);
