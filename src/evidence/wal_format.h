/*
 * Is:        the format of the write-ahead log's files, encode beside decode.
 * Is not:    the log (wal.h).
 * Called by: wal*.c.
 * Owns:      nothing.
 * Trust:     bytes that may have decayed or were torn by a power cut, and what a
 *            recycled segment still holds of its former life.
 *
 * A log is a chain of segments of equal length, wal/seg-N with N in 20 digits,
 * counting up by one. A segment is written from front to back in blocks of 4,096
 * bytes: one block with its header, then groups, each on blocks of its own, so
 * that a block which holds durable entries is never written again.
 *
 *   segment header           0  8  "SLAGWAL1"
 *   (block 0)                8  4  length of the segment, a multiple of 4,096
 *                           12  4  zero
 *                           16  8  number of the segment
 *                           24  8  index of its first entry
 *                           32 32  identity of the log
 *                           64  4  CRC-32C of bytes 0..63: the segment's seed
 *
 *   group                    0  4  "GRP1"
 *   (on a block boundary)    4  4  CRC-32C of the payload and then of bytes 8..63,
 *                                  begun with the segment's seed
 *                            8  4  length of the payload
 *                           12  4  number of entries in it
 *                           16  8  index of its first entry
 *                           24  8  watermark: every entry with a lower index was
 *                                  durable when this group was written
 *                           32  4  CRC of the group before it; of the first, the seed
 *                           36 28  zero
 *                           64  .  payload: entries, each u16 length and its bytes,
 *                                  exactly as tlog-tiles wants them in a bundle
 *                            .  .  zero to the end of the block
 *
 * Integers are big endian. The seed ties a group to its segment, so that what a
 * recycled segment held before does not pass; the CRC of the group before ties
 * it to its place. A group without entries is a seal: it says only that all
 * before it is durable.
 *
 * Recovery reads groups while each is whole and in its place. After the first that
 * is not, a later block that begins a whole group with a watermark above the end
 * shows that durable entries were lost: corruption. Otherwise the tail is torn:
 * nobody was told of it, and it is cut off.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rd.h"

enum {
	WAL_BLOCK = 4096,
	WAL_GROUP_HEADER = 64,
	WAL_ID_LEN = 32,
	WAL_ENTRY_MAX = 65535,
};

struct wal_segment {
	uint32_t len;
	uint64_t number;
	uint64_t first;
	uint8_t id[WAL_ID_LEN];
	uint32_t seed; /* out only */
};

struct wal_group {
	uint32_t n;
	uint64_t first;
	uint64_t watermark;
	uint32_t before; /* CRC of the group before */
	uint32_t crc;	 /* out only */
	uint32_t blocks_len; /* out only: header, payload and filling */
};

/* `n` rounded up to whole blocks. */
uint32_t wal_blocks(uint32_t n);

/* Replaces what `out` holds by a header block. Returns the segment's seed. */
uint32_t wal_put_segment(struct buf *out, const struct wal_segment *s);

/* False when `block`, the first of a segment, does not hold a whole header. */
MUST_USE bool wal_get_segment(struct rd block, struct wal_segment *out);

/* `out` begins with room for the header, holds the payload, and is given the
 * header and the filling. `payload_crc` is the CRC of the payload begun with the
 * seed. Returns the group's CRC. */
uint32_t wal_put_group(struct buf *out, const struct wal_group *g, uint32_t payload_crc);

/* False when `at`, the rest of a segment from a block on, does not begin with a
 * whole group of a segment with this seed. */
MUST_USE bool wal_get_group(struct rd at, uint32_t seed, struct wal_group *out,
    struct rd *out_payload);

/* The blocks that a group claims in its first block, not yet checked: how much to
 * read. 0 when it claims nothing that could be. */
uint32_t wal_claims(struct rd block);
