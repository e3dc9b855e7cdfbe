/*
 * Is:        putting tiles and bundles on the disk (contract in the header).
 * Is not:    what is in them.
 * Called by: tiler.c, tile_source.c.
 * Owns:      "tmp/tile".
 * Trust:     our own numbers.
 */
#include "evidence/shelf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char scratch[] = "tmp/tile";

static int sync_dirty(struct shelf *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->n_dirty; i++)
		err = disk_fsync_dir(s->d, s->dirty[i]);
	if (!err)
		s->n_dirty = 0;
	return err;
}

static int add_dirty(struct shelf *s, const char *dir)
{
	int err = 0;

	if (s->how == SHELF_SYNCFS || s->needs_syncfs)
		return 0;
	for (size_t i = 0; i < s->n_dirty; i++)
		if (strcmp(s->dirty[i], dir) == 0)
			return 0;
	if (s->n_dirty == ARRAY_LEN(s->dirty))
		err = sync_dirty(s);
	(void)snprintf(s->dirty[s->n_dirty++], DISK_PATH_MAX, "%s", dir);
	return err;
}

/* The directories above `path`. */
static int make_parents(struct shelf *s, const char *path)
{
	char dir[DISK_PATH_MAX], parent[DISK_PATH_MAX];

	for (size_t i = 0; path[i]; i++) {
		if (path[i] != '/')
			continue;
		(void)snprintf(dir, sizeof(dir), "%.*s", (int)i, path);
		disk_parent(dir, parent);
		int err = disk_mkdir(s->d, dir);
		if (!err)
			err = add_dirty(s, parent);
		if (err)
			return err;
	}
	return 0;
}

int shelf_put(struct shelf *s, struct tile t, struct rd bytes)
{
	char path[TILE_PATH_MAX], parent[DISK_PATH_MAX];
	int fd = -1, err = disk_open(s->d, scratch, DISK_CREATE, &fd);

	if (s->how == SHELF_FEW_EACH && s->n_put++ >= SHELF_FEW)
		s->needs_syncfs = true;
	tile_path(t, path);
	if (!err)
		err = disk_pwrite(s->d, fd, bytes, 0);
	if (!err && s->how != SHELF_SYNCFS && !s->needs_syncfs)
		err = disk_fdatasync(s->d, fd);
	disk_close(s->d, &fd);
	if (!err)
		err = disk_rename(s->d, scratch, path);
	if (err == -ENOENT) { /* the first file in its directory */
		err = make_parents(s, path);
		if (!err)
			err = disk_rename(s->d, scratch, path);
	}
	disk_parent(path, parent);
	return err ? err : add_dirty(s, parent);
}

int shelf_sync(struct shelf *s)
{
	int err = s->how == SHELF_SYNCFS || s->needs_syncfs ? disk_syncfs(s->d) : sync_dirty(s);

	if (!err) {
		s->n_dirty = s->n_put = 0;
		s->needs_syncfs = false;
	}
	return err;
}

struct widths {
	uint16_t v[TILE_WIDTH];
	size_t n;
};

static void add_width(void *ctx, const char *name)
{
	struct widths *w = ctx;
	uint64_t v;

	if (w->n < ARRAY_LEN(w->v) && text_u64(rd_str(name), &v) && v >= 1 && v < TILE_WIDTH)
		w->v[w->n++] = (uint16_t)v;
}

int shelf_remove_partials(struct shelf *s, struct tile full)
{
	char path[TILE_PATH_MAX], dir[DISK_PATH_MAX];
	struct tile t = { .index = full.index, .level = full.level, .width = 1 };
	struct widths w = { .n = 0 };
	int err;

	tile_path(t, path);
	disk_parent(path, dir);
	err = disk_list(s->d, dir, add_width, &w);
	for (size_t i = 0; !err && i < w.n; i++) {
		t.width = w.v[i];
		tile_path(t, path);
		err = disk_unlink(s->d, path);
	}
	if (!err)
		err = disk_rmdir(s->d, dir);
	return err == -ENOENT ? 0 : err;
}
