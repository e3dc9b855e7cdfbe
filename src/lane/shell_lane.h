/*
 * Is:        the lane of an interactive shell on an ordinary sshd: keystrokes one way, output
 *            through the inspector the other.
 * Is not:    a command filter to rely on. `guard` judges what seems to have been typed as a
 *            line, and that is a guard rail and no boundary: an alias, a script, an editor's
 *            `:!`, history, completion or `stty -echo` passes by it. Where commands must be
 *            limited, take a lane that owns the line (line_lane.h), or exec_lane.h.
 * Called by: the gate's process; replay.
 * Owns:      the line that seems to be typed; bounded (about 140 KiB).
 * Trust:     hostile from both sides.
 *
 * Keystrokes are recorded and then sent, by ORDER_SEND. The text of a line enters an order
 * only when the element echoed it: what is typed blind may be a password.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"
#include "proto/ttymodes.h"

enum { SHELL_LINE_MAX = 4096 };

struct shell_lane;

struct shell_lane_config {
	bool guard;              /* judge lines, as ACT_TYPED */
	struct ttymodes_keys keys; /* with which the terminal there edits; kill is one */
	struct lane_hooks hooks; /* judge, if guard; look */
};

struct shell_lane *shell_lane_new(const struct shell_lane_config *config);
/* Frees; accepts NULL. For AUTO. */
void shell_lane_free(struct shell_lane **l);

/* Bytes that `side` may send now: 0 asks the process to stop reading there. */
size_t shell_lane_room(const struct shell_lane *l, enum lane_side side);
/* Takes all of `in`, at most shell_lane_room. After ORDER_END nothing more happens. */
void shell_lane_feed(struct shell_lane *l, enum lane_side from, struct rd in, struct lane_orders *o);
void shell_lane_eof(struct shell_lane *l, enum lane_side from, struct lane_orders *o);
/* The verdict for ORDER_ASK or ORDER_HOLD `id`; an unknown id changes nothing. */
void shell_lane_answer(struct shell_lane *l, uint32_t id, bool allow, struct lane_orders *o);
