/*
 * Is:        evidenced's side of recordings on one link (contract in the header).
 * Is not:    the files (evidence/reel_store.h).
 * Called by: evidenced.
 * Owns:      which recordings this link has made.
 * Trust:     who asks may have been taken over.
 */
#include "proc/evidenced/reels.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/timefmt.h"
#include "evidence/reel.h"
#include "evidence/reel_store.h"
#include "os/clock.h"
#include "os/fd.h"
#include "proc/talk/record_proto.h"

static const char why_quota[] = "too many recordings or reels on one link";
static const char why_taken[] = "it is there already";
static const char why_full[] = "the disk is full";

void reels_init(struct reels *r, struct disk *d, void (*poison)(const char *doing, int err))
{
	*r = (struct reels){ .disk = d, .poison = poison };
	vec_init(&r->made, sizeof(struct reels_recording));
}

void reels_done(struct reels *r)
{
	vec_done(&r->made);
}

static struct reels_recording *find(struct reels *r, struct rd id)
{
	for (size_t i = 0; i < r->made.n && id.len == RECORDING_ID_LEN; i++) {
		struct reels_recording *one = vec_at(&r->made, i);
		if (memcmp(one->id, id.p, sizeof(one->id)) == 0)
			return one;
	}
	return NULL;
}

const char *reels_may_open(struct reels *r, struct rd recording)
{
	const struct reels_recording *one = find(r, recording);

	if (!one)
		return "a session with a recording that its link has not made";
	return one->is_opened ? "a session with the recording of another" : NULL;
}

void reels_opened(struct reels *r, struct rd recording)
{
	struct reels_recording *one = find(r, recording);

	if (one)
		one->is_opened = true;
}

int reels_sync(struct reels *r)
{
	int err = 0;

	for (size_t i = 0; err >= 0 && i < r->made.n; i++) {
		const struct reels_recording *one = vec_at(&r->made, i);
		if (one->is_opened && one->n_reels > 0)
			err = reel_store_sync(r->disk, one->id, one->n_reels);
		/* The one before is synced when the last gets its first segment, which it may not have. */
		if (err >= 0 && one->is_opened && one->n_reels > 1)
			err = reel_store_sync(r->disk, one->id, one->n_reels - 1);
	}
	return err < 0 ? err : 0;
}

static struct reels_recording *add(struct reels *r, const uint8_t *id)
{
	struct reels_recording *one = vec_push(&r->made);

	memcpy(one->id, id, sizeof(one->id));
	return one;
}

/* What an operation of the store means for the asker: NULL when it was done. */
static const char *meaning(struct reels *r, const char *doing, int result)
{
	if (result == 0)
		return NULL;
	if (result > 0)
		return why_taken;
	if (result == -ENOSPC || result == -EDQUOT)
		return why_full;
	r->poison(doing, result);
	return "the disk failed";
}

/* The recording called `id`, made now if this link has not made it before. */
static const char *recording_of(struct reels *r, struct rd id, struct reels_recording **out)
{
	uint8_t raw[RECORDING_ID_LEN];
	struct rd bytes = id;
	const char *why;

	*out = find(r, id);
	if (*out)
		return NULL;
	if (r->made.n == RECORD_RECORDINGS_MAX)
		return why_quota;
	if (!rd_copy(&bytes, raw, sizeof(raw)))
		return "no recording is named";
	why = meaning(r, "making a recording", reel_store_recording(r->disk, raw, clock_wall_ns() / NS_PER_S));
	if (!why)
		*out = add(r, raw);
	return why;
}

/* Takes `fd` unless it is -1. */
static int answer_reel(struct ipc *link, uint16_t type, const struct record_reel *a, int fd)
{
	AUTO(buf_done) struct buf b = { 0 };
	int result;

	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	record_reel_write(&w, type, a);
	ASSERT(wr_ok(&w));
	result = ipc_send_fds(link, type, buf_rd(&b), &fd, fd >= 0 ? 1 : 0);
	if (result != IPC_BUSY)
		return result;
	fd_close(&fd);
	return -ENOBUFS; /* hundreds of answers that it does not read */
}

static const char *new_reel(struct reels *r, const struct record_reel *a, int *out_fd)
{
	struct reels_recording *one;
	const char *why = recording_of(r, a->recording, &one);

	if (why)
		return why;
	if (a->reel != one->n_reels + 1 || a->reel > REEL_NUMBER_MAX)
		return "not the next reel of its recording";
	if (r->n_reels == RECORD_REELS_MAX)
		return why_quota;
	why = meaning(r, "making a reel", reel_store_reel(r->disk, one->id, a->reel, out_fd));
	if (!why) {
		one->n_reels++;
		r->n_reels++;
	}
	return why;
}

int reels_on_reel(struct reels *r, struct ipc *link, struct ipc_in *in)
{
	struct record_reel a;
	const char *why;
	int fd = -1;

	if (!record_reel_read(&in->body, RECORD_REEL, &a))
		return -EBADMSG;
	why = new_reel(r, &a, &fd);
	if (!why)
		return answer_reel(link, RECORD_REEL_FD, &a, fd);
	a.why = rd_str(why);
	return answer_reel(link, RECORD_REEL_NO, &a, -1);
}

static const char *store_share(struct reels *r, const struct record_share *a)
{
	struct reels_recording *one;
	const char *why;

	if (!keeper_name_ok(a->keeper) || a->sealed.len == 0)
		return "not the share of a keeper";
	why = recording_of(r, a->recording, &one);
	if (why)
		return why;
	if (one->n_shares == RECORDING_KEEPERS_MAX)
		return "it has a share for each keeper";
	why = meaning(r, "storing a share", reel_store_share(r->disk, one->id, a->keeper, a->sealed));
	if (!why)
		one->n_shares++;
	return why;
}

int reels_on_share(struct reels *r, struct ipc *link, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint16_t type = RECORD_SHARED;
	struct record_share a;
	const char *why;
	int result;

	if (!record_share_read(&in->body, RECORD_SHARE, &a))
		return -EBADMSG;
	why = store_share(r, &a);
	if (why) {
		type = RECORD_SHARE_NO;
		a.why = rd_str(why);
	}
	buf_init(&b, IPC_BODY_MAX);
	struct wr w = wr_to(&b);
	record_share_write(&w, type, &a);
	ASSERT(wr_ok(&w));
	result = ipc_send(link, type, buf_rd(&b));
	return result == IPC_BUSY ? -ENOBUFS : result;
}

/* A name is needed to make it, and stands for a moment; what a crash leaves is emptied the next time. */
static const char *new_spool(struct reels *r, int *out_fd)
{
	static const char name[] = "spool";
	const char *why;
	int gone;

	if (r->has_spool)
		return "it has one";
	why = meaning(r, "making a spool", disk_open(r->disk, name, DISK_CREATE, out_fd));
	if (why)
		return why;
	gone = disk_unlink(r->disk, name);
	why = meaning(r, "making a spool", gone);
	if (why)
		fd_close(out_fd);
	r->has_spool = !why;
	return why;
}

int reels_on_spool(struct reels *r, struct ipc *link, struct ipc_in *in)
{
	AUTO(buf_done) struct buf b = { 0 };
	int fd = -1, result;
	const char *why = new_spool(r, &fd);

	buf_init(&b, 1 + RECORD_WHY_MAX);
	struct wr w = wr_to(&b);
	if (why)
		wr_part8(&w, rd_str(why));
	result = ipc_send_fds(link, why ? RECORD_SPOOL_NO : RECORD_SPOOL_FD, buf_rd(&b), &fd, why ? 0 : 1);
	if (result != IPC_BUSY)
		return result;
	fd_close(&fd);
	return -ENOBUFS;
}
