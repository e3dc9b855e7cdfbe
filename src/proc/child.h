/*
 * Is:        how every process but the supervisor begins and ends.
 * Is not:    what it does in between.
 * Called by: the main of each process.
 * Owns:      the loop and the link to the supervisor.
 * Trust:     the supervisor is trusted; peers behind links are not.
 *
 * Order: `prepare` (may open files, read keys; no hostile byte yet) → sandbox →
 * READY → loop. A process whose supervisor is gone ends at once: by the kernel
 * (parent-death signal) and by the closed link.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/event.h"
#include "os/ipc.h"
#include "os/loop.h"

struct child {
	const char *name; /* its row in the process table */
	/* Before the sandbox; `dir_fd` is its directory, or -1. NULL: nothing to do. */
	int (*prepare)(void *ctx, int dir_fd);
	/* After the sandbox, before READY. */
	int (*start)(void *ctx, struct loop *l);
	/* A peer is there: takes `fd`. NULL: has no links. */
	int (*linked)(void *ctx, struct rd peer, int fd);
	/* Subscribers to load: takes both descriptors. NULL: not for this process. */
	int (*load)(void *ctx, int data_fd, int report_fd);
	/* A round of pings was judged (control.h). NULL: not for this process. */
	void (*round)(void *ctx, unsigned verdict, struct rd why);
	/* Asked to stop: may take its time and call child_exit; NULL: exits at once. */
	void (*stop)(void *ctx);
	/* The loop has ended and still exists: links, watches and secrets go here. NULL:
	 * nothing to free. Called whatever the reason, if the loop was made. */
	void (*done)(void *ctx);
	/* What a row with keeps_net may connect to; `prepare` may still change it. NULL:
	 * nothing. */
	const struct process_reach *reach;
	void *ctx;
};

/* The whole life of the process; returns its exit status. */
MUST_USE int child_main(const struct child *c);

/* Ends the loop with this status. */
void child_exit(int status);

/* Tells the supervisor, which prints it and has it recorded. */
void child_event(const struct event *e);
/* The event that `peer` broke the protocol of its link. */
void child_link_refused(const char *peer, const char *why);
