/*
 * Is:        the things that slagboom-verify does: judge a log, a proof, a pack.
 * Is not:    the command line, nor what is printed.
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     every file that it is pointed at is hostile.
 */
#pragma once

#include "base/def.h"
#include "cli/verify/options.h"
#include "cli/verify/report.h"

MUST_USE enum outcome run_log(const struct options *o, const struct tlog_policy *p);
MUST_USE enum outcome run_proof(const struct options *o, const struct tlog_policy *p);
/* `p` is NULL: by the pack's own. */
MUST_USE enum outcome run_pack(const struct options *o, const struct tlog_policy *p);

/* By o->key; its proof by o->policy or o->log_key. */
MUST_USE enum outcome run_receipt(const struct options *o);

/* The policy of the file `path`, or else of the log's key alone; false when it cannot be used,
 * which is then said. */
MUST_USE bool run_policy(const char *path, const char *key, struct buf *text, struct tlog_policy *out);
