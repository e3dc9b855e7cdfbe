/*
 * Is:        the two questions of tlog-witness over HTTP: POST /add-checkpoint and
 *            GET /<hex sha256(origin)>/checkpoint.
 * Is not:    the judgement (evidence/witness.h). No TLS: a proxy in front brings it.
 * Called by: main.c.
 * Owns:      connections, within limits of number, size and time.
 * Trust:     the network is hostile.
 */
#pragma once

#include "base/def.h"
#include "cli/witness/store.h"
#include "os/loop.h"

struct serve_calls {
	/* A log's own signed request was answered. */
	void (*answered)(void *ctx, const struct witness_answer *a);
	/* The store or the key failed: nothing more may be answered. */
	void (*poisoned)(void *ctx, int err);
};

struct serve;

/* Answers on the listening socket `fd` (taken) within `l`. Call serve_start, then
 * put the belts on: it reads nothing before the loop runs. */
MUST_USE int serve_start(struct serve **out, int fd, struct loop *l, const struct witness *wi, struct store *store,
    const struct serve_calls *calls, void *ctx);
void serve_stop(struct serve **s);
