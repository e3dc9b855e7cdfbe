/*
 * Is:        fuzzing of the write-ahead log's recovery and reading: any bytes behind a
 *            good segment header, with the first group's checksum made right or not.
 * Is not:    a crash test (test_crash.c).
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "evidence/disk_model.h"
#include "evidence/wal.h"
#include "evidence/wal_reader.h"
#include "testing/fuzz.h"

enum { SEGMENT_LEN = 20 * WAL_BLOCK };

static const uint8_t id[WAL_ID_LEN] = "an identity of thirty-two bytes";

/* Makes the checksum of a group at the start of `b` right, if it is a group. */
static void make_right(struct buf *b, uint32_t seed)
{
	struct rd all = buf_rd(b), payload, covered;
	uint32_t len, crc;
	uint8_t raw[4];

	if (!rd_slice(&all, 8, WAL_GROUP_HEADER - 8, &covered))
		return;
	payload = covered;
	if (!rd_u32(&payload, &len) || !rd_slice(&all, WAL_GROUP_HEADER, len, &payload))
		return;
	crc = crc32c(crc32c(seed, payload), covered);
	for (int i = 0; i < 4; i++)
		raw[i] = (uint8_t)(crc >> (24 - 8 * i));
	ASSERT(buf_patch(b, 4, raw, sizeof(raw)));
}

static void put_segment(struct disk *d, struct rd groups, bool right)
{
	struct wal_segment s = { .len = SEGMENT_LEN, .number = 1 };
	struct rd from = rd_of(id, sizeof(id));
	AUTO(buf_done) struct buf head, body;
	char path[DISK_PATH_MAX];
	int fd = -1;
	uint32_t seed;

	buf_init(&head, WAL_BLOCK);
	buf_init(&body, SEGMENT_LEN);
	ASSERT(rd_copy(&from, s.id, WAL_ID_LEN));
	seed = wal_put_segment(&head, &s);
	if (groups.len > SEGMENT_LEN - WAL_BLOCK)
		groups.len = SEGMENT_LEN - WAL_BLOCK;
	ASSERT(buf_put_rd(&body, groups));
	if (right)
		make_right(&body, seed);
	wal_segment_path(path, 1);
	ASSERT(disk_mkdir(d, "wal") == 0 && disk_mkdir(d, "tmp") == 0);
	ASSERT(disk_open(d, path, DISK_CREATE, &fd) == 0 && disk_fallocate(d, fd, SEGMENT_LEN) == 0);
	ASSERT(disk_pwrite(d, fd, buf_rd(&head), 0) == 0);
	ASSERT(disk_pwrite(d, fd, buf_rd(&body), WAL_BLOCK) == 0);
}

/* What recovery found must be readable, and the log must go on. */
static void use(struct wal *w, struct disk *d)
{
	struct wal_reader r;
	struct rd entries = { 0 }, entry;
	uint64_t index;
	uint32_t n = 1;

	ASSERT(w->next == w->durable);
	if (wal_reader_open(&r, d, 0) == 0)
		while (n > 0 && wal_reader_next(&r, w->durable, &entries, &n) == 0)
			while (rd_part16(&entries, WAL_ENTRY_MAX, &entry))
				;
	wal_reader_done(&r);
	if (wal_append(w, rd_str("goes on"), true, &index) == 0)
		ASSERT(wal_commit(w) == 0 && w->durable == index + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wal_config c = wal_defaults(id);
	AUTO(disk_model_free) struct disk_model *m = disk_model_new(1);
	struct disk *d = disk_model_disk(m);
	struct rd in = rd_of(data, size);
	struct wal_fault f;
	struct wal w;
	uint8_t flags;

	if (!rd_u8(&in, &flags))
		return 0;
	c.segment_len = SEGMENT_LEN;
	c.group_max = WAL_ENTRY_MAX + 2;
	c.reserve_len = WAL_BLOCK;
	put_segment(d, in, flags & 1);
	if (wal_open(&w, d, &c, flags >> 1, &f) == 0)
		use(&w, d);
	wal_done(&w);
	return 0;
}
