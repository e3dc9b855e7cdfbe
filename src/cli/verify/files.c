/*
 * Is:        reading whole files with a limit, and keeping the state of a run.
 * Is not:    the log's tiles.
 * Called by: run.c.
 * Owns:      nothing.
 * Trust:     files are hostile; what is no regular file is refused.
 */
#include "cli/verify/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/hash_text.h"
#include "evidence/note.h"
#include "os/disk.h"

enum { PART = 65536, PATH_ROOM = 4096 };

static const char state_magic[] = "slagboom-verify-resume@v1\n";

static int read_fd(int fd, struct buf *out)
{
	struct stat st;
	uint8_t *to;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	for (;;) {
		size_t want = buf_room(out) < PART ? buf_room(out) : PART;
		uint8_t more;
		if (want == 0) /* full: whole only if nothing follows */
			return read(fd, &more, 1) == 0 ? 0 : -EFBIG;
		if (!buf_space(out, want, &to))
			return -EFBIG;
		ssize_t n = read(fd, to, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		buf_grew(out, (size_t)n);
	}
}

int file_read(int at, const char *path, struct buf *out)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), e;

	if (fd < 0)
		return -errno;
	e = read_fd(fd, out);
	(void)close(fd);
	return e;
}

static bool state_parse(struct rd text, struct saved_state *s)
{
	struct rd origin, size, root;

	if (!rd_word(&text, state_magic) || !rd_word(&text, "origin ") ||
	    !rd_until(&text, '\n', &origin) || origin.len >= sizeof(s->origin) ||
	    !rd_word(&text, "verified ") || !rd_until(&text, ' ', &size) ||
	    !text_u64(size, &s->head.size) || s->head.size > MERKLE_SIZE_MAX ||
	    !rd_until(&text, '\n', &root) || !hash_parse(root, &s->head.root) ||
	    !verify_tree_parse(text, &s->tree) ||
	    s->tree.n_spans != s->head.size / VERIFY_SPAN)
		return false;
	s->origin[origin.len] = '\0';
	return rd_copy(&origin, (uint8_t *)s->origin, origin.len);
}

int state_read(const char *path, struct saved_state *out)
{
	AUTO(buf_done) struct buf b = { 0 };
	int e;

	buf_init(&b, VERIFY_STATE_MAX + 1024);
	e = file_read(AT_FDCWD, path, &b);
	if (e)
		return e;
	return state_parse(buf_rd(&b), out) ? 0 : -EINVAL;
}

static int write_new(const char *path, struct rd all)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), e = 0;

	if (fd < 0)
		return -errno;
	while (all.len && !e) {
		ssize_t n = write(fd, all.p, all.len);
		if (n < 0 && errno != EINTR)
			e = -errno;
		else if (n > 0 && !rd_skip(&all, (size_t)n))
			e = -EIO;
	}
	if (!e && fsync(fd) < 0)
		e = -errno;
	if (close(fd) < 0 && !e)
		e = -errno;
	return e;
}

int state_write(const char *path, const struct saved_state *s)
{
	AUTO(buf_done) struct buf b = { 0 };
	char tmp[PATH_ROOM];
	struct wr w;
	int e;

	buf_init(&b, VERIFY_STATE_MAX + 1024);
	w = wr_to(&b);
	wr_str(&w, state_magic);
	wr_str(&w, "origin ");
	wr_str(&w, s->origin);
	wr_str(&w, "\nverified ");
	wr_dec(&w, s->head.size);
	wr_str(&w, " ");
	wr_hash(&w, &s->head.root);
	wr_str(&w, "\n");
	wr_verify_tree(&w, &s->tree);
	if (!wr_ok(&w) || snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	e = write_new(tmp, buf_rd(&b));
	if (e)
		return e;
	return rename(tmp, path) < 0 ? -errno : 0;
}
