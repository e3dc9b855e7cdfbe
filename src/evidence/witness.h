/*
 * Is:        the logic of a witness (c2sp.org/tlog-witness): it cosigns a tree only if
 *            that contains every tree of the same log which it cosigned before.
 * Is not:    a server or a database: those are callbacks.
 * Called by: cli/witness; clients for writing requests.
 * Owns:      nothing but an answer's buffer.
 * Trust:     requests are hostile; a log may lie to us, with its own good signature.
 *
 *     old <size> LF
 *     (base64(hash) LF){0,63}       consistency proof from <size> to the checkpoint
 *     LF
 *     checkpoint, a signed note
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "evidence/merkle.h"

struct buf;
struct ed25519_sig;
struct note_key;
struct wr;

enum {
	WITNESS_REQUEST_MAX = 128 * 1024,
	WITNESS_PROOF_MAX = 63,
	WITNESS_ANSWER_MAX = 4096,
	WITNESS_NOTE_MAX = WITNESS_REQUEST_MAX + 1024 /* what is stored: the text and signatures */
};

struct witness_request {
	uint64_t old;
	struct merkle_proof proof;
	struct rd checkpoint; /* the whole note; borrowed */
};

/* The whole of `raw` as a request. Whether the checkpoint is one is not looked at. */
MUST_USE bool witness_request_parse(struct rd raw, struct witness_request *out);
void wr_witness_request(struct wr *w, uint64_t old, const struct merkle_proof *proof,
    struct rd checkpoint);

/* What the witness remembers of each log. */
struct witness_store {
	/* The latest tree that was cosigned for `origin`; the empty tree if none was. */
	int (*latest)(struct witness_store *self, struct rd origin, struct merkle_head *out);
	/* In one step that survives a power cut: if the latest is still `from`, it
	 * becomes `to` with the cosigned checkpoint `note`: 0. Else 1, and nothing has
	 * changed. Negative: our failure; it may or may not have happened. */
	int (*advance)(struct witness_store *self, struct rd origin, const struct merkle_head *from,
	    const struct merkle_head *to, struct rd note);
};

/* Who has the witness's private key. */
struct witness_signer {
	int (*sign)(struct witness_signer *self, struct rd message, struct ed25519_sig *out);
};

struct witness {
	const struct note_key *key;  /* our own, of NOTE_COSIGNATURE */
	const struct note_key *logs; /* whom we cosign; a log's name is its origin */
	size_t n_logs;               /* several keys may have one name */
	struct witness_store *store;
	struct witness_signer *signer;
};

/* Answers of tlog-witness, as HTTP has them. */
enum witness_status {
	WITNESS_COSIGNED = 200,      /* body: our signature line */
	WITNESS_MALFORMED = 400,     /* or `old` is beyond the checkpoint */
	WITNESS_UNTRUSTED = 403,     /* not signed by the log, or a forged line */
	WITNESS_UNKNOWN_LOG = 404,
	WITNESS_CONFLICT = 409,      /* `old` is not the latest; body: its size, LF */
	WITNESS_INCONSISTENT = 422,  /* the proof does not hold: perhaps a second history */
};
/* The type of a 409's body, and of every other. */
#define WITNESS_SIZE_TYPE "text/x.tlog.size"
#define WITNESS_TEXT_TYPE "text/plain; charset=utf-8"

struct witness_answer {
	enum witness_status status;
	const char *why;              /* for people; not sent */
	const struct note_key *log;   /* NULL until its signature was verified */
	struct merkle_head latest;    /* what we had cosigned; with `log` alone */
	struct merkle_head asked;     /* what we were shown; with `log` alone */
};

/* Judges the request `raw` at `time_s` (POSIX seconds, not 0) and puts the body of
 * the answer into `body`, which is emptied first and needs room for
 * WITNESS_ANSWER_MAX. 0, or the negative errno of the store or the signer: then
 * nothing may be answered, and `out` and `body` are worthless. */
MUST_USE int witness_add_checkpoint(const struct witness *wi, struct rd raw, uint64_t time_s,
    struct buf *body, struct witness_answer *out);
