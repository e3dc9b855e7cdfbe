/*
 * Is:        the commit engine of one log (contract in the header).
 * Is not:    the tree, a process, a socket or a thread.
 * Called by: evidenced; tests.
 * Owns:      the write-ahead log.
 * Trust:     entries are any bytes.
 */
#include "evidence/log.h"

#include <errno.h>

#include "base/assert.h"
#include "evidence/tree_state.h"

struct log_config log_defaults(void)
{
	return (struct log_config){
		.linger_ns = 0,
		.enough_len = 256u << 10,
		.segment_len = 64u << 20,
		.group_max = 4u << 20,
		.reserve_len = 1u << 20,
		.spares = 2,
		.keeps = 2,
	};
}

static struct wal_config wal_config(const struct log_config *c, const uint8_t id[WAL_ID_LEN])
{
	struct wal_config w = wal_defaults(id);

	w.segment_len = c->segment_len;
	w.group_max = c->group_max;
	w.reserve_len = c->reserve_len;
	w.spares = c->spares;
	w.keeps = c->keeps > c->spares ? c->keeps : c->spares;
	return w;
}

static int refuse_state(struct wal_fault *f, const char *why)
{
	*f = (struct wal_fault){ .file = "state", .why = why };
	return LOG_CORRUPT;
}

/* The state is written last: without it the log does not exist yet. */
int log_create(struct disk *d, const struct log_config *c, const uint8_t id[WAL_ID_LEN],
    struct wal_fault *out_fault)
{
	static const char *const dirs[] = { "wal", "tmp", "tile" };
	struct wal_config w = wal_config(c, id);
	struct tree_state s;
	int err = tree_state_read(d, &s);

	if (err == 0 || err == TREE_STATE_DAMAGED)
		return refuse_state(out_fault, "a log lies here already");
	if (err != TREE_STATE_ABSENT)
		return err;
	err = 0;
	for (size_t i = 0; !err && i < ARRAY_LEN(dirs); i++)
		err = disk_mkdir(d, dirs[i]);
	if (!err)
		err = disk_fsync_dir(d, ".");
	if (!err)
		err = wal_create(d, &w, out_fault);
	if (err)
		return err;
	tree_state_empty(&s, id);
	return tree_state_write(d, &s);
}

int log_open(struct log *l, struct disk *d, const struct log_config *c, struct wal_fault *out_fault)
{
	struct wal_config w;
	struct tree_state s;
	int err;

	*l = (struct log){ .linger_ns = c->linger_ns, .enough_len = c->enough_len,
		.wal = { .d = d, .fd = -1, .making_fd = -1, .failed = -ENODATA } };
	/* The state that a process before this one could not sync is seen here, and
	 * may be gone after a power cut: it must not decide which segments are old. */
	err = disk_fsync_dir(d, ".");
	if (!err)
		err = tree_state_read(d, &s);
	if (err == TREE_STATE_ABSENT)
		return LOG_ABSENT;
	if (err == TREE_STATE_DAMAGED)
		return refuse_state(out_fault, "the state is damaged");
	if (err)
		return err;
	w = wal_config(c, s.id);
	return wal_open(&l->wal, d, &w, s.size, out_fault);
}

void log_done(struct log *l)
{
	wal_done(&l->wal);
}

int log_append(struct log *l, struct rd record, bool closing, uint64_t now_ns, uint64_t *out_index)
{
	bool first = l->wal.group_n == 0;
	int r = wal_append(&l->wal, record, closing, out_index);

	if (r == 0 && first)
		l->first_ns = now_ns;
	return r;
}

int log_commit(struct log *l)
{
	return wal_commit(&l->wal);
}

uint64_t log_deadline_ns(const struct log *l)
{
	if (l->wal.group_n == 0)
		return UINT64_MAX;
	return l->wal.group.len >= l->enough_len ? 0 : l->first_ns + l->linger_ns;
}

uint64_t log_durable(const struct log *l)
{
	return l->wal.durable;
}

int log_idle(struct log *l)
{
	int err = wal_seal(&l->wal);

	return err ? err : wal_prepare(&l->wal);
}

bool log_is_short(const struct log *l)
{
	return l->wal.n_spares == 0;
}

int log_published(struct log *l, uint64_t size)
{
	ASSERT(size <= l->wal.durable);
	return wal_drop(&l->wal, size);
}
