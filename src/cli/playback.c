/*
 * Is:        opening a recording: keys, shares, the joined identity, reels, segments.
 * Is not:    the formats (evidence/recording.h, evidence/reel.h, evidence/age.h).
 * Called by: play.c.
 * Owns:      the recording's key.
 * Trust:     every file below the directory is hostile.
 */
#include "cli/playback.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rd.h"
#include "evidence/reel.h"
#include "os/fd.h"

enum { KEY_FILE_MAX = 16384, CHUNK = 1 << 16, REEL_NAME_MAX = 32 };

static PRINTF_LIKE(3, 4) int fail(struct playback *p, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	return err;
}

/* The first identity of a file as age-keygen writes it: comments, then the secret. */
static int read_key(struct playback *p, const char *path, struct secret *out)
{
	AUTO(buf_wipe) struct buf b = { 0 };
	struct rd all, line;
	int r;

	buf_init(&b, KEY_FILE_MAX);
	r = fd_read_file(AT_FDCWD, path, &b);
	if (r < 0)
		return fail(p, r, "the key %s cannot be read: %s", path, strerror(-r));
	all = buf_rd(&b);
	while (all.len) {
		if (!rd_until(&all, '\n', &line) && !rd_take(&all, all.len, &line))
			break;
		if (age_identity_parse(line, out))
			return 0;
	}
	return fail(p, -EINVAL, "%s holds no age identity (AGE-SECRET-KEY-1...); `age-keygen -o FILE` makes one", path);
}

/* One share of the directory, if `key` opens it. */
static bool open_share(int dir, const char *name, const struct secret *key, struct recording_share *out)
{
	AUTO(buf_wipe) struct buf sealed = { 0 }, text = { 0 };
	AUTO(age_reader_done) struct age_reader a = { .ended = false };
	struct rd rest, head;
	size_t used;

	buf_init(&sealed, RECORDING_SHARE_MAX);
	buf_init(&text, RECORDING_SHARE_MAX + AGE_SEALED_CHUNK);
	if (fd_read_beneath(dir, name, &sealed) < 0)
		return false;
	rest = buf_rd(&sealed);
	if (age_read_start(&a, rest, key, 1, &used) != AGE_OK || !rd_take(&rest, used, &head))
		return false;
	if (age_read(&a, rest, &text) != AGE_OK || age_read_end(&a, &text) != AGE_OK)
		return false;
	return recording_share_parse(buf_rd(&text), out);
}

static bool is_share(const char *name)
{
	size_t len = strlen(name);

	return strncmp(name, "share-", 6) == 0 && len > 10 && strcmp(name + len - 4, ".age") == 0;
}

/* The share that this key opens. */
static int find_share(struct playback *p, const struct secret *key, const char *key_file, struct recording_share *out)
{
	int fd = dup(p->dir);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	bool found = false;

	if (!d) {
		fd_close(&fd);
		return fail(p, -errno, "the recording's directory cannot be listed: %s", strerror(errno));
	}
	rewinddir(d);
	while (!found && (e = readdir(d)))
		found = is_share(e->d_name) && open_share(p->dir, e->d_name, key, out);
	(void)closedir(d);
	return found ? 0 : fail(p, -ENOKEY, "no share in this recording is sealed to the key in %s", key_file);
}

static int join_shares(struct playback *p, const char *const *key_files)
{
	AUTO(recording_share_done) struct recording_share a = { .n = 0 }, b = { .n = 0 };
	AUTO(secret_done) struct secret ka = { 0 }, kb = { 0 };
	int r;

	r = read_key(p, key_files[0], &ka);
	if (r == 0)
		r = read_key(p, key_files[1], &kb);
	if (r == 0)
		r = find_share(p, &ka, key_files[0], &a);
	if (r == 0)
		r = find_share(p, &kb, key_files[1], &b);
	if (r < 0)
		return r;
	if (strcmp(a.keeper, b.keeper) == 0)
		return fail(p, -EINVAL, "both keys are of one keeper, %s: two keepers must agree", a.keeper);
	if (!recording_join(&a, &b, &p->identity))
		return fail(p, -EBADMSG, "the shares of %s and %s do not belong together, or one was changed", a.keeper, b.keeper);
	(void)snprintf(p->keepers[0], sizeof(p->keepers[0]), "%s", a.keeper);
	(void)snprintf(p->keepers[1], sizeof(p->keepers[1]), "%s", b.keeper);
	struct rd id = rd_of(a.id, sizeof(a.id));
	if (!rd_copy(&id, p->id, sizeof(p->id)))
		return -EINVAL;
	return 0;
}

int playback_open(struct playback *p, const char *path, const char *const *key_files, size_t n)
{
	*p = (struct playback){ .dir = -1 };
	if (n != 2)
		return fail(p, -EINVAL, "a recording opens with the keys of two keepers, and %zu are given: "
		    "--key FILE --key FILE", n);
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return fail(p, -errno, "there is no recording in %s: %s", path, strerror(errno));
	return join_shares(p, key_files);
}

void playback_done(struct playback *p)
{
	secret_done(&p->identity);
	fd_close(&p->dir);
}

/* Frames of one segment, already opened. */
static int give_frames(struct playback *p, struct rd plain, playback_fn *fn, void *ctx)
{
	AUTO(buf_wipe) struct buf unpacked = { 0 };
	uint8_t id[RECORDING_ID_LEN];
	uint32_t number;
	struct frame f;

	buf_init(&unpacked, SEGMENT_FRAMES_MAX);
	if (segment_take_head(&plain, id, &number, &unpacked) != SEGMENT_OK || number != p->segment)
		return fail(p, -EBADMSG, "segment %u does not begin as one", p->segment);
	struct rd mine = rd_of(p->id, sizeof(p->id)), its = rd_of(id, sizeof(id));
	if (!rd_equal(&mine, &its))
		return fail(p, -EBADMSG, "segment %u is of another recording", p->segment);
	while (plain.len) {
		if (segment_take_frame(&plain, &f) != SEGMENT_OK)
			return fail(p, -EBADMSG, "segment %u is cut or damaged inside", p->segment);
		if (!fn(ctx, &f))
			return 1;
	}
	return 0;
}

static int give_segment(struct playback *p, struct rd sealed, playback_fn *fn, void *ctx)
{
	AUTO(buf_wipe) struct buf plain = { 0 };
	AUTO(age_reader_done) struct age_reader a = { .ended = false };
	struct rd head;
	size_t used;

	buf_init(&plain, sealed.len + AGE_SEALED_CHUNK);
	if (age_read_start(&a, sealed, &p->identity, 1, &used) != AGE_OK || !rd_take(&sealed, used, &head))
		return fail(p, -EBADMSG, "segment %u is not sealed to this recording", p->segment);
	if (age_read(&a, sealed, &plain) != AGE_OK || age_read_end(&a, &plain) != AGE_OK)
		return fail(p, -EBADMSG, "segment %u was changed: it does not open", p->segment);
	return give_frames(p, buf_rd(&plain), fn, ctx);
}

struct reading {
	struct reel_reader reel;
	struct buf sealed; /* of the member at hand */
};

static void reading_done(struct reading *x)
{
	reel_reader_done(&x->reel);
	buf_done(&x->sealed);
}

/* What follows from the next outcome; *more: there is another, for a member that fills its last
 * block is whole only after its last byte. */
static int take(struct playback *p, struct reading *x, struct rd *in, playback_fn *fn, void *ctx, bool *more)
{
	struct rd part;

	*more = true;
	switch (reel_read(&x->reel, in, &part)) {
	case REEL_MORE:
		*more = false;
		return 0;
	case REEL_HEAD:
		buf_reset(&x->sealed);
		if (x->reel.m.segment != ++p->segment) /* within a reel they are; between two, one may be cut off */
			return fail(p, -EBADMSG, "segment %u is missing: the next one here is %u", p->segment, x->reel.m.segment);
		return 0;
	case REEL_BYTES:
		return buf_put_rd(&x->sealed, part) ? 0 : -ENOBUFS;
	case REEL_WHOLE:
		return give_segment(p, buf_rd(&x->sealed), fn, ctx);
	case REEL_BAD:
		break;
	}
	return fail(p, -EBADMSG, "a reel is damaged at byte %llu: %s", (unsigned long long)x->reel.off, x->reel.why);
}

static int play_reel(struct playback *p, int fd, playback_fn *fn, void *ctx)
{
	AUTO(reading_done) struct reading x = { .sealed = { 0 } };
	AUTO(buf_done) struct buf chunk = { 0 };
	ssize_t n;
	int r = 0;

	reel_reader_init(&x.reel);
	buf_init(&x.sealed, REEL_MEMBER_MAX);
	buf_init(&chunk, CHUNK);
	while (r == 0 && (n = fd_read(fd, &chunk)) != 0) {
		if (n < 0)
			return fail(p, (int)n, "a reel cannot be read: %s", strerror((int)-n));
		struct rd in = buf_rd(&chunk);
		for (bool more = true; r == 0 && more;)
			r = take(p, &x, &in, fn, ctx, &more);
		buf_reset(&chunk);
	}
	return r;
}

static int open_reel(const struct playback *p, uint32_t n, char name[REEL_NAME_MAX])
{
	int fd;

	(void)snprintf(name, REEL_NAME_MAX, "%08u.tar", n);
	fd = openat(p->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static bool has_reel(const struct playback *p, uint32_t n)
{
	char name[REEL_NAME_MAX];
	AUTO(fd_close) int fd = open_reel(p, n, name);

	return fd != -ENOENT;
}

int playback_run(struct playback *p, playback_fn *fn, void *ctx)
{
	int r = 0;

	for (uint32_t n = 1; r == 0 && n <= REEL_NUMBER_MAX; n++) {
		char name[REEL_NAME_MAX];
		AUTO(fd_close) int fd = open_reel(p, n, name);
		if (fd == -ENOENT)
			return n == 1 || has_reel(p, n + 1) ? fail(p, fd, "the recording has no reel %s: erased, or not here", name) : 0;
		r = fd < 0 ? fail(p, fd, "%s cannot be read: %s", name, strerror(-fd)) : play_reel(p, fd, fn, ctx);
	}
	return r;
}
