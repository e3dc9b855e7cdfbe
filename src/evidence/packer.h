/*
 * Is:        bytes made fewer: the frames of a segment of bulk, as one zstd frame (RFC 8878).
 * Is not:    a format of ours, nor the inspector's measure of what bytes carry (inspect/ceiling.h).
 * Called by: segment.c; the sealer owns one.
 * Owns:      the compressor, once it was needed.
 * Trust:     what is unpacked is hostile: its size is bounded before a byte is made.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

struct ZSTD_CCtx_s;

struct packer {
	struct ZSTD_CCtx_s *zstd; /* NULL: not needed yet */
};

/* A frame begins; one that was not ended is forgotten. */
void packer_start(struct packer *p);
/* Packs `in`; what is ready is appended to `out`, and with `last` all of it, which ends the frame. False when
 * it does not fit there. */
MUST_USE bool packer_put(struct packer *p, struct rd in, bool last, struct buf *out);
/* Frees; accepts a zeroed one. For AUTO. */
void packer_done(struct packer *p);

/* Appends to `out` what `in`, one whole frame and nothing behind it, was made of. False when it is none, or would be
 * more than `out` takes; `out` may have got some of it then. */
MUST_USE bool packer_open(struct rd in, struct buf *out);
