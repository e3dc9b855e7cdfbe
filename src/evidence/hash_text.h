/*
 * Is:        a hash as the public formats write it: padded base64, one spelling.
 * Is not:    a general base64 (base/text.h).
 * Called by: checkpoints, proofs, the witness protocol.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

struct hash;

/* The whole of `text` as padded canonical base64 of exactly `n` bytes, n <= 4096. */
MUST_USE bool base64_exact(struct rd text, uint8_t *out, size_t n);

/* The whole of `text` as padded canonical base64 of a hash. */
MUST_USE bool hash_parse(struct rd text, struct hash *out);
void wr_hash(struct wr *w, const struct hash *h);
