/*
 * Is:        output on its way to the engineer: looked at, passed, replaced or held.
 * Is not:    a lane.
 * Called by: exec_lane, shell_lane.
 * Owns:      what is held: one feed.
 * Trust:     hostile output.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "lane/lane.h"

struct passage {
	struct lane_hooks hooks;
	struct buf held;
	bool holding, is_stderr;
	uint32_t hold_id;
};

void passage_init(struct passage *p, const struct lane_hooks *hooks);
/* For AUTO. */
void passage_done(struct passage *p);
/* Looks at `text`, at most LANE_FEED_MAX, and passes, replaces or holds it. Not while holding.
 * False: the inspector ends the session. */
MUST_USE bool passage_put(struct passage *p, struct rd text, bool is_stderr, uint32_t *next_id,
    struct lane_orders *o);
/* True when `id` is its ORDER_HOLD; what was held is let go if `allow`. */
MUST_USE bool passage_answer(struct passage *p, uint32_t id, bool allow, struct lane_orders *o);
