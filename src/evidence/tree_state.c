/*
 * Is:        the private state of a log (format and contract in the header).
 * Is not:    the checkpoint.
 * Called by: log.c, tiler.c.
 * Owns:      nothing.
 * Trust:     the file may have decayed.
 */
#include "evidence/tree_state.h"

#include <errno.h>

#include "base/assert.h"
#include "base/buf.h"
#include "base/crc32c.h"
#include "base/wr.h"

enum { COVERED = 80, STATE_LEN = 84 };

static bool decode(struct rd r, struct tree_state *out)
{
	struct tree_state s;
	struct rd covered;
	uint32_t crc;

	if (!rd_slice(&r, 0, COVERED, &covered) || !rd_word(&r, "SLAGTREE") ||
	    !rd_u64(&r, &s.size) || !rd_copy(&r, s.root.b, sizeof(s.root.b)) ||
	    !rd_copy(&r, s.id, sizeof(s.id)) || !rd_u32(&r, &crc) || r.len != 0)
		return false;
	if (crc != crc32c(0, covered))
		return false;
	*out = s;
	return true;
}

int tree_state_read(struct disk *d, struct tree_state *out)
{
	uint8_t raw[STATE_LEN + 1];
	size_t n = 0;
	int err = disk_read(d, "state", 0, raw, sizeof(raw), &n);

	if (err)
		return err == -ENOENT ? TREE_STATE_ABSENT : err;
	return decode(rd_of(raw, n), out) ? 0 : TREE_STATE_DAMAGED;
}

int tree_state_write(struct disk *d, const struct tree_state *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w = wr_to(&b);

	buf_init(&b, STATE_LEN);
	wr_str(&w, "SLAGTREE");
	wr_u64(&w, s->size);
	wr_bytes(&w, rd_of(s->root.b, sizeof(s->root.b)));
	wr_bytes(&w, rd_of(s->id, sizeof(s->id)));
	wr_u32(&w, crc32c(0, buf_rd(&b)));
	ASSERT(wr_ok(&w));
	return disk_replace(d, "tmp/state", "state", buf_rd(&b));
}

void tree_state_empty(struct tree_state *out, const uint8_t id[WAL_ID_LEN])
{
	struct rd r = rd_of(id, WAL_ID_LEN);
	struct merkle m;

	merkle_init(&m);
	out->size = 0;
	merkle_root(&m, &out->root);
	ASSERT(rd_copy(&r, out->id, WAL_ID_LEN));
}
