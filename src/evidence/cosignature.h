/*
 * Is:        timestamped Ed25519 cosignatures, "cosignature/v1"
 *            (c2sp.org/tlog-cosignature v1.0.1, algorithm 04).
 * Is not:    the line that carries one (note.h), nor the ML-DSA form (06).
 * Called by: note.h for judging; witnesses for making.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 *     blob   = u64 time (seconds, below 2^63) || signature[64]
 *     signed = "cosignature/v1" LF "time " decimal LF checkpoint text
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ed25519.h"

enum { COSIGNATURE_BLOB_LEN = 8 + ED25519_SIG_LEN };

/* Writes the bytes that a cosigner signs. */
void wr_cosignature_message(struct wr *w, uint64_t time_s, struct rd text);

/* Writes the blob of a signature made at `time_s`. */
void wr_cosignature_blob(struct wr *w, uint64_t time_s, const struct ed25519_sig *sig);

/* True when the whole of `blob` cosigns `text` by `pub`; its time in *out_s. */
MUST_USE bool cosignature_verify(struct rd text, struct rd blob, const struct ed25519_pub *pub,
    uint64_t *out_s);
