/*
 * Is:        entries and proofs out of the public files of a log: bundles and tiles.
 * Is not:    the log's writer (tiler.h), nor a judgement of what is read (proof.h).
 * Called by: slagboom prove.
 * Owns:      a buffer for one file.
 * Trust:     files may have decayed or change underneath: prove, then judge the proof.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/merkle_path.h"
#include "evidence/verify.h"

struct prover {
	struct merkle_source source;
	struct verify_log log;
};

/* For the tree of `size` leaves in the directory of `d`. */
void prover_init(struct prover *p, struct disk *d, uint64_t size);
/* For AUTO. */
void prover_done(struct prover *p);

/* Entry `index` < size, appended to `out`. 0, or a negative errno: -ENOENT when its file
 * is not there, -EBADMSG when it is not what it should be. */
MUST_USE int prover_entry(struct prover *p, uint64_t index, struct buf *out);
/* Its proof of inclusion. The same. */
MUST_USE int prover_path(struct prover *p, uint64_t index, struct merkle_proof *out);
