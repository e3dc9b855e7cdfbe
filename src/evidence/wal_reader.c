/*
 * Is:        reading the write-ahead log in use (contract in the header).
 * Is not:    recovery.
 * Called by: tiler.c.
 * Owns:      a descriptor of one segment and one group's bytes.
 * Trust:     each group is checked again.
 */
#include "evidence/wal_reader.h"

#include <errno.h>

#include "base/assert.h"
#include "evidence/wal_parts.h"

static int go_to(struct wal_reader *r, const struct wal_segment *head)
{
	char path[DISK_PATH_MAX];

	disk_close(r->d, &r->fd);
	wal_segment_path(path, head->number);
	r->number = head->number;
	r->len = head->len;
	r->seed = head->seed;
	r->before = head->seed;
	r->off = WAL_BLOCK;
	r->next = head->first;
	r->knows_after = false;
	return disk_open(r->d, path, DISK_READ, &r->fd);
}

/* Reads [off, off + n) of the segment to the end of r->group. */
static int fetch(struct wal_reader *r, uint32_t off, uint32_t n)
{
	uint8_t *to;
	size_t got = 0;
	int err;

	if (!buf_space(&r->group, n, &to))
		return WAL_CORRUPT;
	err = disk_pread(r->d, r->fd, off, to, n, &got);
	if (err)
		return err;
	buf_grew(&r->group, got);
	return got == n ? 0 : WAL_CORRUPT;
}

/* The group at r->off into r->group; WAL_CORRUPT when there is none in its place. */
static int group_here(struct wal_reader *r, struct wal_group *g, struct rd *payload)
{
	uint32_t claims;
	int err;

	buf_reset(&r->group);
	if (r->len - r->off < WAL_BLOCK)
		return WAL_CORRUPT;
	err = fetch(r, r->off, WAL_BLOCK);
	if (err)
		return err;
	claims = wal_claims(buf_rd(&r->group));
	if (claims == 0 || claims > r->len - r->off)
		return WAL_CORRUPT;
	err = claims > WAL_BLOCK ? fetch(r, r->off + WAL_BLOCK, claims - WAL_BLOCK) : 0;
	if (err)
		return err;
	if (!wal_get_group(buf_rd(&r->group), r->seed, g, payload) || g->first != r->next ||
	    g->before != r->before)
		return WAL_CORRUPT;
	return 0;
}

/* Goes to the next segment when the next entry is that one's first. This comes before
 * looking for a group here: one whose sync failed may still stand in the cache after
 * the last true one, though recovery, which reads past the cache, has cut it. */
static int enter_segment(struct wal_reader *r)
{
	int err = 0;

	if (!r->knows_after) {
		err = wal_read_header(r->d, r->number + 1, &r->after);
		r->knows_after = err == 0;
	}
	if (r->knows_after && r->after.first == r->next)
		return go_to(r, &r->after);
	return err == -ENOENT ? 0 : err;
}

/* The next group, in this segment or else the next. */
static int next_group(struct wal_reader *r, struct wal_group *g, struct rd *payload)
{
	int err = enter_segment(r);

	return err ? err : group_here(r, g, payload);
}

static bool skip_entries(struct rd *payload, uint64_t n)
{
	struct rd entry;

	for (; n > 0; n--)
		if (!rd_part16(payload, WAL_ENTRY_MAX, &entry))
			return false;
	return true;
}

int wal_reader_next(struct wal_reader *r, uint64_t limit, struct rd *out, uint32_t *out_n)
{
	struct wal_group g = { 0 };
	struct rd payload;

	*out_n = 0;
	while (r->next < limit && *out_n == 0) { /* seals hold nothing */
		int err = next_group(r, &g, &payload);
		if (err)
			return err;
		if (g.first + g.n > limit)
			return WAL_CORRUPT; /* the writer announces whole groups */
		r->before = g.crc;
		r->off += g.blocks_len;
		r->next += g.n;
		if (r->next <= r->from)
			continue;
		*out_n = (uint32_t)(r->next - (g.first < r->from ? r->from : g.first));
		if (!skip_entries(&payload, g.n - *out_n))
			return WAL_CORRUPT;
		*out = payload;
	}
	return 0;
}

/* The header of the last segment that begins at or before `from`. */
static int find(struct wal_reader *r, uint64_t from, struct wal_segment *out)
{
	AUTO(wal_names_done) struct wal_names names = { 0 };
	int err = wal_names_read(r->d, &names);

	for (size_t i = names.n_segments; !err && i > 0; i--) {
		err = wal_read_header(r->d, names.segment[i - 1], out);
		if (!err && out->first <= from)
			return 0;
		if (err == WAL_CORRUPT)
			err = 0;
	}
	return err ? err : WAL_CORRUPT;
}

int wal_reader_open(struct wal_reader *r, struct disk *d, uint64_t from)
{
	struct wal_segment head = { 0 };
	int err;

	*r = (struct wal_reader){ .d = d, .fd = -1, .from = from };
	err = find(r, from, &head);
	buf_init(&r->group, err ? 1 : head.len);
	if (!err)
		err = go_to(r, &head);
	return err;
}

void wal_reader_done(struct wal_reader *r)
{
	disk_close(r->d, &r->fd);
	buf_done(&r->group);
}
