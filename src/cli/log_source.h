/*
 * Is:        a log of a state directory as its owner reads it: its checkpoint, judged, and records
 *            with their proofs.
 * Is not:    the judgement of the whole log (`slagboom verify`).
 * Called by: subcommands on the evidence.
 * Owns:      its descriptor and buffers.
 * Trust:     the log's files may have decayed or change underneath: each proof is judged
 *            before it is given.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "crypto/sha256.h"
#include "evidence/prover.h"
#include "evidence/record.h"
#include "os/disk.h"

struct args;

/* A log and the checkpoint that everything is proved under. */
struct log_source {
	const struct args *a;
	const char *log;
	struct disk_dir disk;
	struct buf checkpoint, policy;
	struct merkle_head head;
	struct prover prover;
};

/* Opens the log `log` ("core", "intercept") below --dir; its checkpoint must satisfy the tlog-policy file `policy`,
 * or, when that is NULL, the key that lies there. EXIT_OK, or what was complained of. `s` needs
 * log_source_done. */
MUST_USE int log_source_open(struct log_source *s, const struct args *a, const char *log, const char *policy);
/* That of --log: "core" when it is not given. */
const char *log_source_name(const struct args *a);
/* Whether --log names one; EXIT_OK, or what was complained of. */
MUST_USE int log_source_name_check(const struct args *a);
void log_source_done(struct log_source *s);

/* One entry and its proof, which holds; appended. EXIT_OK, or what was complained of. */
MUST_USE int log_source_prove(struct log_source *s, uint64_t index, struct buf *proof, struct buf *entry);

/* Calls `each` with every record in turn, what was erased left out; anything but 0 stops. 0, what
 * `each` returned, or a negative errno. */
struct log_source_walk {
	int (*each)(struct log_source_walk *self, const struct record_view *v, struct rd entry);
};
MUST_USE int log_source_walk(struct log_source *s, struct log_source_walk *w);

/* What the record that opened a session says. */
struct log_session {
	uint64_t index;
	uint8_t grant[RECORD_ID_LEN], recording[RECORD_ID_LEN], policy[SHA256_LEN];
};
/* Of the session with this number, 32 hex digits. EXIT_OK, or what was complained of. */
MUST_USE int log_source_session(struct log_source *s, struct rd session, struct log_session *out);
