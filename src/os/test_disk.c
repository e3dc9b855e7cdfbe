/*
 * Is:        tests of the real backend of disk.h in a scratch directory.
 * Is not:    the modelled disk (evidence/disk_model.c).
 * Called by: the test run.
 * Owns:      a directory under TMPDIR, removed at the end.
 * Trust:     no input.
 */
#include "os/disk_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

TEST(parents)
{
	char out[DISK_PATH_MAX];

	disk_parent("a", out);
	CHECK_STR(out, ".");
	disk_parent("a/b/c", out);
	CHECK_STR(out, "a/b");
}

static int open_one(struct disk *d)
{
	int fd = -1;

	CHECK_INT(disk_open(d, "file", DISK_WRITE, &fd), 0);
	return fd;
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void overlap(struct disk *d)
{
	int fd[DISK_SYNCS_MAX];

	CHECK_INT(disk_replace(d, "tmp", "file", rd_str("hello")), 0);
	for (unsigned i = 0; i < DISK_SYNCS_MAX; i++)
		fd[i] = open_one(d);
	for (unsigned i = 0; i < DISK_SYNCS_MAX; i++) {
		CHECK_INT(disk_pwrite(d, fd[i], rd_str("x"), i * 4096), 0);
		CHECK_INT(disk_sync_begin(d, fd[i], i), 0);
	}
	for (unsigned i = DISK_SYNCS_MAX; i > 0; i--) {
		CHECK_INT(disk_sync_end(d, i - 1, true), 0);
		CHECK_INT(disk_sync_end(d, i - 1, false), 0); /* and once more */
		disk_close(d, &fd[i - 1]);
	}
	CHECK_INT(disk_unlink(d, "file"), 0);
}

TEST(without_a_queue_a_sync_ends_where_it_begins)
{
	overlap(open_scratch());
	close_scratch();
}

/* A descriptor that cannot be synced, and one that is none: said at the beginning. */
static void refused(struct disk *d)
{
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	CHECK(disk_sync_begin(d, ends[1], 0) < 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	CHECK_INT(disk_sync_begin(d, ends[1], 0), -EBADF);
	CHECK_INT(disk_sync_end(d, 0, false), 0); /* it is free, */
	overlap(d);				  /* and so are all */
}

TEST(syncs_overlap_and_each_end_is_heard_of)
{
	struct disk *d = open_scratch();
	struct disk_queue q;
	int fd;

	CHECK_INT(disk_queue_init(&q), 0);
	dir.queue = &q;
	overlap(d);
	refused(d);
	CHECK(!is_readable(q.fd)); /* all ends were looked for */
	CHECK_INT(disk_replace(d, "tmp", "file", rd_str("hello")), 0);
	fd = open_one(d);
	CHECK_INT(disk_sync_begin(d, fd, 5), 0);
	struct pollfd p = { .fd = q.fd, .events = POLLIN };
	CHECK_INT(poll(&p, 1, 60000), 1);
	CHECK_INT(disk_sync_end(d, 5, false), 0);
	CHECK(!is_readable(q.fd));
	CHECK_INT(disk_sync_begin(d, fd, 5), 0);
	disk_queue_done(&q); /* with one under way */
	disk_close(d, &fd);
	CHECK_INT(disk_unlink(d, "file"), 0);
	dir.queue = NULL;
	close_scratch();
}
