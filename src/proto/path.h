/*
 * Is:        file names of transfer protocols, written in one way: absolute, without
 *            `.`, `..` and doubled slashes.
 * Is not:    a resolver: links on the element are not followed (nobody here sees them).
 * Called by: the SFTP and SCP lanes, for policy and record.
 * Owns:      nothing.
 * Trust:     hostile names.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { PATH_LEN_MAX = 4096, PATH_PARTS_MAX = 256 };

/* Outcomes. */
enum {
	PATH_BAD = 1,   /* a NUL, or too long, or `cwd` is not clean */
	PATH_ABOVE = 2, /* `..` went above the root; `out` holds what a server would make of it */
};

/* Appends `path`, taken from the directory `cwd` when it is relative (`cwd` absolute, or
 * "" when unknown, which gives a name without a leading slash). Returns 0 or an outcome;
 * PATH_BAD appends nothing. */
MUST_USE int path_clean(struct rd cwd, struct rd path, struct buf *out);

/* True when `name` is one part: not empty, `.` or `..`, without a slash or NUL. */
bool path_is_name(struct rd name);
