/*
 * Is:        the life of one process that the door starts and does not start again: a gate,
 *            an edge.
 * Is not:    supervise.h, whose children come back.
 * Called by: door_room.c.
 * Owns:      the process: its pidfd, link and standard error.
 * Trust:     it may have been taken over: its messages go through a table, its events
 *            through event_decode, its standard error through quoting.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/def.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/table.h"
#include "proc/talk/spoken.h"

enum { PASSING_NAME_MAX = 32, PASSING_ARGS_MAX = 8 };

struct passing;

/* It is gone, and has been released: `crashed` by a signal that was not ours, or broke its
 * protocol, or failed. */
typedef void passing_ended_fn(void *ctx, struct passing *p, bool crashed);

struct passing_start {
	const struct process *row;
	const char *name;    /* "gate-7": in events */
	const char *libexec; /* folder of the programs */
	const char *args[PASSING_ARGS_MAX]; /* of the program, until NULL */
	int root_fd;         /* borrowed: its empty root */
	int netns;           /* as in struct spawn */
};

struct passing {
	struct loop *loop;
	char name[PASSING_NAME_MAX];
	const struct process *row;
	pid_t pid;
	int pidfd;
	struct loop_watch *pid_watch;
	struct ipc *control;
	struct spoken said;
	struct loop_timer patience;
	bool is_ready, was_told, was_killed; /* to end, by us */
	passing_ended_fn *ended;
	void *ctx;
};

void passing_init(struct passing *p, struct loop *l, passing_ended_fn *ended, void *ctx);
MUST_USE int passing_start(struct passing *p, const struct passing_start *s);
bool passing_is_up(const struct passing *p);
/* Gives it a link to `peer`; takes `fd`. */
MUST_USE int passing_link(struct passing *p, const char *peer, int fd);
/* Asks it to end and kills it after `patience_ns`; at once for 0. */
void passing_end(struct passing *p, uint64_t patience_ns);
/* Kills it when it is up, without a word; frees. */
void passing_done(struct passing *p);
