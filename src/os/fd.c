/*
 * Is:        what everybody does with descriptors.
 * Is not:    buffered streams.
 * Called by: os/, proc/, cli/.
 * Owns:      what fd_close is given.
 * Trust:     file contents are hostile.
 */
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_SIZE = 16384 };

void fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

ssize_t fd_read(int fd, struct buf *b)
{
	size_t want = buf_room(b) < READ_SIZE ? buf_room(b) : READ_SIZE;
	uint8_t *at;
	ssize_t n;

	if (want == 0 || !buf_space(b, want, &at))
		return -ENOBUFS;
	do
		n = read(fd, at, want);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf_grew(b, (size_t)n);
	return n;
}

int fd_write_all(int fd, struct rd r)
{
	while (r.len) {
		ssize_t n = write(fd, r.p, r.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!rd_skip(&r, (size_t)n))
			return -EIO;
	}
	return 0;
}

static int read_all(int fd, struct buf *b)
{
	ssize_t n;
	uint8_t extra;

	do
		n = fd_read(fd, b);
	while (n > 0);
	if (n == -ENOBUFS)
		n = read(fd, &extra, 1) == 0 ? 0 : -EFBIG;
	return (int)n;
}

int fd_read_file(int dirfd, const char *path, struct buf *b)
{
	AUTO(fd_close) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : read_all(fd, b);
}

int fd_read_beneath(int dirfd, const char *path, struct buf *b)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	AUTO(fd_close) int fd = -1;

	do
		fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? -errno : read_all(fd, b);
}

static int write_new(int dirfd, const char *path, struct rd contents, unsigned mode)
{
	AUTO(fd_close) int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
	    (mode_t)mode);
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, contents);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

static int sync_dir_of(int dirfd, const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	int n = snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1,
	    slash == path ? "/" : slash ? path : ".");

	if (n < 0 || (size_t)n >= sizeof(dir))
		return -ENAMETOOLONG;
	AUTO(fd_close) int fd = openat(dirfd, n ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int fd_replace_file(int dirfd, const char *path, struct rd contents, unsigned mode)
{
	char temporary[4096];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path), r;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;
	r = write_new(dirfd, temporary, contents, mode);
	if (r == 0 && renameat(dirfd, temporary, dirfd, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temporary, 0);
		return r;
	}
	return sync_dir_of(dirfd, path);
}

int fd_make_dirs(const char *path, unsigned mode)
{
	char part[4096];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part))
		return n ? -ENAMETOOLONG : -ENOENT;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		(void)snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, i == n ? (mode_t)mode : 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int set_flag(int fd, int get, int set, int flag, bool on)
{
	int flags = fcntl(fd, get);

	if (flags < 0 || fcntl(fd, set, on ? flags | flag : flags & ~flag) < 0)
		return -errno;
	return 0;
}

int fd_set_nonblock(int fd, bool on)
{
	return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

int fd_set_cloexec(int fd, bool on)
{
	return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

int fd_free_space(int fd, uint64_t *out_bytes)
{
	struct statfs s;

	if (fstatfs(fd, &s) < 0)
		return -errno;
	*out_bytes = (uint64_t)s.f_bavail * (uint64_t)s.f_bsize;
	return 0;
}
