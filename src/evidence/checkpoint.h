/*
 * Is:        the text of a checkpoint (c2sp.org/tlog-checkpoint v1.0.0): which log,
 *            how large, under which root.
 * Is not:    its signatures (note.h, tlog_policy.h).
 * Called by: the log, witnesses, proofs, the verifier.
 * Owns:      nothing: a parsed checkpoint borrows its text.
 * Trust:     hostile bytes.
 *
 *     origin LF  size LF  base64(root) LF  (extension LF)*
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/merkle.h"

struct checkpoint {
	struct rd origin;
	struct merkle_head head;
	struct rd extensions; /* the lines after the third; we write none */
};

/* The whole of `text` (a note's, with its final LF). A size has no sign and no
 * leading zero and is at most MERKLE_SIZE_MAX; an empty tree has the empty root. */
MUST_USE bool checkpoint_parse(struct rd text, struct checkpoint *out);

/* The same, but an empty tree may claim any root: a witness must tell that lie from
 * what is no checkpoint at all. */
MUST_USE bool checkpoint_parse_claim(struct rd text, struct checkpoint *out);

/* Writes the text. `origin` must be a name that a key may have (note_name_ok). */
void wr_checkpoint(struct wr *w, struct rd origin, const struct merkle_head *head);
