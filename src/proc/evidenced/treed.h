/*
 * Is:        the process that derives a log's tree: it reads the write-ahead log as far as
 *            the writer says that it is durable, and writes tiles, bundles, the state and
 *            the checkpoint. So building and syncing them never delays a commit.
 * Is not:    the writer of the log, nor whoever signs.
 * Called by: evidenced, whose child it is.
 * Owns:      tile/, state, the checkpoint that our key signed, tmp/tile, tmp/state, tmp/checkpoint.
 * Trust:     the log's entries are any bytes. The writer could be taken over by those who
 *            record: what it asks is checked, and it can ask nothing but this.
 *
 * It is forked and not started, since it lives and dies with one life of the writer: when
 * either ends so does the other. A full disk it waits out; any other error ends it.
 */
#pragma once

#include "base/def.h"

/* One life of a log at a time: what the one before forked may be in its last system call still. The lock
 * goes with the last of the two processes that hold it. 0, once it is ours, or a negative errno. */
MUST_USE int treed_lock(int dir_fd);

/* Forks it for the log of the row `writer` ("evidenced-NAME"; its own is "treed-NAME"), before
 * the writer's belts are on; it puts its own on. Gives the writer's end of the link. */
MUST_USE int treed_fork(const char *writer, int *out_fd);
