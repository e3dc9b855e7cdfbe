/*
 * Is:        the format of the write-ahead log's files (specified in the header).
 * Is not:    the log.
 * Called by: wal*.c.
 * Owns:      nothing.
 * Trust:     decayed, torn or stale bytes.
 */
#include "evidence/wal_format.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/wr.h"

static const uint8_t zeros[WAL_BLOCK];

enum { SEGMENT_COVERED = 64, CRC_AT = 4, GROUP_COVERED_FROM = 8 };

uint32_t wal_blocks(uint32_t n)
{
	return (n + WAL_BLOCK - 1) / WAL_BLOCK * WAL_BLOCK;
}

uint32_t wal_put_segment(struct buf *out, const struct wal_segment *s)
{
	struct wr w = wr_to(out);
	uint32_t seed;

	buf_reset(out);
	wr_str(&w, "SLAGWAL1");
	wr_u32(&w, s->len);
	wr_u32(&w, 0);
	wr_u64(&w, s->number);
	wr_u64(&w, s->first);
	wr_bytes(&w, rd_of(s->id, sizeof(s->id)));
	seed = crc32c(0, buf_rd(out));
	wr_u32(&w, seed);
	wr_bytes(&w, rd_of(zeros, WAL_BLOCK - out->len));
	ASSERT(wr_ok(&w));
	return seed;
}

bool wal_get_segment(struct rd block, struct wal_segment *out)
{
	struct wal_segment s;
	struct rd covered;
	uint32_t zero;

	if (!rd_slice(&block, 0, SEGMENT_COVERED, &covered) || !rd_word(&block, "SLAGWAL1"))
		return false;
	if (!rd_u32(&block, &s.len) || !rd_u32(&block, &zero) || !rd_u64(&block, &s.number) ||
	    !rd_u64(&block, &s.first) || !rd_copy(&block, s.id, sizeof(s.id)) ||
	    !rd_u32(&block, &s.seed))
		return false;
	if (zero != 0 || s.seed != crc32c(0, covered))
		return false;
	*out = s;
	return true;
}

uint32_t wal_put_group(struct buf *out, const struct wal_group *g, uint32_t payload_crc)
{
	uint8_t raw[WAL_GROUP_HEADER];
	uint32_t payload_len = (uint32_t)(out->len - WAL_GROUP_HEADER), crc;
	AUTO(buf_done) struct buf head = { 0 };
	struct wr w = wr_to(&head);
	struct rd covered;

	buf_init(&head, WAL_GROUP_HEADER);
	wr_str(&w, "GRP1");
	wr_u32(&w, 0);
	wr_u32(&w, payload_len);
	wr_u32(&w, g->n);
	wr_u64(&w, g->first);
	wr_u64(&w, g->watermark);
	wr_u32(&w, g->before);
	wr_bytes(&w, rd_of(zeros, WAL_GROUP_HEADER - head.len));
	covered = buf_rd(&head);
	ASSERT(wr_ok(&w) && rd_skip(&covered, GROUP_COVERED_FROM));
	crc = crc32c(payload_crc, covered);
	for (int i = 0; i < 4; i++)
		raw[i] = (uint8_t)(crc >> (24 - 8 * i));
	ASSERT(buf_patch(&head, CRC_AT, raw, 4));
	covered = buf_rd(&head);
	ASSERT(rd_copy(&covered, raw, sizeof(raw)) && buf_patch(out, 0, raw, sizeof(raw)));
	ASSERT(buf_put(out, zeros, wal_blocks((uint32_t)out->len) - out->len));
	return crc;
}

/* The header's fields, unchecked. */
static bool get_header(struct rd r, struct wal_group *g, uint32_t *payload_len)
{
	struct rd spare;

	return rd_word(&r, "GRP1") && rd_u32(&r, &g->crc) && rd_u32(&r, payload_len) &&
	    rd_u32(&r, &g->n) && rd_u64(&r, &g->first) && rd_u64(&r, &g->watermark) &&
	    rd_u32(&r, &g->before) && rd_take(&r, 28, &spare);
}

bool wal_get_group(struct rd at, uint32_t seed, struct wal_group *out, struct rd *out_payload)
{
	struct wal_group g;
	struct rd covered, payload;
	uint32_t len;

	if (!get_header(at, &g, &len) || !rd_slice(&at, WAL_GROUP_HEADER, len, &payload) ||
	    !rd_slice(&at, GROUP_COVERED_FROM, WAL_GROUP_HEADER - GROUP_COVERED_FROM, &covered))
		return false;
	if (crc32c(crc32c(seed, payload), covered) != g.crc)
		return false;
	g.blocks_len = wal_blocks(WAL_GROUP_HEADER + len);
	if (g.blocks_len > at.len || g.first + g.n < g.first || g.watermark > g.first)
		return false;
	*out = g;
	*out_payload = payload;
	return true;
}

uint32_t wal_claims(struct rd block)
{
	struct wal_group g;
	uint32_t len;

	if (!get_header(block, &g, &len) || len > UINT32_MAX - WAL_GROUP_HEADER - WAL_BLOCK)
		return 0;
	return wal_blocks(WAL_GROUP_HEADER + len);
}
