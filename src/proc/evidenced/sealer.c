/*
 * Is:        frames into sealed segments on a reel (contract in the header).
 * Is not:    the record of them.
 * Called by: the gate.
 * Owns:      the reel's descriptor.
 * Trust:     frames hold hostile bytes.
 */
#include "proc/evidenced/sealer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/assert.h"
#include "evidence/reel.h"
#include "os/fd.h"

/* A segment's plain bytes; with the header of age and a tag for each chunk, the
 * member's header and what fills its last block. */
enum {
	PLAIN_MAX = SEGMENT_HEAD_LEN + SEALER_GROUP_MAX,
	MEMBER_MAX = PLAIN_MAX + 16 * (PLAIN_MAX / AGE_CHUNK + 1) + 4096,
	KEPT_MAX = 256 << 10, /* memory that stays with an idle session */
	UNPACKED = 15 /* of bulk that does not get smaller, one in so many and one is tried */
};

void sealer_init(struct sealer *s, const struct recording *rec, struct random *rnd)
{
	_Static_assert(MEMBER_MAX < REEL_MEMBER_MAX, "a segment fits in a member");
	*s = (struct sealer){ .rec = *rec, .rnd = rnd, .fd = -1, .next_reel = 1, .next_segment = 1 };
	buf_init(&s->out, MEMBER_MAX);
}

void sealer_done(struct sealer *s)
{
	if (s->is_open)
		segment_writer_done(&s->seg);
	s->is_open = false;
	packer_done(&s->packer);
	buf_done(&s->out);
	fd_close(&s->fd);
}

static void forget_segment(struct sealer *s)
{
	bool was_small = s->plain_len < KEPT_MAX / 4;

	segment_writer_done(&s->seg);
	s->is_open = false;
	s->plain_len = 0;
	for (size_t i = 0; i < FRAME_KINDS; i++)
		s->bytes[i] = 0;
	buf_reset(&s->out);
	if (s->out.cap > KEPT_MAX && was_small) { /* in bulk it is needed again at once */
		buf_done(&s->out);
		buf_init(&s->out, MEMBER_MAX);
	}
	if (was_small)
		packer_done(&s->packer);
}

static int broken(struct sealer *s, int err)
{
	s->is_broken = true;
	if (s->is_open)
		forget_segment(s);
	fd_close(&s->fd);
	return err;
}

/* Appends, in one write as long as the kernel takes it whole. */
static int append(struct sealer *s, struct rd bytes)
{
	int r = fd_write_all(s->fd, bytes);

	if (r == 0)
		s->reel_len += bytes.len;
	return r;
}

int sealer_sync(struct sealer *s)
{
	if (s->is_broken)
		return -EIO;
	if (s->n_synced == s->n_appended)
		return 0;
	if (s->fd >= 0 && fdatasync(s->fd) < 0)
		return broken(s, -errno);
	s->n_synced = s->n_appended;
	return 0;
}

void sealer_start_sync(struct sealer *s)
{
	if (s->fd < 0 || s->is_broken)
		return;
	/* An error of this is the next sync's too. */
	(void)!sync_file_range(s->fd, (off_t)s->started_len, (off_t)(s->reel_len - s->started_len), SYNC_FILE_RANGE_WRITE);
	s->started_len = s->reel_len;
}

static int end_reel(struct sealer *s)
{
	AUTO(buf_done) struct buf end = { 0 };
	int r;

	if (s->fd < 0)
		return 0;
	buf_init(&end, REEL_END_LEN);
	struct wr w = wr_to(&end);
	wr_reel_end(&w);
	ASSERT(wr_ok(&w));
	r = append(s, buf_rd(&end));
	if (r == 0 && fdatasync(s->fd) < 0)
		r = -errno;
	if (r == 0)
		s->n_synced = s->n_appended;
	fd_close(&s->fd);
	return r;
}

bool sealer_reel(struct sealer *s, uint32_t reel, int fd)
{
	if (s->is_broken || reel != s->next_reel || end_reel(s) < 0) {
		fd_close(&fd);
		return false;
	}
	s->fd = fd;
	s->reel = reel;
	s->reel_len = s->started_len = 0;
	s->next_reel = reel + 1;
	return true;
}

bool sealer_wants_reel(const struct sealer *s)
{
	return s->fd < 0 || s->reel_len > REEL_LEN_MAX - 2 * (uint64_t)MEMBER_MAX;
}

/* The header's place is kept: its length comes last. */
static bool open_segment(struct sealer *s)
{
	struct reel_member none = { .segment = s->next_segment, .len = 1 };

	buf_reset(&s->out);
	struct wr w = wr_to(&s->out);
	wr_reel_head(&w, &none);
	s->is_open = wr_ok(&w) && segment_start(&s->seg, &s->rec, s->next_segment, s->packs ? &s->packer : NULL, s->rnd, &s->out);
	return s->is_open;
}

void sealer_expect(struct sealer *s, size_t n)
{
	const bool is_bulk = n >= SEGMENT_PACK_MIN;

	s->packs = is_bulk && s->n_unpacked == 0;
	s->n_unpacked -= is_bulk && s->n_unpacked > 0;
}

int sealer_frame(struct sealer *s, const struct frame *f)
{
	uint64_t n = f->bytes.len + FRAME_HEAD_LEN;

	ASSERT(f->kind > 0 && f->kind < FRAME_KINDS);
	if (s->is_broken)
		return -EIO;
	if (n > SEALER_GROUP_MAX - s->plain_len)
		return SEALER_FULL;
	if ((!s->is_open && !open_segment(s)) || !segment_frame(&s->seg, f, &s->out))
		return broken(s, -ENOBUFS);
	s->plain_len += n;
	s->bytes[f->kind] += f->bytes.len;
	return 0;
}

static bool close_segment(struct sealer *s, uint64_t time_s, struct sealed *out)
{
	AUTO(buf_done) struct buf head = { 0 };
	struct reel_member m = { .segment = s->next_segment, .time_s = time_s };
	struct rd raw;

	if (!segment_end(&s->seg, &s->out, &out->sum))
		return false;
	m.len = s->seg.sealed_len;
	if (s->seg.packer && m.len > s->plain_len - s->plain_len / 8)
		s->n_unpacked = UNPACKED;
	buf_init(&head, REEL_BLOCK);
	struct wr h = wr_to(&head), w = wr_to(&s->out);
	wr_reel_head(&h, &m);
	wr_reel_pad(&w, m.len);
	raw = buf_rd(&head);
	return wr_ok(&h) && wr_ok(&w) && buf_patch(&s->out, 0, raw.p, raw.len);
}

int sealer_append(struct sealer *s, uint64_t time_s, struct sealed *out)
{
	struct sealed done = { .reel = s->reel, .number = s->next_segment };
	int r;

	if (s->is_broken)
		return -EIO;
	if (!s->is_open)
		return SEALER_NOTHING;
	if (s->fd < 0 || s->reel_len > REEL_LEN_MAX - MEMBER_MAX)
		return SEALER_NO_REEL;
	if (s->next_segment > REEL_NUMBER_MAX || !close_segment(s, time_s, &done))
		return broken(s, -EOVERFLOW);
	r = append(s, buf_rd(&s->out));
	if (r < 0)
		return broken(s, r);
	done.sealed_len = s->seg.sealed_len;
	for (size_t i = 0; i < FRAME_KINDS; i++)
		done.bytes[i] = s->bytes[i];
	forget_segment(s);
	s->next_segment++;
	s->n_appended++;
	*out = done;
	return 0;
}

int sealer_commit(struct sealer *s, uint64_t time_s, struct sealed *out)
{
	struct sealed done;
	int r = sealer_append(s, time_s, &done);

	if (r == 0)
		r = sealer_sync(s);
	if (r == 0)
		*out = done;
	return r;
}

int sealer_finish(struct sealer *s)
{
	int r = s->is_broken ? -EIO : end_reel(s);

	return r < 0 ? broken(s, r) : 0;
}
