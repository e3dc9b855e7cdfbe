/*
 * Is:        the lane of elements that take command lines: telnet or a plain stream on
 *            the element's side, the gate's own editor on the engineer's; dialects
 *            osmocom-vty, frr, the three of MML, cisco-like, generic-line.
 * Is not:    I/O, policy or inspection (hooks).
 * Called by: the gate's process; replay.
 * Owns:      the session's protocol state; bounded (about 400 KiB).
 * Trust:     hostile from both sides.
 *
 *     LOGIN --prompt--> READY --line allowed--> BUSY --prompt--> READY ...
 *                         |--line to be asked--> ASKING --verdict--> BUSY or READY
 *     any --inspector holds--> output waits until answered
 *
 * No keystroke reaches the element: only whole canonical commands do, a pager's keys (behind
 * the end of input it is told to go on), a yes or no, an empty line where it asks for a password
 * that is not the gate's, and secrets that the process writes. A secret is an answer to the
 * log-in, or to the first words behind `enable` or `super`; on its line nothing may come back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"
#include "proto/dialect.h"
#include "proto/mml.h"
#include "proto/vty.h"

struct line_lane;

struct line_lane_config {
	enum dialect dialect;
	const struct vty *vty;            /* osmocom-vty and frr: the grammar; borrowed */
	const struct mml_dialect *mml;    /* mml-*: the grammar; borrowed */
	bool element_is_telnet, engineer_is_telnet;
	unsigned width, height;           /* the engineer's window, 0 = unknown */
	const char *line_end;             /* what ends a line at the element; NULL: CR, which telnet
	                                   * sends as CR NUL. Osmocom takes CR LF for two lines. */
	struct lane_hooks hooks;
};

/* Both grammars must be there where the dialect needs them. */
struct line_lane *line_lane_new(const struct line_lane_config *config);
/* Frees; accepts NULL. For AUTO. */
void line_lane_free(struct line_lane **l);

/* What must be sent before anything comes. */
void line_lane_start(struct line_lane *l, struct lane_orders *o);

/* Bytes that `side` may send now: 0 asks the process to stop reading there. */
size_t line_lane_room(const struct line_lane *l, enum lane_side side);

/* Takes all of `in`, at most LANE_FEED_MAX and at most line_lane_room, and adds orders.
 * After ORDER_END nothing more happens. */
void line_lane_feed(struct line_lane *l, enum lane_side from, struct rd in, struct lane_orders *o);

/* The verdict for ORDER_ASK or ORDER_HOLD `id`; an unknown id changes nothing. */
void line_lane_answer(struct line_lane *l, uint32_t id, bool allow, struct lane_orders *o);

void line_lane_resize(struct line_lane *l, unsigned width, unsigned height, struct lane_orders *o);

/* True while a command may be typed: for idle clocks and for tests. */
bool line_lane_is_ready(const struct line_lane *l);
