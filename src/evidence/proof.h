/*
 * Is:        a .tlog-proof (c2sp.org/tlog-proof): one entry's place in a log, with the
 *            signed checkpoint that it is under.
 * Is not:    the entry, which its reader has.
 * Called by: statements, receipts, packs, the verifier.
 * Owns:      nothing: a parsed proof borrows its bytes.
 * Trust:     hostile bytes.
 *
 *     c2sp.org/tlog-proof@v1 LF
 *     [extra base64 LF]
 *     index decimal LF
 *     (base64(hash) LF)*          the inclusion proof, the leaf's sibling first
 *     LF
 *     checkpoint                  verbatim, with its signatures
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"
#include "evidence/tlog_policy.h"

enum { PROOF_MAX = NOTE_MAX + 16384, PROOF_EXTRA_MAX = 8192 };

struct proof {
	struct rd extra; /* still base64; its p is NULL when there is none. Nobody signs it. */
	uint64_t index;
	struct merkle_proof path;
	struct rd checkpoint;
};

/* The whole of `raw`. The checkpoint is not looked at. */
MUST_USE bool proof_parse(struct rd raw, struct proof *out);

/* Writes a proof without extra data. */
void wr_proof(struct wr *w, uint64_t index, const struct merkle_proof *path, struct rd checkpoint);

enum proof_verdict {
	PROOF_BAD_CHECKPOINT = 0, /* `out` says why */
	PROOF_NOT_INCLUDED,       /* this entry is not at that index under that root */
	PROOF_OK
};

/* Judges that the entry whose leaf hash is `leaf` is in the log, by policy. */
MUST_USE enum proof_verdict proof_judge(const struct proof *p, const struct hash *leaf,
    const struct tlog_policy *policy, enum tlog_verdict *out_why, struct tlog_judgement *out);
