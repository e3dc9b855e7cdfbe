/*
 * Is:        the real backend of disk.h: files below a held directory.
 * Is not:    anything that knows what is in them.
 * Called by: disk.c.
 * Owns:      nothing; borrows the directory's descriptor.
 * Trust:     paths are ours; symbolic links below the directory are refused.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/disk.h"

static int dirfd_of(struct disk *d)
{
	return CONTAINER_OF(d, struct disk_dir, disk)->dirfd;
}

static int open_beneath(struct disk *d, const char *path, int flags, int *out_fd)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? 0640 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, dirfd_of(d), path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	if (fd < 0)
		return -errno;
	*out_fd = (int)fd;
	return 0;
}

/* Not every file system can (O_DIRECT is refused by some): then the clean pages are
 * dropped, so that they are read again. */
static int open_direct(struct disk *d, const char *path, int *out_fd)
{
	int fd, err = open_beneath(d, path, O_RDONLY | O_DIRECT, out_fd);

	if (err != -EINVAL)
		return err;
	err = open_beneath(d, path, O_RDONLY, &fd);
	if (err)
		return err;
	err = -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (err)
		(void)close(fd);
	else
		*out_fd = fd;
	return err;
}

static int dir_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	switch (mode) {
	case DISK_READ:
		/* A FIFO in a directory that somebody else filled must not stop us. */
		return open_beneath(d, path, O_RDONLY | O_NONBLOCK, out_fd);
	case DISK_WRITE:
		return open_beneath(d, path, O_RDWR, out_fd);
	case DISK_CREATE:
		return open_beneath(d, path, O_RDWR | O_CREAT | O_TRUNC, out_fd);
	case DISK_DIRECT:
		return open_direct(d, path, out_fd);
	case DISK_APPEND:
		return open_beneath(d, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, out_fd);
	}
	return -EINVAL;
}

static void dir_close(struct disk *d, int fd)
{
	(void)close(fd); /* whatever matters was synced, and its error seen there */
}

static int dir_pwrite(struct disk *d, int fd, struct rd bytes, uint64_t off)
{
	while (bytes.len) {
		ssize_t n = pwrite(fd, bytes.p, bytes.len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0 || !rd_skip(&bytes, (size_t)n))
			return -EIO;
		off += (uint64_t)n;
	}
	return 0;
}

static int dir_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, out + got, n - got, (off_t)(off + got));
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	*out_n = got;
	return 0;
}

static int dir_size(struct disk *d, int fd, uint64_t *out)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*out = (uint64_t)st.st_size;
	return 0;
}

static int dir_fallocate(struct disk *d, int fd, uint64_t len)
{
	int err;

	do {
		err = fallocate(fd, 0, 0, (off_t)len) < 0 ? -errno : 0;
	} while (err == -EINTR);
	return err;
}

/* Not repeated on EINTR: a sync that did not say 0 has failed. */
static int dir_fdatasync(struct disk *d, int fd)
{
	return fdatasync(fd) < 0 ? -errno : 0;
}

static int dir_rename(struct disk *d, const char *from, const char *to)
{
	return renameat(dirfd_of(d), from, dirfd_of(d), to) < 0 ? -errno : 0;
}

static int dir_unlink(struct disk *d, const char *path)
{
	return unlinkat(dirfd_of(d), path, 0) < 0 ? -errno : 0;
}

static int dir_mkdir(struct disk *d, const char *path)
{
	if (mkdirat(dirfd_of(d), path, 0750) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int dir_rmdir(struct disk *d, const char *path)
{
	return unlinkat(dirfd_of(d), path, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int dir_fsync_dir(struct disk *d, const char *path)
{
	int fd, err = open_beneath(d, path, O_RDONLY | O_DIRECTORY, &fd);

	if (err)
		return err;
	err = fsync(fd) < 0 ? -errno : 0;
	(void)close(fd);
	return err;
}

static int dir_syncfs(struct disk *d)
{
	return syncfs(dirfd_of(d)) < 0 ? -errno : 0;
}

static int dir_list(struct disk *d, const char *path, void (*each)(void *ctx, const char *name),
    void *ctx)
{
	int fd = -1, err = open_beneath(d, path, O_RDONLY | O_DIRECTORY, &fd);
	DIR *dir;

	if (err)
		return err;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		(void)close(fd);
		return err;
	}
	for (;;) {
		errno = 0;
		struct dirent *e = readdir(dir);
		if (!e)
			break;
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			each(ctx, e->d_name);
	}
	err = -errno;
	(void)closedir(dir);
	return err;
}

static const struct disk_ops dir_ops = {
	.open = dir_open,
	.close = dir_close,
	.pwrite = dir_pwrite,
	.pread = dir_pread,
	.size = dir_size,
	.fallocate = dir_fallocate,
	.fdatasync = dir_fdatasync,
	.rename = dir_rename,
	.unlink = dir_unlink,
	.mkdir = dir_mkdir,
	.rmdir = dir_rmdir,
	.fsync_dir = dir_fsync_dir,
	.syncfs = dir_syncfs,
	.list = dir_list,
};

void disk_dir_init(struct disk_dir *d, int dirfd)
{
	*d = (struct disk_dir){ .disk = { .ops = &dir_ops }, .dirfd = dirfd };
}
