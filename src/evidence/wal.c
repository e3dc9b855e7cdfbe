/*
 * Is:        writing the write-ahead log (contract in the header).
 * Is not:    its recovery (wal_recover.c) or its spare segments (wal_spare.c).
 * Called by: log.c; tests.
 * Owns:      the active segment.
 * Trust:     entries are any bytes.
 */
#include "evidence/wal.h"

#include <errno.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "evidence/wal_parts.h"

struct wal_config wal_defaults(const uint8_t id[WAL_ID_LEN])
{
	struct wal_config c = {
		.segment_len = 64u << 20,
		.group_max = 4u << 20,
		.reserve_len = 1u << 20,
		.spares = 2,
		.keeps = 2,
	};
	struct rd r = rd_of(id, WAL_ID_LEN);

	ASSERT(rd_copy(&r, c.id, WAL_ID_LEN));
	return c;
}

void wal_check_config(const struct wal_config *c)
{
	ASSERT(c->segment_len % WAL_BLOCK == 0 && c->segment_len <= 1u << 30);
	ASSERT(c->group_max >= WAL_ENTRY_MAX + 2);
	ASSERT(c->segment_len >= WAL_BLOCK + wal_blocks(WAL_GROUP_HEADER + c->group_max));
	ASSERT(c->reserve_len <= c->segment_len - WAL_BLOCK && c->spares >= 1 && c->spares <= c->keeps && c->keeps <= 32);
}

int wal_fail(struct wal *w, int err)
{
	if (err < 0 && !w->failed)
		w->failed = err;
	return err;
}

/* Empties the group and makes room for its header. */
void wal_begin_group(struct wal *w)
{
	static const uint8_t header[WAL_GROUP_HEADER];

	buf_reset(&w->group);
	ASSERT(buf_put(&w->group, header, sizeof(header)));
	w->group_n = 0;
}

void wal_init(struct wal *w, struct disk *d)
{
	*w = (struct wal){ .d = d, .fd = -1, .making_fd = -1 };
	for (size_t i = 0; i < DISK_SYNCS_MAX; i++)
		w->flight[i].fd = -1;
}

static void close_slots(struct wal *w)
{
	for (size_t i = 0; i < DISK_SYNCS_MAX; i++)
		disk_close(w->d, &w->flight[i].fd);
}

void wal_done(struct wal *w)
{
	/* The slots are the disk's, and whoever opens it next begins with free ones. */
	for (uint64_t n = w->n_ended; n < w->n_begun; n++)
		if (disk_sync_end(w->d, n % DISK_SYNCS_MAX, true) < 0)
			continue; /* nobody was told of it */
	close_slots(w);
	disk_close(w->d, &w->fd);
	disk_close(w->d, &w->making_fd);
	buf_done(&w->group);
	mem_free(&w->live);
}

uint64_t wal_room(const struct wal *w)
{
	return w->c.segment_len - w->off + (uint64_t)w->n_spares * (w->c.segment_len - WAL_BLOCK);
}

/* Whether the group may grow to `len` bytes, header included. */
static bool has_room(const struct wal *w, uint32_t len, bool closing)
{
	uint32_t need = wal_blocks(len);

	if (need > w->c.segment_len - w->off && w->n_spares == 0)
		return false;
	return closing || wal_room(w) >= (uint64_t)need + w->c.reserve_len;
}

int wal_append(struct wal *w, struct rd entry, bool closing, uint64_t *out_index)
{
	uint8_t len[2] = { (uint8_t)(entry.len >> 8), (uint8_t)entry.len };
	size_t with = w->group.len + sizeof(len) + entry.len;

	if (w->failed)
		return w->failed;
	if (entry.len > WAL_ENTRY_MAX)
		return WAL_TOO_LONG;
	if (with > WAL_GROUP_HEADER + (size_t)w->c.group_max)
		return WAL_BUSY;
	if (!has_room(w, (uint32_t)with, closing))
		return w->group_n ? WAL_BUSY : WAL_NO_ROOM;
	ASSERT(buf_put(&w->group, len, sizeof(len)) && buf_put_rd(&w->group, entry));
	*out_index = w->next++;
	w->group_n++;
	w->sealed = false;
	return 0;
}

/* The next segment: a spare gets its header, then its name. Order: the header is
 * durable before the name is, so a segment always has one. */
static int roll(struct wal *w)
{
	char path[DISK_PATH_MAX], spare[DISK_PATH_MAX];
	struct wal_segment s = {
		.len = w->c.segment_len,
		.number = w->live[w->n_live - 1].number + 1,
		.first = w->next - w->group_n,
	};
	struct rd id = rd_of(w->c.id, WAL_ID_LEN);
	int fd = -1, err;

	ASSERT(w->n_spares > 0 && rd_copy(&id, s.id, WAL_ID_LEN));
	wal_spare_path(spare, w->spare[w->n_spares - 1]);
	wal_segment_path(path, s.number);
	err = disk_open(w->d, spare, DISK_WRITE, &fd);
	if (!err)
		err = wal_name_segment(w->d, fd, &s, spare, path);
	if (err) {
		disk_close(w->d, &fd);
		return err;
	}
	close_slots(w);
	disk_close(w->d, &w->fd);
	w->fd = fd;
	w->n_spares--;
	wal_add_live(w, s.number, s.first);
	w->off = WAL_BLOCK;
	w->seed = s.seed;
	w->before = s.seed;
	return 0;
}

static bool must_roll(const struct wal *w)
{
	return wal_blocks((uint32_t)w->group.len) > w->c.segment_len - w->off;
}

/* Puts the group at the end of the active segment, without syncing. */
static int put_group(struct wal *w)
{
	struct wal_group g = { .n = w->group_n, .first = w->next - w->group_n,
		.watermark = w->durable };
	struct rd payload = buf_rd(&w->group), all;
	int err;

	ASSERT(!must_roll(w) && rd_skip(&payload, WAL_GROUP_HEADER));
	g.before = w->before;
	w->before = wal_put_group(&w->group, &g, crc32c(w->seed, payload));
	all = buf_rd(&w->group);
	err = disk_pwrite(w->d, w->fd, all, w->off);
	w->off += (uint32_t)all.len;
	wal_begin_group(w);
	return err;
}

/* To do before put_group. */
static int make_place(struct wal *w)
{
	ASSERT(!must_roll(w) || w->n_begun == w->n_ended);
	return must_roll(w) ? roll(w) : 0;
}

bool wal_may_begin(const struct wal *w)
{
	uint64_t under_way = w->n_begun - w->n_ended;

	return !w->failed && w->group_n && under_way < (must_roll(w) ? 1 : DISK_SYNCS_MAX);
}

int wal_begin(struct wal *w, bool wait)
{
	unsigned slot = w->n_begun % DISK_SYNCS_MAX;
	struct wal_flight *f = &w->flight[slot];
	char path[DISK_PATH_MAX];
	int err;

	if (w->failed)
		return w->failed;
	if (!wal_may_begin(w))
		return WAL_BUSY;
	err = make_place(w);
	wal_segment_path(path, w->live[w->n_live - 1].number);
	if (!err && !wait && f->fd < 0)
		err = disk_open(w->d, path, DISK_WRITE, &f->fd);
	if (!err)
		err = put_group(w);
	if (!err)
		err = wait ? disk_fdatasync(w->d, w->fd) : disk_sync_begin(w->d, f->fd, slot);
	if (err)
		return wal_fail(w, err);
	f->end = w->next;
	f->has_ended = wait;
	w->n_begun++;
	return 0;
}

int wal_collect(struct wal *w, bool wait)
{
	if (w->failed)
		return w->failed;
	/* All before any is counted: one that failed poisons those before it as well. */
	for (uint64_t n = w->n_ended; n < w->n_begun; n++) {
		struct wal_flight *f = &w->flight[n % DISK_SYNCS_MAX];
		int r = f->has_ended ? 0 : disk_sync_end(w->d, n % DISK_SYNCS_MAX, wait && n == w->n_ended);
		if (r < 0)
			return wal_fail(w, r);
		f->has_ended = r == 0;
	}
	while (w->n_ended < w->n_begun && w->flight[w->n_ended % DISK_SYNCS_MAX].has_ended)
		w->durable = w->flight[w->n_ended++ % DISK_SYNCS_MAX].end;
	return 0;
}

int wal_commit(struct wal *w)
{
	int err = w->failed;

	while (!err && w->n_ended < w->n_begun)
		err = wal_collect(w, true);
	if (err || w->group_n == 0)
		return err;
	err = make_place(w);
	if (!err)
		err = put_group(w);
	if (!err)
		err = disk_fdatasync(w->d, w->fd);
	if (err)
		return wal_fail(w, err);
	w->durable = w->next;
	return 0;
}

int wal_seal(struct wal *w)
{
	if (w->failed || w->sealed || w->group_n || w->n_ended < w->n_begun || w->off == WAL_BLOCK ||
	    w->off > w->c.segment_len - WAL_BLOCK || wal_room(w) < WAL_BLOCK + w->c.reserve_len)
		return w->failed;
	w->sealed = true;
	return wal_fail(w, put_group(w));
}
