/*
 * Is:        tlog-mirror over HTTP: POST /add-checkpoint and /add-entries, and for each log
 *            GET /<hex sha256(origin)>/ with its checkpoint, tiles and bundles.
 * Is not:    what is kept (store.h). No TLS: a proxy in front brings it.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     the network is hostile, and so are the logs.
 */
#pragma once

#include <stddef.h>

#include "base/def.h"
#include "cli/mirror/store.h"
#include "cli/witness/cosigner.h"

struct serve;

/* Its stores are those of `who`'s logs, one each. `poisoned` is told when nothing more may
 * be answered. */
struct serve_of {
	const struct cosigner *who;
	struct store *stores;
	void (*poisoned)(const char *why, int err);
};
MUST_USE int serve_start(struct serve **out, int fd, struct loop *l, const struct serve_of *of);
void serve_stop(struct serve **s);
