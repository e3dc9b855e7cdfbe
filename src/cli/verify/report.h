/*
 * Is:        what slagboom-verify says: one outcome, for people or for programs.
 * Is not:    the judgement.
 * Called by: run.c, main.c.
 * Owns:      nothing.
 * Trust:     names and origins are hostile until a policy has accepted them: they are
 *            quoted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "evidence/pack.h"
#include "evidence/proof.h"
#include "evidence/recordings.h"
#include "evidence/tlog_policy.h"
#include "evidence/verify.h"

enum { REPORT_BAD_MAX = 32, REPORT_ERASED_MAX = 32 }; /* recordings that are named */

enum outcome { OUTCOME_SOUND = 0, OUTCOME_NOT_SOUND = 1, OUTCOME_NOT_JUDGED = 2 };

struct chain;
struct erasure;

struct report {
	bool is_proof;
	const struct tlog_policy *policy;
	enum tlog_verdict signed_how;
	struct tlog_judgement judgement; /* filled as far as signed_how says */
	bool has_fault;                  /* the files or the proof were looked at */
	struct verify_fault fault;
	enum proof_verdict proof;
	uint64_t proof_index;
	bool has_sessions;
	uint64_t n_sessions, n_lost, n_open, n_headless, n_endless; /* the last two: erased in part */
	const struct erasure *erasure;   /* what is gone, and who says so; or NULL */
	bool has_recordings;
	struct recordings_total recordings;
	struct recording_fault bad[REPORT_BAD_MAX]; /* the first of them */
	size_t n_bad;
	uint64_t resumed_from;           /* leaves that were not read again */
};

/* Prints to standard output and returns the outcome. */
MUST_USE enum outcome report_print(const struct report *r, bool json);

/* The same of a pack after its last byte; `sessions`: an excerpt (chain.h) of its records; `is_mine`:
 * judged by the caller's own policy. */
MUST_USE enum outcome report_pack(struct pack_judge *p, const struct chain *sessions, bool is_mine, bool json);

/* Says on standard error why nothing was judged; returns OUTCOME_NOT_JUDGED. `e` is
 * a negative errno or 0. */
MUST_USE enum outcome report_trouble(const char *what, const char *name, int e);
