/*
 * Is:        the points at which verdicts can change: enough instants, places and
 *            persons to stand for all of them, so that questions over a whole policy
 *            have exact answers.
 * Is not:    a decision.
 * Called by: can, diff.
 * Owns:      its lists.
 * Trust:     a policy without errors.
 *
 * A verdict changes in time only where a window of a rule begins or ends, where a
 * `between` does, or where a zone changes its offset; between two such instants it is
 * constant (the roster apart, which only ever takes away). In place it depends on the
 * countries and sites that the policy names, and on "any other".
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "policy/policy.h"
#include "policy/table.h"

/* Seconds east of UTC in the named zone at `at`; false when the zone is not known. */
struct space_zones {
	bool (*offset)(void *ctx, struct rd zone, int64_t at, int32_t *out);
	void *ctx;
};

struct space_place { uint32_t country; struct rd site; }; /* site empty = at none */

struct space {
	int64_t *times;
	uint32_t n_times;
	struct space_place *places;
	uint32_t n_places;
	uint32_t other_country; /* stands for every country that no policy names */
};

/* Of one policy, or of two (`q` may be NULL), from `from` for `days` days. */
void space_init(struct space *s, const struct policy *p, const struct policy *q,
    const struct space_zones *zones, int64_t from, uint32_t days);
void space_done(struct space *s);

/* Sets the crossing's instant and every offset that the policy's windows need. */
void space_set_time(const struct policy *p, const struct space_zones *zones, int64_t at,
    struct crossing *q);

void space_set_place(const struct policy *p, const struct space_place *at, struct crossing *q);
