/*
 * Is:        what contradicts our log: whether a checkpoint that somebody else holds, signed with our own
 *            key, is of another history than the tree's; the file that keeps it; and whether an
 *            officer may let the log go on.
 * Is not:    the halt (publish.c), nor the form of the file and of the officer's text (evidence/split_view.h).
 * Called by: publish.
 * Owns:      "split-view", tmp/split-view, "split-view.settled".
 * Trust:     what is brought is any bytes; the file lies on a disk that others may have written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "os/disk.h"

struct tiler;
struct tlog_policy;

struct dispute {
	const char *log;                  /* of our row, for events */
	const struct tlog_policy *policy; /* whose logs' keys are ours */
	struct disk *disk;
};

/* Once, first. Whether a former life was contradicted and nobody has settled it: 1 or 0, or a negative errno. */
MUST_USE int dispute_start(const struct dispute *d);

/* `who` holds `theirs`; `ours` is the newest that our key signed. 1 when it contradicts the tree,
 * which is an event and kept by now; 0 when not, or when nobody knows now; or a negative errno
 * when it contradicts and could not be kept. */
MUST_USE int dispute_judge(const struct dispute *d, struct tiler *t, struct rd ours, struct rd who, struct rd theirs);

/* As publish_may_reopen. */
MUST_USE const char *dispute_may_end(const struct dispute *d, struct tiler *t, struct rd ours, struct rd text,
    struct rd signature, struct rd by, uint64_t *out_theirs);
MUST_USE int dispute_end(const struct dispute *d);
