/*
 * Is:        how far a record must have gone before it is acknowledged: the level, the
 *            mirror, the witnesses; from the state directory's two files.
 * Is not:    the policy of the gate, nor anything that changes while we run.
 * Called by: evidenced, which judges by it, shipd, which connects by it, `slagboom up`.
 * Owns:      the text of the policy, which the parsed one borrows.
 * Trust:     files of our own state directory; they may be damaged.
 *
 * DIR/witnesses is in tlog-policy form (evidence/tlog_policy.h); a witness's URL is where
 * it takes requests. DIR/evidence.conf, both optional:
 *
 *     level G0|G1|G2
 *     mirror <vkey> <url>
 *     lag <duration>               how long a quorum may be missing before an alarm; 30s
 *     authorities <file>           certificates that https is judged by
 *
 * G0 acknowledges what is durable here; G1 what the mirror has durably too; G2 what is
 * under a checkpoint that the quorum cosigned (and the mirror has, if there is one).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/tlog_policy.h"

enum ship_level { SHIP_G0, SHIP_G1, SHIP_G2 };
enum { SHIP_URL_MAX = 512, SHIP_FILE_MAX = 255, SHIP_CONFIG_MAX = 65536 };

struct ship_config {
	enum ship_level level;
	uint64_t lag_ns;
	bool has_mirror, has_policy; /* a file of witnesses that is there and names some */
	struct note_key mirror;
	char mirror_url[SHIP_URL_MAX];
	char authorities[SHIP_FILE_MAX + 1]; /* empty: the system's */
	struct tlog_policy policy;
	struct buf policy_text;
};

struct ship_config_error {
	const char *file;
	size_t line; /* from 1; 0: the whole */
	const char *what;
};

const char *ship_level_name(enum ship_level l);

/* Judges both texts together; an empty text stands for a file that is not there. Takes a
 * copy of `policy`. False: `err` says where and why. `out` needs ship_config_done whatever
 * the result. */
MUST_USE bool ship_config_parse(struct rd conf, struct rd policy, struct ship_config *out, struct ship_config_error *err);
void ship_config_done(struct ship_config *c);

/* Reads both from the directory `where` seen from `dir_fd`: ".." from a process's own, "."
 * from the state directory. 0, or a negative errno after it has said why on standard error. */
MUST_USE int ship_config_read(int dir_fd, const char *where, struct ship_config *out);
