/*
 * Is:        a look at the last segment of a session (contract in the header).
 * Is not:    the judgement of recordings.
 * Called by: evidenced.
 * Owns:      a buffer.
 * Trust:     reels are hostile.
 */
#include "evidence/torn.h"

#include <errno.h>

#include "base/assert.h"
#include "evidence/recordings_parts.h"
#include "evidence/reel.h"
#include "evidence/reel_store.h"

enum { NO_SEGMENT = 1, READ_LEN = 1 << 18 };

/* Back along the session's chain to its last session.segment. */
static int last_segment(struct tiler *t, uint64_t at, struct said *out, struct torn *where)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_view v = { .prev = at };
	int err;

	buf_init(&b, RECORD_MAX);
	do {
		at = v.prev;
		buf_reset(&b);
		err = tiler_entry(t, at, &b);
		if (err == -ENOENT)
			return NO_SEGMENT; /* so old that it was erased */
		if (err)
			return err;
		if (!record_read(buf_rd(&b), &v))
			return NO_SEGMENT;
		if (rd_is(&v.event, "session.segment"))
			return said_read(&v, out, where->recording) ? 0 : NO_SEGMENT;
	} while (v.prev < at);
	return NO_SEGMENT;
}

struct look {
	struct reel_reader r;
	struct sha256 sum;
	const struct said *wanted;
	bool is_over, is_whole;
};

static void take(struct look *l, struct rd in)
{
	enum reel_result e;
	struct rd bytes;
	struct hash h;

	while (!l->is_over && (e = reel_read(&l->r, &in, &bytes)) != REEL_MORE) {
		l->is_over = e == REEL_BAD;
		if (l->is_over || l->r.m.segment != l->wanted->number)
			continue; /* what comes before was on the disk before it was asked for */
		if (e == REEL_HEAD) {
			sha256_init(&l->sum);
		} else if (e == REEL_BYTES) {
			sha256_update(&l->sum, bytes);
		} else {
			sha256_final(&l->sum, h.b);
			l->is_whole = hash_equal(&h, &l->wanted->sum);
			l->is_over = true;
		}
	}
}

static int look_at(struct disk *d, const char *path, struct look *l)
{
	AUTO(buf_done) struct buf part = { 0 };
	uint64_t off = 0;
	uint8_t *to;
	size_t n = 1;
	int fd = -1, err = disk_open(d, path, DISK_READ, &fd);

	buf_init(&part, READ_LEN);
	ASSERT(buf_space(&part, READ_LEN, &to));
	while (!err && !l->is_over && n > 0) {
		err = disk_pread(d, fd, off, to, READ_LEN, &n);
		if (!err)
			take(l, rd_of(to, n));
		off += n;
	}
	disk_close(d, &fd);
	return err == -ENOENT || err == -ENOTDIR ? 0 : err;
}

int torn_find(struct tiler *t, uint64_t last, struct torn *out)
{
	struct torn where = { .reel = 0 };
	struct said s = { .index = 0 };
	struct look l = { .wanted = &s };
	char path[REEL_PATH_MAX];
	int err = last_segment(t, last, &s, &where);

	if (err)
		return err == NO_SEGMENT ? 0 : err;
	/* What is whole in memory must stay whole: it is not looked at again. */
	err = reel_store_sync(t->shelf.d, where.recording, s.reel);
	if (err < 0)
		return err;
	reel_path(where.recording, s.reel, path);
	reel_reader_init(&l.r);
	err = look_at(t->shelf.d, path, &l);
	reel_reader_done(&l.r);
	if (err || l.is_whole)
		return err;
	where.reel = s.reel;
	where.number = s.number;
	*out = where;
	return TORN_FOUND;
}
