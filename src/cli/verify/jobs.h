/*
 * Is:        spans of a log verified by several processes at once, given back in order.
 * Is not:    the verification (evidence/verify.h).
 * Called by: run.c.
 * Owns:      the processes and their pipes.
 * Trust:     a worker reads hostile files: what it says is parsed like any input.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "evidence/verify_tree.h"

enum { JOBS_MAX = 64 };

struct jobs {
	struct verify_source source;
	unsigned n;
	uint64_t first;
	struct {
		int fd;
		int pid;
		struct buf in;
	} worker[JOBS_MAX];
};

/* Starts `n` processes, 1 to JOBS_MAX, for the full spans from `first` on: worker k
 * does first + k, first + k + n, ... 0 or a negative errno; jobs_done in any case. */
MUST_USE int jobs_start(struct jobs *j, const struct verify_log *v, uint64_t first, unsigned n);
/* Ends them. */
void jobs_done(struct jobs *j);
