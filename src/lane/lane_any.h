/*
 * Is:        one interface over the lanes of a session: which one reads an asset is chosen
 *            once, from its protocol, its dialect and the kind of the channel.
 * Is not:    a lane: it passes on.
 * Called by: the gate's process.
 * Owns:      the lane behind it.
 * Trust:     hostile from both sides, as the lanes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"
#include "proto/dialect.h"
#include "proto/ttymodes.h"

struct exec_lane;
struct line_lane;
struct mml_dialect;
struct shell_lane;
struct vty;

enum lane_kind { LANE_LINE, LANE_SHELL, LANE_EXEC, LANE_SFTP };

struct lane_any {
	enum lane_kind kind;
	struct line_lane *line;
	struct shell_lane *shell;
	struct exec_lane *exec;
};

struct lane_any_config {
	enum lane_kind kind;
	enum dialect dialect;         /* LANE_LINE; with one of the two grammars where it needs one */
	const struct vty *vty;
	const struct mml_dialect *mml;
	bool element_is_telnet, engineer_is_telnet;
	unsigned width, height;       /* the engineer's window, 0 = unknown */
	const char *line_end;         /* as in line_lane.h */
	bool guard;                   /* LANE_SHELL */
	struct ttymodes_keys keys;    /* LANE_SHELL */
	bool input;                   /* LANE_EXEC */
	uint64_t file_max, total_max; /* LANE_EXEC, LANE_SFTP */
	struct lane_hooks hooks;      /* all four */
};

void lane_any_init(struct lane_any *l, const struct lane_any_config *c);
/* Accepts a zeroed one. For AUTO. */
void lane_any_done(struct lane_any *l);

/* Once, first. `command` is that of LANE_EXEC. */
void lane_any_start(struct lane_any *l, struct rd command, struct lane_orders *o);
/* Bytes that `side` may send now; 0: stop reading there. */
size_t lane_any_room(const struct lane_any *l, enum lane_side side);
/* True: carry its orders out and feed nothing. */
bool lane_any_is_behind(const struct lane_any *l);
/* A lower-case word for records, of what passes through it. */
const char *lane_any_word(const struct lane_any *l);
/* It carries files: what it sends was not typed, and comes back as no echo. */
bool lane_any_has_files(const struct lane_any *l);
/* At most lane_any_room. Errors of a lane that knows no error stream are output. */
void lane_any_feed(struct lane_any *l, enum lane_side from, bool is_stderr, struct rd in, struct lane_orders *o);
void lane_any_eof(struct lane_any *l, enum lane_side from, struct lane_orders *o);
void lane_any_answer(struct lane_any *l, uint32_t id, bool allow, struct lane_orders *o);
void lane_any_fetched(struct lane_any *l, uint32_t id, struct rd bytes, struct lane_orders *o);
/* True: the lane tells the element by itself, where it does at all. */
MUST_USE bool lane_any_resize(struct lane_any *l, unsigned width, unsigned height, struct lane_orders *o);
