/*
 * Is:        the table of open sessions made again from the log.
 * Is not:    the table (session_table.c) or a judgement of the log (verify.h).
 * Called by: evidenced, when it starts.
 * Owns:      nothing.
 * Trust:     files may have decayed.
 */
#include <errno.h>

#include "evidence/erasure.h"
#include "evidence/session_table.h"
#include "evidence/tiler.h"
#include "evidence/verify.h"

/* What was erased on the record held nothing of a session that is open. */
static int skip_erased(struct session_table *t, struct tiler *from, struct erasure *e)
{
	uint64_t first = t->upto & ~(uint64_t)0xff;
	AUTO(verify_log_done) struct verify_log v = { .size = 0 };
	int err = 0;

	if (e->said.n == 0) {
		verify_log_init(&v, from->shelf.d, from->size, NULL);
		err = erasure_learn(e, &v);
	}
	if (!err && !erasure_covers(e, first, first + TILE_WIDTH))
		err = WAL_CORRUPT;
	if (!err)
		t->upto = first + TILE_WIDTH;
	return err;
}

/* What the tree holds: bundle by bundle. */
static int from_bundles(struct session_table *t, struct tiler *from)
{
	AUTO(buf_done) struct buf file = { 0 };
	AUTO(erasure_done) struct erasure erased = { .gone = { .ranges = { 0 } } };
	struct rd r, entry;
	int err = 0;

	buf_init(&file, BUNDLE_MAX);
	erasure_init(&erased);
	while (!err && t->upto < from->size) {
		uint64_t index = t->upto & ~(uint64_t)0xff, end = t->upto;
		buf_reset(&file);
		err = tiler_bundle(from, t->upto, &file);
		if (err == -ENOENT) {
			err = skip_erased(t, from, &erased);
			continue;
		}
		r = buf_rd(&file);
		for (; !err && bundle_next(&r, &entry); index++)
			if (index >= end)
				session_replay(t, index, entry);
		if (!err && (r.len || t->upto == end))
			err = WAL_CORRUPT;
	}
	return err;
}

/* What it does not hold yet. */
static int from_log(struct session_table *t, struct disk *d, uint64_t durable)
{
	struct wal_reader reader = { .fd = -1 };
	struct rd group, entry;
	uint32_t n = 1;
	int err = 0;

	if (t->upto >= durable)
		return 0;
	err = wal_reader_open(&reader, d, t->upto);
	while (!err && t->upto < durable) {
		err = wal_reader_next(&reader, durable, &group, &n);
		if (!err && n == 0)
			err = WAL_CORRUPT;
		while (!err && bundle_next(&group, &entry))
			session_replay(t, t->upto, entry);
	}
	wal_reader_done(&reader);
	return err;
}

int session_rebuild(struct session_table *t, struct tiler *from, uint64_t durable)
{
	int err;

	if (!session_load(t, from->shelf.d, durable))
		t->upto = 0;
	err = from_bundles(t, from);
	return err ? err : from_log(t, from->shelf.d, durable);
}
