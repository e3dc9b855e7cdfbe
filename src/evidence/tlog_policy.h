/*
 * Is:        who must have signed a checkpoint: the tlog-policy file
 *            (c2sp.org/tlog-policy), and the judgement of a note by it.
 * Is not:    the crossing policy of the gate (policy/).
 * Called by: proofs, the verifier, witnesses' clients.
 * Owns:      nothing: names and URLs borrow the file's text.
 * Trust:     the file is its reader's own but may be damaged; notes are hostile.
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> (all|any|<k>) <member>...      members stand on earlier lines
 *     quorum <name>|none                          exactly once
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"

enum {
	TLOG_POLICY_MAX = 256 * 1024, /* bytes of a file */
	TLOG_LOGS_MAX = 64,
	TLOG_WITNESSES_MAX = 64,
	TLOG_GROUPS_MAX = 64,
	TLOG_UNITS_MAX = TLOG_WITNESSES_MAX + TLOG_GROUPS_MAX
};

/* A witness or a group: both have a name and can be a member. */
struct tlog_unit {
	struct rd name;
	int16_t witness;    /* its number, or -1 for a group */
	int16_t group;      /* the unit that it is a member of, or -1 */
	uint16_t need;      /* of a group: how many members must have signed */
};

struct tlog_policy {
	size_t n_logs, n_witnesses, n_units;
	struct note_key logs[TLOG_LOGS_MAX];
	struct note_key witnesses[TLOG_WITNESSES_MAX];
	struct rd witness_url[TLOG_WITNESSES_MAX]; /* empty when the line has none */
	struct tlog_unit units[TLOG_UNITS_MAX];
	int quorum; /* a unit, or -1 for none */
};

/* Where a file is wrong. */
struct tlog_policy_error {
	size_t line; /* counted from 1 */
	const char *what;
};

/* The whole of `text` as a policy. False: *err says where and why; `out` is then
 * worthless. */
MUST_USE bool tlog_policy_parse(struct rd text, struct tlog_policy *out,
    struct tlog_policy_error *err);

/* A policy of one log and no witnesses. */
void tlog_policy_log_only(const struct note_key *log, struct tlog_policy *out);

enum tlog_verdict {
	TLOG_MALFORMED = 0, /* not a note, or not a checkpoint */
	TLOG_UNKNOWN_LOG,   /* no listed log has this origin */
	TLOG_UNSIGNED,      /* that log's signature is not there */
	TLOG_FORGED,        /* a line names a listed key and is not by it */
	TLOG_NO_QUORUM,     /* signed by the log, but by too few witnesses */
	TLOG_OK
};

/* What a checkpoint is worth. Filled as far as the judgement got: `log` from
 * TLOG_UNSIGNED on, the witnesses from TLOG_NO_QUORUM on. */
struct tlog_judgement {
	struct checkpoint checkpoint;
	size_t log;
	uint64_t witnesses;                      /* a bit for each that has signed */
	uint64_t time_s[TLOG_WITNESSES_MAX];     /* when, for those */
};

/* Judges the note `raw`. */
MUST_USE enum tlog_verdict tlog_policy_judge(const struct tlog_policy *p, struct rd raw,
    struct tlog_judgement *out);

/* Whether the witnesses whose bits are set make the quorum. */
bool tlog_policy_quorum(const struct tlog_policy *p, uint64_t witnesses);

/* A word for people. */
const char *tlog_verdict_text(enum tlog_verdict v);
