/*
 * Is:        the lane of `ssh host COMMAND` and of the sftp subsystem: decides what the
 *            command is, and which lane reads it.
 * Is not:    a shell. A command that needs one is judged as ACT_SHELL, which a policy
 *            grants knowing that nobody can say what runs.
 * Called by: the gate's process; replay.
 * Owns:      the lane behind it; bounded (about 1.6 MiB).
 * Trust:     hostile from both sides.
 *
 * A plain command is sent as the words that were judged, quoted where a shell would see more
 * in them. `scp -t` and `-f` go to the SCP lane, an sftp server to the SFTP lane; rsync is
 * ACT_OPAQUE. What the engineer types into a command reaches it only if `input` is granted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"

struct exec_lane;

struct exec_lane_config {
	bool input;
	uint64_t file_max, total_max; /* as in sftp_lane.h */
	struct lane_hooks hooks;      /* all four */
};

struct exec_lane *exec_lane_new(const struct exec_lane_config *config);
/* Frees; accepts NULL. For AUTO. */
void exec_lane_free(struct exec_lane **l);

/* Once, first: the command. What may run is started by ORDER_EXEC. */
void exec_lane_start(struct exec_lane *l, struct rd command, struct lane_orders *o);
/* In its place: the sftp subsystem, which the process starts at the element. */
void exec_lane_start_sftp(struct exec_lane *l, struct lane_orders *o);

size_t exec_lane_room(const struct exec_lane *l, enum lane_side side);
/* Takes all of `in`, at most exec_lane_room. `is_stderr` only from the element. */
void exec_lane_feed(struct exec_lane *l, enum lane_side from, bool is_stderr, struct rd in,
    struct lane_orders *o);
/* What runs, or waits for its verdict, is SFTP or SCP. */
bool exec_lane_has_files(const struct exec_lane *l);
/* See sftp_lane_is_behind. */
bool exec_lane_is_behind(const struct exec_lane *l);
/* `from` has closed its direction. */
void exec_lane_eof(struct exec_lane *l, enum lane_side from, struct lane_orders *o);
void exec_lane_answer(struct exec_lane *l, uint32_t id, bool allow, struct lane_orders *o);
void exec_lane_fetched(struct exec_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o);
