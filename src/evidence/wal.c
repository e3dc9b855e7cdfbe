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

void wal_done(struct wal *w)
{
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
	disk_close(w->d, &w->fd);
	w->fd = fd;
	w->n_spares--;
	wal_add_live(w, s.number, s.first);
	w->off = WAL_BLOCK;
	w->seed = s.seed;
	w->before = s.seed;
	return 0;
}

/* Puts the group at the end of the active segment, without syncing. */
static int put_group(struct wal *w)
{
	struct wal_group g = { .n = w->group_n, .first = w->next - w->group_n,
		.watermark = w->durable };
	struct rd payload = buf_rd(&w->group), all;
	int err = 0;

	if (wal_blocks((uint32_t)w->group.len) > w->c.segment_len - w->off)
		err = roll(w);
	if (err)
		return err;
	ASSERT(rd_skip(&payload, WAL_GROUP_HEADER));
	g.before = w->before;
	w->before = wal_put_group(&w->group, &g, crc32c(w->seed, payload));
	all = buf_rd(&w->group);
	err = disk_pwrite(w->d, w->fd, all, w->off);
	w->off += (uint32_t)all.len;
	wal_begin_group(w);
	return err;
}

int wal_commit(struct wal *w)
{
	int err;

	if (w->failed || w->group_n == 0)
		return w->failed;
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
	if (w->failed || w->sealed || w->group_n || w->off == WAL_BLOCK ||
	    w->off > w->c.segment_len - WAL_BLOCK || wal_room(w) < WAL_BLOCK + w->c.reserve_len)
		return w->failed;
	w->sealed = true;
	return wal_fail(w, put_group(w));
}
