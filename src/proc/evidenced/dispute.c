/*
 * Is:        the judgement of what contradicts our log (contract in the header).
 * Is not:    the halt.
 * Called by: publish.
 * Owns:      as in the header.
 * Trust:     as in the header.
 */
#include "proc/evidenced/dispute.h"

#include <errno.h>

#include "base/assert.h"
#include "base/buf.h"
#include "evidence/checkpoint.h"
#include "evidence/split_view.h"
#include "evidence/tiler.h"
#include "evidence/tlog_policy.h"
#include "policy/sshsig.h"
#include "proc/child.h"
#include "proc/keyd/approval_check.h"

#define FILE_NAME "split-view"
#define SCRATCH "tmp/split-view"
#define SETTLED "split-view.settled"

/* True when our own key signed `raw`, whatever else is in it. */
static bool is_ours(const struct dispute *d, struct rd ours, struct rd raw, struct checkpoint *out)
{
	struct note mine, theirs;
	struct checkpoint c;
	uint64_t no_time;

	if (!note_parse(ours, &mine) || !checkpoint_parse(mine.text, &c) || !note_parse(raw, &theirs) ||
	    !checkpoint_parse_claim(theirs.text, out) || !rd_equal(&c.origin, &out->origin))
		return false;
	for (size_t i = 0; i < d->policy->n_logs; i++) {
		const struct note_key *k = &d->policy->logs[i];
		if (rd_is(&c.origin, k->name) && note_check(&theirs, k, &no_time) == NOTE_SIGNED &&
		    note_check(&mine, k, &no_time) == NOTE_SIGNED)
			return true;
	}
	return false;
}

/* 1 when the tree has begun with `head`, 0 when not, or a negative errno. */
static int contains(struct tiler *t, const struct merkle_head *head)
{
	struct hash root;

	if (head->size == 0)
		return 1;
	if (head->size > t->state.size)
		return 0;
	if (merkle_range_root(&t->source, (struct merkle_range){ 0, head->size }, &root) != 0)
		return -EIO;
	return hash_equal(&root, &head->root);
}

/* The proof stays on the disk: it is why nothing goes out, in every life from now on. */
static int keep(const struct dispute *d, struct rd theirs, struct rd ours)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, SPLIT_VIEW_MAX);
	struct wr w = wr_to(&b);
	wr_split_view(&w, theirs, ours);
	ASSERT(wr_ok(&w));
	return disk_replace(d->disk, SCRATCH, FILE_NAME, buf_rd(&b));
}

int dispute_start(const struct dispute *d)
{
	uint8_t first;
	size_t n = 0;
	int r = disk_unlink(d->disk, SCRATCH);

	if (r < 0 && r != -ENOENT)
		return r;
	r = disk_read(d->disk, FILE_NAME, 0, &first, 1, &n);
	return r == 0 ? n > 0 : r == -ENOENT ? 0 : r;
}

int dispute_judge(const struct dispute *d, struct tiler *t, struct rd ours, struct rd who, struct rd theirs)
{
	const struct rd name = event_name_ok(who) ? who : rd_str("unnamed"); /* those of a policy are any bytes */
	struct checkpoint c;
	int r;

	if (!is_ours(d, ours, theirs, &c))
		return 0;
	if (c.head.size > t->state.size) {
		struct event e = { .id = EVENT_LOG_ROLLED_BACK, .value = { { .bytes = rd_str(d->log) },
			{ .number = (int64_t)t->state.size }, { .number = (int64_t)c.head.size }, { .bytes = name } } };
		child_event(&e);
	} else {
		if (contains(t, &c.head) != 0)
			return 0; /* it is a part of this log: the witness is wrong; or nobody knows now */
		struct event e = { .id = EVENT_LOG_SPLIT_VIEW, .value = { { .bytes = rd_str(d->log) },
			{ .number = (int64_t)c.head.size }, { .bytes = name } } };
		child_event(&e);
	}
	r = keep(d, theirs, ours);
	return r < 0 ? r : 1;
}

static bool is_signed_by_somebody(struct rd text, struct rd signature)
{
	AUTO(buf_done) struct buf scratch = { 0 };
	struct sshsig s;

	buf_init(&scratch, SSHSIG_ARMOR_MAX);
	return sshsig_parse(signature, &scratch, &s) == 0 && rd_is(&s.name_space, SPLIT_VIEW_NAMESPACE) &&
	    approval_check(NULL, &s, text);
}

/* What contradicted us, as the file has it. */
static const char *read_theirs(const struct dispute *d, struct rd ours, struct buf *file, struct checkpoint *out)
{
	struct rd note;

	if (disk_read_file(d->disk, FILE_NAME, file) != 0 || file->len == 0)
		return "the file split-view cannot be read";
	if (!split_view_theirs(buf_rd(file), &note))
		return "the file split-view is not as it was written";
	return is_ours(d, ours, note, out) ? NULL : "the checkpoint in the file split-view is not signed with this log's key";
}

const char *dispute_may_end(const struct dispute *d, struct tiler *t, struct rd ours, struct rd text,
    struct rd signature, struct rd by, uint64_t *out_theirs)
{
	AUTO(buf_done) struct buf file = { 0 };
	struct checkpoint theirs;
	struct reopen r;
	const char *why;
	int has;

	buf_init(&file, SPLIT_VIEW_MAX);
	why = read_theirs(d, ours, &file, &theirs);
	if (why)
		return why;
	if (!reopen_parse(text, &r) || !rd_equal(&r.by, &by) || !rd_equal(&r.origin, &theirs.origin) ||
	    r.theirs.size != theirs.head.size || !hash_equal(&r.theirs.root, &theirs.head.root))
		return "what was signed is not about this contradiction";
	if (!is_signed_by_somebody(text, signature))
		return "the signature is not over this text, or not for this purpose";
	has = contains(t, &theirs.head);
	if (has < 0)
		return "the log's tiles cannot be read";
	if (has == 0)
		return "this log does not contain what a witness holds: restore it from its mirror, or begin a new log";
	*out_theirs = theirs.head.size;
	return NULL;
}

int dispute_end(const struct dispute *d)
{
	int r = disk_rename(d->disk, FILE_NAME, SETTLED);

	return r == 0 || r == -ENOENT ? disk_fsync_dir(d->disk, ".") : r;
}
