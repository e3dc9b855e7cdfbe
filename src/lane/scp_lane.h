/*
 * Is:        the lane of legacy SCP, -t and -f, -r and -p: the sink of whoever sends, the
 *            source for whoever receives, and between them files in quarantine.
 * Is not:    SCP over SFTP (sftp_lane.h); not the command line (exec_lane.h).
 * Called by: the exec lane; replay.
 * Owns:      the protocol state of both halves; bounded (about 30 KiB).
 * Trust:     hostile from both sides; strict: what is not the protocol ends it.
 *
 * The sender's C line is acknowledged by the lane; the receiver hears of a file only after
 * all of it came and passed. Names and sizes are written again.
 * Where an upload lands depends on whether the target is a directory, which only the element
 * knows: path is target/name, path2 the target itself, and both must be granted. A source's
 * path is the requested path's directory and the names that the element says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "lane/lane.h"

struct scp_lane;

struct scp_lane_config {
	bool is_upload, recursive, to_directory;
	struct rd path;                /* as in the command; copied */
	uint64_t file_max, total_max;  /* bytes of one file; kept in one session */
	struct lane_hooks hooks;       /* all four */
};

/* NULL when the path is none. */
struct scp_lane *scp_lane_new(const struct scp_lane_config *config);
/* Frees; accepts NULL. For AUTO. */
void scp_lane_free(struct scp_lane **l);

/* Bytes that `side` may send now: 0 asks the process to stop reading there. */
size_t scp_lane_room(const struct scp_lane *l, enum lane_side side);
/* Takes all of `in`, at most scp_lane_room. After ORDER_END nothing more happens. */
void scp_lane_feed(struct scp_lane *l, enum lane_side from, struct rd in, struct lane_orders *o);
/* `from` has closed its direction. */
void scp_lane_eof(struct scp_lane *l, enum lane_side from, struct lane_orders *o);
void scp_lane_answer(struct scp_lane *l, uint32_t id, bool allow, struct lane_orders *o);
void scp_lane_fetched(struct scp_lane *l, uint32_t id, struct rd bytes, struct lane_orders *o);
