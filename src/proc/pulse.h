/*
 * Is:        whether everybody is there: a round of pings every two seconds, and what it came to,
 *            told to deskd, which records beats and gaps by it.
 * Is not:    the record, nor the starting and stopping of anybody.
 * Called by: supervisor.c.
 * Owns:      its timer.
 * Trust:     an answer says that a process's loop runs, and no more.
 *
 * Who stands still answers nothing; who was started again was away. Both are told as a gap, once
 * they are over or six seconds old, whichever is first; and until then no round is well.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "os/loop.h"
#include "proc/control.h"

struct supervised;

struct pulse {
	struct loop *loop;
	struct loop_timer round;
	struct supervised *child; /* all, in the order of the process table; borrowed */
	size_t n;
	uint64_t last_ns;         /* of the round before */
	bool is_running, has_gap;
	char why[CONTROL_WHY_MAX + 1]; /* of a gap */
};

void pulse_init(struct pulse *p, struct loop *l, struct supervised *child, size_t n);
/* Everybody is up for the first time; later calls do nothing. */
void pulse_start(struct pulse *p);
/* Everything is being stopped. */
void pulse_stop(struct pulse *p);
/* A process came or went. */
void pulse_changed(struct pulse *p, const struct supervised *s);
