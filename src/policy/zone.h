/*
 * Is:        a time zone from the bytes of a TZif file (RFC 9636, versions 2 to 4) and
 *            its offset at any second, the POSIX rule at the end of the file included.
 * Is not:    a reader of files: whoever has /usr/share/zoneinfo passes the bytes.
 * Called by: deskd and the gate, to fill crossing.offset; can and diff through a callback.
 * Owns:      nothing; borrows the bytes.
 * Trust:     hostile bytes.
 *
 * Why bytes passed in: decide must be pure, and a rule for Amsterdam must mean the same
 * on a machine whose own zone or tzdata is another. What decide sees is one offset.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { ZONE_BAD = 1, ZONE_FILE_MAX = 65536 };

/* Changes on `weekday` (0 = Sunday) of `week` (5 = last) of `month`, `seconds` after
 * local midnight. */
struct zone_change { uint32_t month, week, weekday; int32_t seconds; };

struct zone {
	struct rd times;   /* 8 bytes each, rising */
	struct rd indexes; /* a byte each */
	struct rd types;   /* 6 bytes each */
	bool has_rule, has_summer;
	int32_t standard, summer; /* seconds east of UTC, by the rule */
	struct zone_change to_summer, to_standard;
};

/* 0 or ZONE_BAD. */
MUST_USE int zone_parse(struct rd file, struct zone *out);

/* Seconds east of UTC at `at` (UTC). */
int32_t zone_offset(const struct zone *z, int64_t at);
