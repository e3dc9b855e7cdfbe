/*
 * Is:        how much of a grant each of its sessions may show: a slice when it begins, more of
 *            what is left when it comes to its end.
 * Is not:    the grant's limits (requests.h), or the sessions (desk_sessions.h).
 * Called by: desk_sessions.
 * Owns:      `persons` and `opaque` of the session rows: what a session may show while it lives
 *            or was lost, what it showed when it has closed.
 * Trust:     the session says what it needs; it gets no more than is left.
 *
 * What is in the rows of one request never comes to more than its limit: what one session may
 * use up, nobody else may. So a slice is small, and is raised as often as it takes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct slice { uint64_t persons, opaque; };

/* Limits from here on are none: nothing is counted. */
enum { SLICE_PERSONS_NONE = UINT32_MAX };

/* What a session of `request` that begins may show: nothing where nothing is left of `limit`. */
struct slice slices_first(struct rd request, const struct slice *limit);
/* Raises `io`, what session `id` of `request` may show, and its row to `need` at least, when as
 * much is left. False: it is not, and nothing changed. */
MUST_USE bool slices_raise(struct rd request, struct rd id, const struct slice *limit, const struct slice *need,
    struct slice *io);
/* The session has ended, and showed `used`; the rest is the others' again. */
void slices_settle(struct rd id, const struct slice *used);
