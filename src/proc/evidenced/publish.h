/*
 * Is:        what happens to a signed checkpoint: it goes to shipd, comes back with
 *            cosignatures, is judged by the policy, becomes what everybody reads; and
 *            from that, what may be acknowledged at the log's level.
 * Is not:    the tree or the key (evidenced.c), nor the network (shipd).
 * Called by: evidenced.
 * Owns:      "checkpoint" when there are witnesses, and tmp/cosigned; the link to shipd.
 * Trust:     shipd may have been taken over: every line that it brings is verified.
 *
 * Files. Without witnesses "checkpoint" is the newest that our key signed, as tiler.h
 * writes it. With a policy that names some, tiler.h writes "checkpoint.signed", and
 * "checkpoint" is the newest that the quorum has cosigned, with all its lines: it never
 * becomes smaller, and never loses its quorum. Before the first quorum of a new log there
 * is none. Both are of one history, so that either verifies against the same tiles.
 *
 * Rounds. One checkpoint at a time is with shipd, so that all cosign the same; a round
 * ends when the quorum and the mirror have signed, or when all have answered or failed.
 * The next takes the newest there is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "proc/evidenced/dispute.h"
#include "proc/evidenced/upload.h"
#include "proc/ship/config.h"

struct disk;
struct loop;
struct tiler;

struct publish_calls {
	void (*released)(void *ctx); /* publish_released has grown */
	void (*ready)(void *ctx);    /* a round is over: a newer checkpoint is wanted */
	void (*failed)(void *ctx, const char *doing, int err); /* the disk: the end */
};

struct publish {
	struct ship_config config;
	const char *name;          /* of our row */
	struct loop *loop;
	struct disk *disk;
	const struct publish_calls *calls;
	void *ctx;
	struct tiler *tiler;       /* NULL while there is none */
	struct ipc *shipd;
	struct buf latest, round;  /* notes: the newest signed; the one with shipd, and its lines */
	uint64_t latest_size, round_size;
	bool is_round_open, is_round_settled, is_unlisted, is_halted, said_lag;
	bool is_satisfied;         /* the last round ended with all that the level wants */
	uint64_t witnesses;        /* of the round, as bits of the policy */
	size_t written_len;        /* of the round's note, as the file has it; 0: not */
	bool is_mirrored;
	uint64_t cosigned_size, mirrored_size; /* proved so far, in this life */
	uint64_t file_size;        /* of "checkpoint", when we own it */
	uint64_t waits_since_ns;   /* the oldest checkpoint that lacks something; 0: none does */
	struct upload upload;
	struct dispute dispute;
};

/* Reads the configuration, before the sandbox. */
MUST_USE int publish_prepare(struct publish *p, int dir_fd);
/* After the log is open: the newest checkpoint, and whether an officer must act. */
MUST_USE int publish_start(struct publish *p, const char *name, struct loop *l, struct disk *d,
    const struct publish_calls *calls, void *ctx);
void publish_done(struct publish *p);

/* "checkpoint" is the quorum's, and the one that our key signed goes to "checkpoint.signed". */
bool publish_has_quorum(const struct publish *p);

/* Whether it needs the tree, and the tree that proofs are read from, or NULL when it is gone. */
bool publish_reads_tree(const struct publish *p);
void publish_set_tree(struct publish *p, struct tiler *t);

/* shipd is there (again); takes `fd`. */
MUST_USE int publish_linked(struct publish *p, int fd);

/* The tree of `size` is signed, and its note is on the disk. */
void publish_signed(struct publish *p, uint64_t size, struct rd note);

/* Records with a lower number may be acknowledged once they are durable. */
uint64_t publish_released(const struct publish *p);

/* An officer asks to go on after a contradiction: `text` is his (evidence/split_view.h), signed.
 * NULL when the log contains now what contradicted it; *out_theirs is how much. Else why not.
 * Then publish_reopen goes on, once that is on the record. */
MUST_USE const char *publish_may_reopen(struct publish *p, struct rd text, struct rd signature, struct rd by, uint64_t *out_theirs);
MUST_USE int publish_reopen(struct publish *p);

/* The checkpoint that everybody reads covers records below; 0 while nothing may be shown. `published`
 * is the size of the newest that our key signed and that is on the disk. */
uint64_t publish_readable(const struct publish *p, uint64_t published);
/* Records from here on are still to go to the mirror. */
uint64_t publish_needed(const struct publish *p);

/* Somebody waits for a signed checkpoint, and the last one has done its work: the next
 * should be made at once. */
bool publish_is_due(const struct publish *p);

/* Now and then: tells when it waits too long. */
void publish_tick(struct publish *p, uint64_t now_ns);
