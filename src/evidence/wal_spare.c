/*
 * Is:        the write-ahead log's segment files: making, naming, recycling.
 * Is not:    what is written into them.
 * Called by: wal.c, wal_recover.c, log.c.
 * Owns:      wal/spare-* and tmp/segment.
 * Trust:     names in wal/ are ours; others are left alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/wal_parts.h"

enum { SLICE = 1 << 20, SPARES_MAX = 64 };

static const char making[] = "tmp/segment";

void wal_segment_path(char out[DISK_PATH_MAX], uint64_t number)
{
	(void)snprintf(out, DISK_PATH_MAX, "wal/seg-%020" PRIu64, number);
}

void wal_spare_path(char out[DISK_PATH_MAX], uint64_t number)
{
	(void)snprintf(out, DISK_PATH_MAX, "wal/spare-%" PRIu64, number);
}

void wal_add_live(struct wal *w, uint64_t number, uint64_t first)
{
	/* Few: each is tens of megabytes. */
	w->live = mem_resize(w->live, w->n_live + 1, sizeof(*w->live));
	w->live[w->n_live++] = (struct wal_live){ .number = number, .first = first };
}

int wal_name_segment(struct disk *d, int fd, struct wal_segment *s, const char *from,
    const char *path)
{
	AUTO(buf_done) struct buf block = { 0 };
	int err;

	buf_init(&block, WAL_BLOCK);
	s->seed = wal_put_segment(&block, s);
	err = disk_pwrite(d, fd, buf_rd(&block), 0);
	if (!err)
		err = disk_fdatasync(d, fd);
	if (!err)
		err = disk_rename(d, from, path);
	return err ? err : disk_fsync_dir(d, "wal");
}

int wal_read_header(struct disk *d, uint64_t number, struct wal_segment *out)
{
	char path[DISK_PATH_MAX];
	uint8_t block[WAL_BLOCK];
	size_t n = 0;
	int err;

	wal_segment_path(path, number);
	err = disk_read(d, path, 0, block, sizeof(block), &n);
	if (err)
		return err;
	return wal_get_segment(rd_of(block, n), out) && out->number == number ? 0 : WAL_CORRUPT;
}

int wal_fill(struct disk *d, int fd, uint32_t *len, uint32_t to)
{
	static const uint8_t zeros[65536];

	while (*len < to) {
		uint32_t n = to - *len < sizeof(zeros) ? to - *len : (uint32_t)sizeof(zeros);
		int err = disk_pwrite(d, fd, rd_of(zeros, n), *len);
		if (err)
			return err;
		*len += n;
	}
	return disk_fdatasync(d, fd);
}

/* Gives the room of a spare in the making back. */
static void stop_making(struct wal *w)
{
	disk_close(w->d, &w->making_fd);
	if (disk_unlink(w->d, making) < 0)
		return; /* it is scratch: the next start removes it */
}

static int begin_making(struct wal *w)
{
	int err = disk_open(w->d, making, DISK_CREATE, &w->making_fd);

	w->made_len = 0;
	return err ? err : disk_fallocate(w->d, w->making_fd, w->c.segment_len);
}

static int make_some(struct wal *w)
{
	char path[DISK_PATH_MAX];
	uint32_t left = w->c.segment_len - w->made_len;
	int err;

	err = wal_fill(w->d, w->making_fd, &w->made_len, w->made_len + (left < SLICE ? left : SLICE));
	if (err || w->made_len < w->c.segment_len)
		return err;
	disk_close(w->d, &w->making_fd);
	wal_spare_path(path, w->next_spare);
	err = disk_rename(w->d, making, path);
	if (!err)
		w->spare[w->n_spares++] = w->next_spare++;
	return err;
}

int wal_prepare(struct wal *w)
{
	int err = 0;

	if (w->failed || w->n_spares >= w->c.spares)
		return w->failed;
	if (w->making_fd < 0)
		err = begin_making(w);
	if (!err)
		err = make_some(w);
	/* Nothing that anybody was told of lies in a spare, so a full disk here is
	 * an outcome and not a failure. */
	if (err == -ENOSPC || err == -EDQUOT) {
		stop_making(w);
		return WAL_NO_ROOM;
	}
	return wal_fail(w, err);
}

static int recycle(struct wal *w, uint64_t number)
{
	char path[DISK_PATH_MAX], spare[DISK_PATH_MAX];
	int err;

	wal_segment_path(path, number);
	if (w->n_spares >= w->c.keeps)
		return disk_unlink(w->d, path);
	wal_spare_path(spare, w->next_spare);
	err = disk_rename(w->d, path, spare);
	if (!err)
		w->spare[w->n_spares++] = w->next_spare++;
	return err;
}

int wal_drop(struct wal *w, uint64_t index)
{
	size_t n = 0;
	int err = 0;

	if (w->failed)
		return w->failed;
	while (!err && n + 1 < w->n_live && w->live[n + 1].first <= index)
		err = recycle(w, w->live[n++].number);
	if (n == 0 || err)
		return wal_fail(w, err);
	w->n_live -= n;
	memmove(w->live, w->live + n, w->n_live * sizeof(*w->live));
	/* Before a recycled file gets a new header, its old name must be gone. */
	return wal_fail(w, disk_fsync_dir(w->d, "wal"));
}

static void add_number(uint64_t **list, size_t *n, const char *digits)
{
	char *end;
	uint64_t v = strtoull(digits, &end, 10);

	if (*end || end == digits)
		return;
	*list = mem_resize(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = v;
}

static void add_name(void *ctx, const char *name)
{
	struct wal_names *n = ctx;

	if (strncmp(name, "seg-", 4) == 0)
		add_number(&n->segment, &n->n_segments, name + 4);
	if (strncmp(name, "spare-", 6) == 0)
		add_number(&n->spare, &n->n_spares, name + 6);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int wal_names_read(struct disk *d, struct wal_names *out)
{
	int err;

	*out = (struct wal_names){ 0 };
	err = disk_list(d, "wal", add_name, out);
	if (out->n_segments)
		qsort(out->segment, out->n_segments, sizeof(uint64_t), ascending);
	if (out->n_spares)
		qsort(out->spare, out->n_spares, sizeof(uint64_t), ascending);
	return err;
}

void wal_names_done(struct wal_names *n)
{
	mem_free(&n->segment);
	mem_free(&n->spare);
}
