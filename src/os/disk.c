/*
 * Is:        the calls of disk.h onto their backend, and what is built of them.
 * Is not:    a backend: disk_dir.c is the real one, tests bring a model.
 * Called by: evidence.
 * Owns:      nothing.
 * Trust:     paths are ours.
 */
#include "os/disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

int disk_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	return d->ops->open(d, path, mode, out_fd);
}

void disk_close(struct disk *d, int *fd)
{
	if (*fd >= 0)
		d->ops->close(d, *fd);
	*fd = -1;
}

int disk_pwrite(struct disk *d, int fd, struct rd bytes, uint64_t off)
{
	return d->ops->pwrite(d, fd, bytes, off);
}

int disk_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	return d->ops->pread(d, fd, off, out, n, out_n);
}

int disk_size(struct disk *d, int fd, uint64_t *out)
{
	return d->ops->size(d, fd, out);
}

int disk_fallocate(struct disk *d, int fd, uint64_t len)
{
	return d->ops->fallocate(d, fd, len);
}

int disk_fdatasync(struct disk *d, int fd)
{
	return d->ops->fdatasync(d, fd);
}

int disk_rename(struct disk *d, const char *from, const char *to)
{
	return d->ops->rename(d, from, to);
}

int disk_unlink(struct disk *d, const char *path)
{
	return d->ops->unlink(d, path);
}

int disk_mkdir(struct disk *d, const char *path)
{
	return d->ops->mkdir(d, path);
}

int disk_rmdir(struct disk *d, const char *path)
{
	return d->ops->rmdir(d, path);
}

int disk_fsync_dir(struct disk *d, const char *path)
{
	return d->ops->fsync_dir(d, path);
}

int disk_syncfs(struct disk *d)
{
	return d->ops->syncfs(d);
}

int disk_list(struct disk *d, const char *path, void (*each)(void *ctx, const char *name),
    void *ctx)
{
	return d->ops->list(d, path, each, ctx);
}

void disk_parent(const char *path, char *out)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;

	ASSERT(n < DISK_PATH_MAX);
	(void)snprintf(out, DISK_PATH_MAX, "%.*s", (int)n, slash ? path : ".");
}

int disk_read(struct disk *d, const char *path, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	int fd = -1, err = disk_open(d, path, DISK_READ, &fd);

	if (!err)
		err = disk_pread(d, fd, off, out, n, out_n);
	disk_close(d, &fd);
	return err;
}

int disk_read_file(struct disk *d, const char *path, struct buf *out)
{
	uint64_t size = 0;
	uint8_t *to;
	size_t n = 0;
	int fd = -1, err = disk_open(d, path, DISK_READ, &fd);

	if (!err)
		err = disk_size(d, fd, &size);
	if (!err && (size > buf_room(out) || !buf_space(out, (size_t)size, &to)))
		err = -EFBIG;
	if (!err)
		err = disk_pread(d, fd, 0, to, (size_t)size, &n);
	disk_close(d, &fd);
	if (!err)
		buf_grew(out, n);
	return err;
}

int disk_replace(struct disk *d, const char *tmp, const char *path, struct rd bytes)
{
	char parent[DISK_PATH_MAX];
	int fd = -1, err;

	err = disk_open(d, tmp, DISK_CREATE, &fd);
	if (!err)
		err = disk_pwrite(d, fd, bytes, 0);
	if (!err)
		err = disk_fdatasync(d, fd);
	disk_close(d, &fd);
	if (!err)
		err = disk_rename(d, tmp, path);
	disk_parent(path, parent);
	return err ? err : disk_fsync_dir(d, parent);
}
