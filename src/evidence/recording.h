/*
 * Is:        recordings: their segments, sealed to a key of their own, and the split
 *            of that key between keepers.
 * Is not:    the place where segments lie, nor when they end (proc).
 * Called by: the gate (seals), keepers' tools and replay (open).
 * Owns:      keys, in struct secret.
 * Trust:     opened shares and segments are hostile until they parse.
 *
 * Every recording has an age identity of its own, made and forgotten when it
 * starts: from then on the gate can seal and not open. Its text (74 characters) is
 * split for every pair of keepers: one half is random, the other is the exclusive
 * or with it. A keeper's halves are uniformly random to him, whatever he does with
 * them; any two keepers make the text again. With two keepers both are needed, with
 * three any two. Nothing of ours is needed either:
 *
 *     age -d -i mine.key share-of-mine.age          (each keeper)
 *     the exclusive or of the two halves named after each other, from hex: an
 *     identity file;  age -d -i that segment.age
 *
 * Share, before sealing to its keeper:
 *
 *     slagboom-share@v1 LF
 *     recording <32 hex> LF
 *     recipient <age1...> LF
 *     keeper <his name> LF
 *     (with <another's name> <148 hex> LF)+
 *
 * Segment, before sealing to the recording's recipient:
 *
 *     "slagboom-segment@v1" LF || recording[16] || u32 number || frame*
 *     frame = u8 kind || u64 microseconds since the recording began || u32 len || bytes
 *
 * or, of bulk, where "slagboom-segment-zstd@v1" stands in front, its frames as one zstd frame (RFC 8878)
 * with a window of at most 128 KiB. Less than SEGMENT_PACK_MIN is never packed: of a few bytes beside what somebody
 * chose, the length would tell something.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "crypto/sha256.h"
#include "evidence/age.h"
#include "evidence/merkle.h"

struct packer;

enum {
	RECORDING_ID_LEN = 16,
	RECORDING_KEEPERS_MAX = 3,
	RECORDING_SHARE_MAX = 4096,
	KEEPER_NAME_MAX = 64,
	SEGMENT_HEAD_LEN = 20 + RECORDING_ID_LEN + 4, /* 25 instead of 20 when it is packed */
	SEGMENT_FRAMES_MAX = 4 << 20, /* bytes of frames, their heads included */
	SEGMENT_PACK_MIN = 64 << 10,
	FRAME_HEAD_LEN = 1 + 8 + 4,
	FRAME_MAX = 1 << 20
};

/* True for 1 to KEEPER_NAME_MAX letters, digits, '.', '-' and '_'. */
bool keeper_name_ok(struct rd name);

struct recording_keeper {
	struct rd name; /* keeper_name_ok */
	struct x25519_pub recipient;
};

struct recording {
	uint8_t id[RECORDING_ID_LEN];
	struct x25519_pub recipient;
};

/* Starts a recording for `n` keepers, 2 or 3, of different names and recipients: a
 * fresh identity, and for each keeper one sealed share appended to shares[i], an
 * empty buffer. False when a name or recipient cannot be used or a share does not
 * fit. The identity is gone when this returns. */
MUST_USE bool recording_start(struct recording *r, const struct recording_keeper *keepers,
    size_t n, struct random *rnd, struct buf *shares);

/* One keeper's opened share. */
struct recording_share {
	uint8_t id[RECORDING_ID_LEN];
	struct x25519_pub recipient;
	char keeper[KEEPER_NAME_MAX + 1];
	size_t n;
	struct {
		char name[KEEPER_NAME_MAX + 1];
		struct secret half;
	} with[RECORDING_KEEPERS_MAX - 1];
};

MUST_USE bool recording_share_parse(struct rd text, struct recording_share *out);
/* Wipes. For AUTO. */
void recording_share_done(struct recording_share *s);

/* The recording's identity out of two keepers' shares. False when they are not of one
 * recording, or do not make the identity of its recipient. */
MUST_USE bool recording_join(const struct recording_share *a, const struct recording_share *b,
    struct secret *out);

enum frame_kind {
	FRAME_FROM_SUPPLIER = 1, /* bytes released towards the element */
	FRAME_TO_SUPPLIER = 2,   /* bytes released towards the supplier */
	FRAME_WITHHELD = 3,      /* bytes towards the supplier that were not released */
	FRAME_RESIZE = 4,        /* u16 columns, u16 rows */
	FRAME_NOTE = 5,          /* text of ours: what happened in between */
	FRAME_TO_SUPPLIER_STDERR = 6,   /* released towards the supplier's error stream */
	FRAME_WITHHELD_FROM_SUPPLIER = 7, /* bytes towards the element that were not released */
	FRAME_FILE = 8, /* of a file in quarantine: u32 its number, u64 offset, bytes; whole before any of it goes on */
	FRAME_KINDS
};

struct frame {
	uint8_t kind; /* enum frame_kind; readers pass over kinds that they do not know */
	uint64_t time_us;
	struct rd bytes; /* at most FRAME_MAX */
};

struct segment_writer {
	struct age_writer age;
	struct sha256 sum;
	uint64_t sealed_len;
	struct packer *packer; /* borrowed; NULL: not packed */
	struct buf packed;
};

/* Writes a segment: start, frames, end. The sealed bytes are appended to `out`, which
 * the caller drains; false when they do not fit. The hash is over all sealed bytes
 * and belongs into the record of the segment. `packer`: NULL when it is not to be packed. */
MUST_USE bool segment_start(struct segment_writer *s, const struct recording *r, uint32_t number,
    struct packer *packer, struct random *rnd, struct buf *out);
MUST_USE bool segment_frame(struct segment_writer *s, const struct frame *f, struct buf *out);
MUST_USE bool segment_end(struct segment_writer *s, struct buf *out, struct hash *out_hash);
/* Wipes. For AUTO. */
void segment_writer_done(struct segment_writer *s);

enum segment_result { SEGMENT_OK = 0, SEGMENT_MORE, SEGMENT_BAD };

/* Takes the head of an opened segment, then frame after frame. MORE: nothing was
 * taken, the bytes go on; after the last byte that means that they were cut. Of a packed
 * segment `in` must be all: its frames are put into `unpacked`, which takes at least
 * SEGMENT_FRAMES_MAX, and `in` reads them there. */
MUST_USE enum segment_result segment_take_head(struct rd *in, uint8_t id[RECORDING_ID_LEN],
    uint32_t *out_number, struct buf *unpacked);
MUST_USE enum segment_result segment_take_frame(struct rd *in, struct frame *out);
