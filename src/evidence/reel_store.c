/*
 * Is:        the directory of recordings (contract in the header).
 * Is not:    the wire to those who record (proc/evidenced/reels.c).
 * Called by: evidenced.
 * Owns:      recordings/ below its disk.
 * Trust:     ids and names were checked.
 */
#include "evidence/reel_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "evidence/recording.h"
#include "evidence/reel.h"

static const char root[] = "recordings";
static const char scratch[] = "recordings/share.tmp";

static void count(void *ctx, const char *name)
{
}

static const char made_head[] = "slagboom-recording@v1\nmade ";

static void path_in(const uint8_t *id, const char *name, char out[REEL_PATH_MAX])
{
	char dir[REEL_PATH_MAX];

	reel_dir(id, dir);
	(void)snprintf(out, REEL_PATH_MAX, "%.43s/%.79s", dir, name);
}

static int write_made(struct disk *d, const uint8_t *id, uint64_t time_s)
{
	char path[REEL_PATH_MAX], text[64];
	int n = snprintf(text, sizeof(text), "%s%llu\n", made_head, (unsigned long long)time_s);

	path_in(id, "made", path);
	return disk_replace(d, scratch, path, rd_of(text, (size_t)n));
}

int reel_store_recording(struct disk *d, const uint8_t *id, uint64_t time_s)
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
	return r == 0 ? write_made(d, id, time_s) : r;
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

int reel_store_sync(struct disk *d, const uint8_t *id, uint32_t reel)
{
	char path[REEL_PATH_MAX];
	int fd = -1, r;

	reel_path(id, reel, path);
	r = disk_open(d, path, DISK_READ, &fd);
	if (r == 0)
		r = disk_fdatasync(d, fd);
	disk_close(d, &fd);
	return r == -ENOENT || r == -ENOTDIR ? REEL_STORE_ABSENT : r;
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

static int exists(struct disk *d, const char *path)
{
	int fd = -1, r = disk_open(d, path, DISK_READ, &fd);

	disk_close(d, &fd);
	return r == -ENOENT || r == -ENOTDIR ? REEL_STORE_ABSENT : r;
}

int reel_store_made(struct disk *d, const uint8_t *id, uint64_t *out_time_s)
{
	char path[REEL_PATH_MAX];
	uint8_t raw[64] = { 0 };
	size_t n = 0;
	int r;

	path_in(id, "made", path);
	r = disk_read(d, path, 0, raw, sizeof(raw), &n);
	if (r)
		return r == -ENOENT || r == -ENOTDIR ? REEL_STORE_ABSENT : r;
	struct rd text = rd_of(raw, n), line;
	if (!rd_word(&text, made_head) || !rd_until(&text, '\n', &line) || text.len || !text_u64(line, out_time_s))
		return REEL_STORE_ABSENT; /* nothing may be concluded from it */
	return 0;
}

int reel_store_hold(struct disk *d, const uint8_t *id, struct rd text)
{
	char path[REEL_PATH_MAX];
	uint64_t made;
	int r = reel_store_made(d, id, &made);

	path_in(id, "hold", path);
	return r ? r : disk_replace(d, scratch, path, text);
}

int reel_store_lift(struct disk *d, const uint8_t *id)
{
	char path[REEL_PATH_MAX], dir[REEL_PATH_MAX];
	int r;

	path_in(id, "hold", path);
	reel_dir(id, dir);
	r = disk_unlink(d, path);
	if (r)
		return r == -ENOENT || r == -ENOTDIR ? REEL_STORE_ABSENT : r;
	return disk_fsync_dir(d, dir);
}

int reel_store_is_held(struct disk *d, const uint8_t *id, bool *out)
{
	char path[REEL_PATH_MAX];
	int r;

	path_in(id, "hold", path);
	r = exists(d, path);
	if (r < 0)
		return r;
	*out = r == 0;
	return 0;
}

struct name {
	char text[80];
};

static void note_name(void *ctx, const char *name)
{
	struct name *n;

	/* Nothing longer is ours, nor is it removed; the directory then stays and is told. */
	if (strlen(name) >= sizeof(n->text))
		return;
	n = vec_push(ctx);
	(void)snprintf(n->text, sizeof(n->text), "%s", name);
}

static int remove_all(struct disk *d, const uint8_t *id, const struct vec *names)
{
	char path[REEL_PATH_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < names->n; i++) {
		const struct name *n = vec_at(names, i);
		if (strcmp(n->text, "made") == 0)
			continue;
		path_in(id, n->text, path);
		r = disk_unlink(d, path);
	}
	return r;
}

int reel_store_erase(struct disk *d, const uint8_t *id)
{
	char dir[REEL_PATH_MAX], made[REEL_PATH_MAX];
	struct vec names;
	int r;

	reel_dir(id, dir);
	path_in(id, "made", made);
	vec_init(&names, sizeof(struct name));
	r = disk_list(d, dir, note_name, &names);
	if (r == 0)
		r = remove_all(d, id, &names);
	vec_done(&names);
	if (r == -ENOENT)
		return REEL_STORE_ABSENT;
	if (r == 0)
		r = disk_fsync_dir(d, dir);
	if (r == 0)
		r = disk_unlink(d, made);
	if (r == 0 || r == -ENOENT)
		r = disk_rmdir(d, dir);
	return r ? r : disk_fsync_dir(d, root);
}

struct lister {
	void (*each)(void *ctx, const uint8_t *id);
	void *ctx;
};

static void list_one(void *ctx, const char *name)
{
	struct lister *l = ctx;
	uint8_t id[RECORDING_ID_LEN];

	if (text_hex(rd_str(name), id, sizeof(id)))
		l->each(l->ctx, id);
}

int reel_store_list(struct disk *d, void (*each)(void *ctx, const uint8_t *id), void *ctx)
{
	struct lister l = { each, ctx };
	int r = disk_list(d, root, list_one, &l);

	return r == -ENOENT ? 0 : r;
}
