/*
 * Is:        the directory of recordings (contract in the header).
 * Is not:    the wire to those who record (proc/reels.c).
 * Called by: evidenced.
 * Owns:      recordings/ below its disk.
 * Trust:     ids and names were checked.
 */
#include "evidence/reel_store.h"

#include <errno.h>

#include "evidence/reel.h"

static const char root[] = "recordings";
static const char scratch[] = "recordings/share.tmp";

static void count(void *ctx, const char *name)
{
}

int reel_store_recording(struct disk *d, const uint8_t *id)
{
	char dir[REEL_PATH_MAX];
	int r;

	reel_dir(id, dir);
	r = disk_list(d, dir, count, NULL);
	if (r != -ENOENT)
		return r == 0 ? REEL_STORE_TAKEN : r;
	r = disk_mkdir(d, root);
	if (r == 0)
		r = disk_fsync_dir(d, ".");
	if (r == 0)
		r = disk_mkdir(d, dir);
	if (r == 0)
		r = disk_fsync_dir(d, root);
	return r;
}

int reel_store_reel(struct disk *d, const uint8_t *id, uint32_t reel, int *out_fd)
{
	char dir[REEL_PATH_MAX], path[REEL_PATH_MAX];
	int fd = -1, r;

	reel_dir(id, dir);
	reel_path(id, reel, path);
	r = disk_open(d, path, DISK_APPEND, &fd);
	if (r == -EEXIST)
		return REEL_STORE_TAKEN;
	if (r == 0)
		r = disk_fsync_dir(d, dir);
	if (r < 0) {
		disk_close(d, &fd);
		return r;
	}
	*out_fd = fd;
	return 0;
}

int reel_store_share(struct disk *d, const uint8_t *id, struct rd keeper, struct rd sealed)
{
	char path[REEL_PATH_MAX];
	int fd = -1, r;

	reel_share_path(id, keeper, path);
	r = disk_open(d, path, DISK_READ, &fd);
	disk_close(d, &fd);
	if (r != -ENOENT)
		return r == 0 ? REEL_STORE_TAKEN : r;
	return disk_replace(d, scratch, path, sealed);
}
