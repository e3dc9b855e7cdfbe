/*
 * Is:        tests of reading a file beneath a directory.
 * Is not:    a test of the store's disk (test_disk.c).
 * Called by: the test run.
 * Owns:      a directory under TMPDIR, removed at the end.
 * Trust:     no input.
 */
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/test.h"

static void write_text(int dir, const char *path)
{
	AUTO(fd_close) int fd = openat(dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_INT(fd_write_all(fd, rd_str("text")), 0);
}

TEST(nothing_above_the_directory_is_read)
{
	static const char *const outside[] = { "../up", "a/../../up", "/etc/hostname", "out", "out-dir/up" };
	static const char *const names[] = { "in/out", "in/out-dir", "in/near", "in/a/deep", "up" };
	const char *tmp = getenv("TMPDIR");
	char scratch[256];
	AUTO(fd_close) int top = -1, dir = -1;

	(void)snprintf(scratch, sizeof(scratch), "%s/slagboom-fd-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(scratch) != NULL);
	top = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(top >= 0 && mkdirat(top, "in", 0700) == 0 && mkdirat(top, "in/a", 0700) == 0);
	dir = openat(top, "in", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(dir >= 0);
	write_text(top, "up");
	write_text(top, "in/a/deep");
	CHECK(symlinkat("../up", dir, "out") == 0 && symlinkat("..", dir, "out-dir") == 0 &&
	    symlinkat("a/deep", dir, "near") == 0);
	AUTO(buf_done) struct buf b = { 0 };
	buf_init(&b, 64);
	for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
		CHECK_INT(fd_read_beneath(dir, outside[i], &b), -EXDEV);
		CHECK_U64(b.len, 0);
	}
	CHECK_INT(fd_read_beneath(dir, "none", &b), -ENOENT);
	CHECK_INT(fd_read_beneath(dir, "near", &b), 0);
	CHECK_INT(fd_read_beneath(dir, "a/../a/deep", &b), 0);
	CHECK_RD(buf_rd(&b), rd_str("texttext"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		CHECK_INT(unlinkat(top, names[i], 0), 0);
	CHECK(unlinkat(top, "in/a", AT_REMOVEDIR) == 0 && unlinkat(top, "in", AT_REMOVEDIR) == 0 && rmdir(scratch) == 0);
}
