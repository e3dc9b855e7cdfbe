/*
 * Is:        making and recovering the write-ahead log: what is whole is replayed,
 *            a torn tail is cut, anything else is refused by file and offset.
 * Is not:    writing (wal.c) or reading it in use (wal_reader.c).
 * Called by: log.c; tests.
 * Owns:      nothing after it returns; fills struct wal.
 * Trust:     every byte may have decayed, been torn, or never have been written.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/wal_parts.h"

/* One segment, read whole. */
struct scan {
	uint8_t *p;
	struct rd seg;
	struct wal_segment head;
	uint32_t off; /* after the last whole group */
	uint32_t before;
	uint64_t next;
	uint32_t stale_end; /* end of the last whole group after a torn tail, or 0 */
};

static int refuse(struct wal_fault *f, uint64_t number, uint64_t off, const char *why)
{
	wal_segment_path(f->file, number);
	f->off = off;
	f->why = why;
	return WAL_CORRUPT;
}

/* Reads the segment as it is on the disk. The page cache may lie: after a sync that
 * failed, its pages count as clean though the disk never had them. So what is dirty
 * is synced, and then read past the cache. (To write the tail again instead would
 * put the last acknowledged group at risk of this second write being torn.) */
static int load(struct disk *d, uint64_t number, const struct wal_segment *head, struct scan *s)
{
	char path[DISK_PATH_MAX];
	size_t n = 0;
	int fd = -1, err;

	*s = (struct scan){ .head = *head, .off = WAL_BLOCK, .before = head->seed,
		.next = head->first };
	s->p = mem_new_aligned(head->len, DISK_DIRECT_ALIGN);
	wal_segment_path(path, number);
	err = disk_open(d, path, DISK_WRITE, &fd);
	if (!err)
		err = disk_fdatasync(d, fd);
	disk_close(d, &fd);
	if (!err)
		err = disk_open(d, path, DISK_DIRECT, &fd);
	if (!err)
		err = disk_pread(d, fd, 0, s->p, head->len, &n);
	disk_close(d, &fd);
	s->seg = rd_of(s->p, n);
	return err;
}

static void read_groups(struct scan *s)
{
	struct wal_group g;
	struct rd at, payload;

	while (s->off < s->seg.len && rd_slice(&s->seg, s->off, s->seg.len - s->off, &at) &&
	    wal_get_group(at, s->head.seed, &g, &payload) && g.first == s->next &&
	    g.before == s->before) {
		s->before = g.crc;
		s->next += g.n;
		s->off += g.blocks_len;
	}
}

/* Whether a whole group stands after the end that knows of more durable entries. */
static bool has_lost_entries(struct scan *s)
{
	struct wal_group g;
	struct rd at, payload;
	uint32_t off = s->off;

	while (off < s->seg.len && rd_slice(&s->seg, off, s->seg.len - off, &at)) {
		uint32_t step = WAL_BLOCK;
		if (wal_get_group(at, s->head.seed, &g, &payload)) {
			if (g.watermark > s->next)
				return true;
			step = g.blocks_len;
			s->stale_end = off + step;
		}
		off += step;
	}
	return false;
}

/* Removes what a torn tail left behind, so that no later group can join it. */
static int settle(struct wal *w, const struct scan *s)
{
	uint32_t from = s->off;

	return s->stale_end > from ? wal_fill(w->d, w->fd, &from, s->stale_end) : 0;
}

static int open_last(struct wal *w, struct scan *s, uint64_t floor, struct wal_fault *f)
{
	char path[DISK_PATH_MAX];
	int err;

	if (has_lost_entries(s))
		return refuse(f, s->head.number, s->off, "durable entries are damaged here");
	if (s->next < floor)
		return refuse(f, s->head.number, s->off, "published entries are missing from here");
	wal_segment_path(path, s->head.number);
	err = disk_open(w->d, path, DISK_WRITE, &w->fd);
	if (!err)
		err = settle(w, s);
	w->off = s->off;
	w->seed = s->head.seed;
	w->before = s->before;
	w->next = w->durable = s->next;
	return err;
}

/* Segment i of `names` from the first needed one on. */
static int recover_one(struct wal *w, const struct wal_names *names, size_t i, uint64_t floor,
    struct wal_fault *f)
{
	uint64_t number = names->segment[i];
	struct wal_segment head, after;
	struct rd id, want = rd_of(w->c.id, WAL_ID_LEN);
	struct scan s;
	int err = wal_read_header(w->d, number, &head);

	if (err == WAL_CORRUPT)
		return refuse(f, number, 0, "the segment's header is damaged");
	if (err)
		return err;
	id = rd_of(head.id, WAL_ID_LEN);
	if (!rd_equal(&id, &want))
		return refuse(f, number, 32, "the segment belongs to another log");
	w->c.segment_len = head.len;
	err = load(w->d, number, &head, &s);
	if (err)
		goto out;
	read_groups(&s);
	wal_add_live(w, number, head.first);
	if (i + 1 == names->n_segments) {
		err = open_last(w, &s, floor, f);
		goto out;
	}
	err = wal_read_header(w->d, names->segment[i + 1], &after);
	if (err == WAL_CORRUPT)
		err = refuse(f, names->segment[i + 1], 0, "the segment's header is damaged");
	else if (!err && names->segment[i + 1] != number + 1)
		err = refuse(f, number + 1, 0, "the segment is missing");
	else if (!err && after.first != s.next)
		err = refuse(f, number, s.off, "durable entries are damaged here");
out:
	mem_free(&s.p);
	return err;
}

/* The last segment that begins at or before `floor`: older ones are left over. */
static int find_start(struct wal *w, const struct wal_names *names, uint64_t floor, size_t *out,
    struct wal_fault *f)
{
	struct wal_segment head;

	for (size_t i = names->n_segments; i > 0; i--) {
		int err = wal_read_header(w->d, names->segment[i - 1], &head);
		if (err < 0)
			return err;
		if (!err && head.first <= floor) {
			*out = i - 1;
			return 0;
		}
	}
	return refuse(f, names->n_segments ? names->segment[0] : 1, 0,
	    "no segment holds the entries that follow the published ones");
}

static int unlink_numbered(struct disk *d, void path_of(char *, uint64_t), uint64_t number)
{
	char path[DISK_PATH_MAX];

	path_of(path, number);
	return disk_unlink(d, path);
}

/* Of the right length, and not a segment in use: a rename that a power cut halved
 * leaves the segment the name that it had as a spare. */
static int is_spare(struct wal *w, uint64_t spare, bool *out)
{
	char path[DISK_PATH_MAX];
	uint8_t block[WAL_BLOCK];
	struct wal_segment head;
	uint64_t size = 0;
	size_t n = 0;
	int fd = -1, err;

	wal_spare_path(path, spare);
	err = disk_open(w->d, path, DISK_READ, &fd);
	if (!err)
		err = disk_size(w->d, fd, &size);
	if (!err)
		err = disk_pread(w->d, fd, 0, block, sizeof(block), &n);
	disk_close(w->d, &fd);
	*out = size == w->c.segment_len &&
	    !(wal_get_segment(rd_of(block, n), &head) && head.number >= w->live[0].number);
	return err;
}

/* True spares are kept, of the rest the names go. */
static int adopt_spares(struct wal *w, const struct wal_names *names)
{
	for (size_t i = 0; i < names->n_spares; i++) {
		bool usable;
		int err = is_spare(w, names->spare[i], &usable);
		if (!err && usable && w->n_spares < w->c.keeps)
			w->spare[w->n_spares++] = names->spare[i];
		else if (!err)
			err = unlink_numbered(w->d, wal_spare_path, names->spare[i]);
		if (err)
			return err;
		w->next_spare = names->spare[i] + 1;
	}
	return disk_fsync_dir(w->d, "wal");
}

static int recover(struct wal *w, const struct wal_names *names, uint64_t floor,
    struct wal_fault *f)
{
	size_t start = 0;
	int err = find_start(w, names, floor, &start, f);

	for (size_t i = start; !err && i < names->n_segments; i++)
		err = recover_one(w, names, i, floor, f);
	for (size_t i = 0; !err && i < start; i++)
		err = unlink_numbered(w->d, wal_segment_path, names->segment[i]);
	return err ? err : adopt_spares(w, names);
}

/* Creating the scratch file again would empty whatever its name still leads to
 * after a crash. */
static int remove_scratch(struct disk *d)
{
	int err = disk_unlink(d, "tmp/segment");

	return err == -ENOENT ? 0 : err;
}

int wal_open(struct wal *w, struct disk *d, const struct wal_config *c, uint64_t floor,
    struct wal_fault *out_fault)
{
	AUTO(wal_names_done) struct wal_names names = { 0 };
	int err;

	wal_check_config(c);
	*w = (struct wal){ .d = d, .c = *c, .fd = -1, .making_fd = -1 };
	buf_init(&w->group, wal_blocks(WAL_GROUP_HEADER + c->group_max));
	wal_begin_group(w);
	err = remove_scratch(d);
	/* A process before this one may have named a segment and failed to sync the
	 * name. That name is seen here; were it lost after the segments before it were
	 * removed, nothing would be left. */
	if (!err)
		err = disk_fsync_dir(d, "wal");
	if (!err)
		err = wal_names_read(d, &names);
	if (!err)
		err = recover(w, &names, floor, out_fault);
	w->failed = err > 0 ? -EUCLEAN : err;
	return err;
}

/* A creation that was cut short may have left its one segment, without entries. */
static int remove_unfinished(struct disk *d, const struct wal_names *names, struct wal_fault *f)
{
	struct wal_segment head;
	struct scan s;
	int err;

	if (names->n_segments == 0)
		return 0;
	if (names->n_segments > 1 || names->segment[0] != 1)
		return refuse(f, names->segment[0], 0, "a log lies here without its state");
	err = wal_read_header(d, 1, &head);
	if (err)
		return err < 0 ? err : refuse(f, 1, 0, "the segment's header is damaged");
	err = load(d, 1, &head, &s);
	read_groups(&s);
	if (!err && s.next > 0)
		err = refuse(f, 1, WAL_BLOCK, "a log lies here without its state");
	mem_free(&s.p);
	return err ? err : unlink_numbered(d, wal_segment_path, 1);
}

int wal_create(struct disk *d, const struct wal_config *c, struct wal_fault *out_fault)
{
	AUTO(wal_names_done) struct wal_names names = { 0 };
	struct wal_segment s = { .len = c->segment_len, .number = 1 };
	struct rd id = rd_of(c->id, WAL_ID_LEN);
	char path[DISK_PATH_MAX];
	uint32_t filled = 0;
	int fd = -1, err;

	wal_check_config(c);
	ASSERT(rd_copy(&id, s.id, WAL_ID_LEN));
	wal_segment_path(path, 1);
	err = wal_names_read(d, &names);
	if (!err)
		err = remove_unfinished(d, &names, out_fault);
	if (!err)
		err = remove_scratch(d);
	if (!err)
		err = disk_open(d, "tmp/segment", DISK_CREATE, &fd);
	if (!err)
		err = disk_fallocate(d, fd, c->segment_len);
	if (!err)
		err = wal_fill(d, fd, &filled, c->segment_len);
	if (!err)
		err = wal_name_segment(d, fd, &s, "tmp/segment", path);
	disk_close(d, &fd);
	return err;
}
