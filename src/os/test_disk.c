/*
 * Is:        tests of the real backend of disk.h in a scratch directory.
 * Is not:    the modelled disk (evidence/disk_model.c).
 * Called by: the test run.
 * Owns:      a directory under TMPDIR, removed at the end.
 * Trust:     no input.
 */
#include "os/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testing/test.h"

static char scratch[256];
static struct disk_dir dir;

static struct disk *open_scratch(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(scratch, sizeof(scratch), "%s/slagboom-disk-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(scratch) != NULL);
	disk_dir_init(&dir, open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CHECK(dir.dirfd >= 0);
	return &dir.disk;
}

static void close_scratch(void)
{
	(void)close(dir.dirfd);
	CHECK_INT(rmdir(scratch), 0);
}

TEST(nothing_outside_the_directory_opens)
{
	struct disk *d = open_scratch();
	int fd = -1;

	CHECK_INT(disk_open(d, "/etc/passwd", DISK_READ, &fd), -EXDEV);
	CHECK_INT(disk_open(d, "../x", DISK_CREATE, &fd), -EXDEV);
	CHECK_INT(symlinkat("/etc/passwd", dir.dirfd, "link"), 0);
	CHECK_INT(disk_open(d, "link", DISK_READ, &fd), -ELOOP);
	CHECK_INT(disk_open(d, "missing", DISK_READ, &fd), -ENOENT);
	CHECK_INT(fd, -1);
	CHECK_INT(disk_unlink(d, "link"), 0);
	close_scratch();
}

static void count(void *ctx, const char *name)
{
	int *n = ctx;
	*n += strcmp(name, "file") == 0 ? 100 : 1;
}

TEST(a_file_is_written_read_listed_and_removed)
{
	struct disk *d = open_scratch();
	uint8_t got[16];
	uint64_t size;
	size_t n;
	int fd = -1, names = 0;

	CHECK_INT(disk_mkdir(d, "sub"), 0);
	CHECK_INT(disk_mkdir(d, "sub"), 0);
	CHECK_INT(disk_replace(d, "tmp", "sub/file", rd_str("hello")), 0);
	CHECK_INT(disk_open(d, "sub/file", DISK_WRITE, &fd), 0);
	CHECK_INT(disk_pread(d, fd, 1, got, sizeof(got), &n), 0);
	CHECK_RD(rd_of(got, n), rd_str("ello"));
	CHECK_INT(disk_fallocate(d, fd, 8192), 0);
	CHECK_INT(disk_size(d, fd, &size), 0);
	CHECK_U64(size, 8192);
	CHECK_INT(disk_pwrite(d, fd, rd_str("J"), 0), 0);
	CHECK_INT(disk_fdatasync(d, fd), 0);
	CHECK_INT(disk_pread(d, fd, 0, got, 5, &n), 0);
	CHECK_RD(rd_of(got, n), rd_str("Jello"));
	disk_close(d, &fd);
	CHECK_INT(fd, -1);
	CHECK_INT(disk_list(d, "sub", count, &names), 0);
	CHECK_INT(names, 100);
	CHECK_INT(disk_syncfs(d), 0);
	CHECK_INT(disk_rmdir(d, "sub"), -ENOTEMPTY);
	CHECK_INT(disk_unlink(d, "sub/file"), 0);
	CHECK_INT(disk_rmdir(d, "sub"), 0);
	close_scratch();
}

TEST(a_whole_file_is_read_or_refused)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct disk *d = open_scratch();
	uint8_t got[4];
	size_t n;

	buf_init(&b, 8);
	CHECK_INT(disk_replace(d, "tmp", "file", rd_str("hello")), 0);
	CHECK_INT(disk_read(d, "file", 3, got, sizeof(got), &n), 0);
	CHECK_RD(rd_of(got, n), rd_str("lo"));
	CHECK_INT(disk_read(d, "missing", 0, got, sizeof(got), &n), -ENOENT);
	CHECK_INT(disk_read_file(d, "missing", &b), -ENOENT);
	CHECK_INT(disk_read_file(d, "file", &b), 0);
	CHECK_RD(buf_rd(&b), rd_str("hello"));
	CHECK_INT(disk_read_file(d, "file", &b), -EFBIG);
	CHECK_RD(buf_rd(&b), rd_str("hello"));
	CHECK_INT(disk_unlink(d, "file"), 0);
	close_scratch();
}

TEST(parents)
{
	char out[DISK_PATH_MAX];

	disk_parent("a", out);
	CHECK_STR(out, ".");
	disk_parent("a/b/c", out);
	CHECK_STR(out, "a/b");
}
