/*
 * Is:        offsets of time zones, from this machine's zone files.
 * Is not:    a reader of their format (policy/zone.h).
 * Called by: policy_files.
 * Owns:      the bytes of the zones that were asked for.
 * Trust:     names come from a policy: nothing outside the zone directory is read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rd.h"
#include "policy/scalar.h"
#include "policy/table.h"
#include "policy/zone.h"

enum { ZONE_FILES_MAX = 2 * ZONES_MAX }; /* of two policies that are compared */

struct zone_file {
	char name[SCALAR_NAME_MAX + 1];
	struct buf bytes;
	struct zone zone;
	bool is_known;
};

/* Zeroed is empty. */
struct zone_files {
	struct zone_file at[ZONE_FILES_MAX];
	uint32_t n;
};

/* As space_zones.offset (policy/space.h); `ctx` is a struct zone_files. */
bool zone_files_offset(void *ctx, struct rd zone, int64_t at, int32_t *out);
void zone_files_done(struct zone_files *z);
