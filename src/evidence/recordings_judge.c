/*
 * Is:        the look at the reels, each against what records say (contract in
 *            recordings.h).
 * Is not:    the reading of records: recordings.c.
 * Called by: slagboom-verify, packs.
 * Owns:      a buffer.
 * Trust:     hostile reels.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "evidence/recordings.h"
#include "evidence/recordings_parts.h"
#include "evidence/reel.h"
#include "os/disk.h"

enum { READ_LEN = 1 << 18 };

/* One recording being judged. */
struct judge {
	struct recordings *r;
	struct disk *d;
	const struct said *next, *end; /* its segments that were not found yet */
	struct recording_fault f;
	struct recordings_total *total;
	uint64_t n_files;              /* reels that were there */
	struct buf part;
};

static int by_recording(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	int order = memcmp(x->of->id, y->of->id, RECORDING_ID_LEN);

	return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

static void wrong(struct judge *j, enum recording_wrong w, const char *what)
{
	if (j->f.wrong)
		return;
	j->f = (struct recording_fault){ .wrong = w, .reel = j->next->reel, .segment = j->next->number,
		.index = j->next->index, .what = what };
	memcpy(j->f.recording, j->next->of->id, RECORDING_ID_LEN);
}

/* The segment is not the one that was recorded: is it another that was? */
static void altered(struct judge *j, const struct hash *sum)
{
	wrong(j, RECORDING_ALTERED, NULL);
	for (size_t i = 0; i < j->r->segments.n; i++) {
		const struct said *s = vec_at(&j->r->segments, i);
		if (!hash_equal(&s->sum, sum))
			continue;
		j->f.wrong = RECORDING_SWAPPED;
		j->f.other = s->index;
		memcpy(j->f.other_recording, s->of->id, RECORDING_ID_LEN);
		return;
	}
}

static void segment_ends(struct judge *j, uint32_t reel, uint32_t number, struct sha256 *sum)
{
	struct hash h;

	sha256_final(sum, h.b);
	if (j->f.wrong)
		return;
	if (j->next == j->end || j->next->reel != reel) {
		j->total->n_unrecorded++;
		return;
	}
	if (!hash_equal(&h, &j->next->sum)) {
		altered(j, &h);
	} else if (j->next->number != number) {
		wrong(j, RECORDING_NO_REEL, "its segments bear other numbers");
	} else {
		j->next++;
		j->total->n_segments++;
	}
}

static bool is_due(const struct judge *j, uint32_t reel)
{
	return !j->f.wrong && j->next != j->end && j->next->reel == reel;
}

/* All of the file. What it has behind the last recorded segment is only counted. */
static int read_reel(struct judge *j, int fd, uint32_t reel)
{
	AUTO(reel_reader_done) struct reel_reader r = { .why = NULL };
	enum reel_result e = REEL_MORE;
	struct sha256 sum = { 0 };
	struct rd in, bytes;
	uint64_t off = 0;
	uint8_t *to;
	size_t n;
	int err = 0;

	reel_reader_init(&r);
	buf_reset(&j->part);
	ASSERT(buf_space(&j->part, READ_LEN, &to));
	while (!err && e != REEL_BAD && !j->f.wrong) {
		err = disk_pread(j->d, fd, off, to, READ_LEN, &n);
		if (err || n == 0)
			break;
		off += n;
		in = rd_of(to, n);
		while ((e = reel_read(&r, &in, &bytes)) != REEL_MORE && e != REEL_BAD) {
			if (e == REEL_HEAD)
				sha256_init(&sum);
			else if (e == REEL_BYTES)
				sha256_update(&sum, bytes);
			else
				segment_ends(j, reel, r.m.segment, &sum);
		}
	}
	if (err)
		return err;
	if (is_due(j, reel))
		wrong(j, r.why ? RECORDING_NO_REEL : RECORDING_CUT, r.why ? r.why : reel_read_end(&r));
	else if (!j->f.wrong)
		j->total->n_unrecorded += reel_read_end(&r) != NULL;
	return 0;
}

static int judge_reel(struct judge *j, uint32_t reel)
{
	char path[REEL_PATH_MAX];
	int fd = -1, err;

	reel_path(j->next->of->id, reel, path);
	err = disk_open(j->d, &path[sizeof("recordings/") - 1], DISK_READ, &fd);
	if (err == -ENOENT || err == -ENOTDIR || err == -ELOOP) {
		wrong(j, RECORDING_MISSING, NULL);
		return 0;
	}
	if (!err) {
		j->n_files++;
		err = read_reel(j, fd, reel);
	}
	disk_close(j->d, &fd);
	if (err != -EISDIR)
		return err;
	wrong(j, RECORDING_NO_REEL, "it is a directory");
	return 0;
}

/* What a power cut may leave: all is right but the last segment, and the writer recorded that it
 * found it so, or did not start again yet. */
static bool is_torn(const struct judge *j)
{
	const struct kept *k = j->next->of;

	return (j->f.wrong == RECORDING_CUT || j->f.wrong == RECORDING_NO_REEL || j->f.wrong == RECORDING_ALTERED) &&
	    j->next + 1 == j->end && (k->torn || (!k->is_closed && !k->is_lost));
}

/* The recording whose segments begin at `first`. */
static int judge_one(struct judge *j, struct recordings_listener *l)
{
	const struct kept *k = j->next->of;
	struct recordings_total before = *j->total;
	int err = 0;

	j->f = (struct recording_fault){ .wrong = RECORDING_FINE };
	j->n_files = 0;
	for (uint32_t reel = j->next->reel; !err && !j->f.wrong && j->next != j->end; reel++)
		err = judge_reel(j, reel);
	if (err)
		return err;
	j->total->n_recordings++;
	if (k->is_erased) {
		j->total->n_erased++;
		j->total->n_segments = before.n_segments;
		j->total->n_unrecorded = before.n_unrecorded;
		j->total->n_leftover += j->n_files > 0;
	} else if (j->f.wrong && is_torn(j)) {
		j->total->n_torn++;
	} else if (j->f.wrong) {
		j->total->n_bad++;
		l->fault(l, &j->f);
	} else {
		j->total->n_whole++;
	}
	return 0;
}

int recordings_judge(struct recordings *r, struct disk *d, struct recordings_listener *l,
    struct recordings_total *out)
{
	struct recordings_total total = { 0 };
	struct judge j = { .r = r, .d = d, .total = &total };
	const struct said *all = r->segments.items, *end = r->segments.n ? all + r->segments.n : all;
	int err = 0;

	if (r->segments.n)
		qsort(r->segments.items, r->segments.n, sizeof(struct said), by_recording);
	buf_init(&j.part, READ_LEN);
	for (const struct said *s = all; !err && s != end; s = j.end) {
		j.next = j.end = s;
		while (j.end != end && j.end->of == s->of)
			j.end++;
		err = judge_one(&j, l);
	}
	buf_done(&j.part);
	if (!err)
		*out = total;
	return err;
}

const char *recording_wrong_word(enum recording_wrong w)
{
	static const char *const words[] = { "fine", "missing", "no-reel", "cut", "altered", "swapped" };

	return words[w];
}

void wr_recording_fault(struct wr *w, const struct recording_fault *f)
{
	wr_str(w, "recording ");
	wr_hex(w, rd_of(f->recording, sizeof(f->recording)));
	wr_text(w, ", reel %u, segment %u of entry ", f->reel, f->segment);
	wr_dec(w, f->index);
	switch (f->wrong) {
	case RECORDING_FINE:
		wr_str(w, ": fine");
		break;
	case RECORDING_MISSING:
		wr_str(w, ": the reel is missing, and no record says that it was erased");
		break;
	case RECORDING_NO_REEL:
		wr_text(w, ": the reel is damaged: %s", f->what);
		break;
	case RECORDING_CUT:
		wr_text(w, ": the reel is cut before its end%s%s", f->what ? ": " : "", f->what ? f->what : "");
		break;
	case RECORDING_ALTERED:
		wr_str(w, ": the segment is not the one that was recorded");
		break;
	case RECORDING_SWAPPED:
		wr_str(w, ": in its place lies the segment of entry ");
		wr_dec(w, f->other);
		wr_str(w, ", of recording ");
		wr_hex(w, rd_of(f->other_recording, sizeof(f->other_recording)));
		break;
	}
}
