/*
 * Is:        one log as its mirror holds it (contract in the header).
 * Is not:    HTTP, nor the mirror's key.
 * Called by: serve.c; tests.
 * Owns:      its directory.
 * Trust:     uploads are hostile.
 */
#include "cli/mirror/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/sha256.h"
#include "evidence/checkpoint.h"
#include "evidence/note.h"
#include "evidence/subtree.h"
#include "os/fd.h"

enum { SEGMENT_LEN = 16 << 20, STEP_ENTRIES = 8192, OVERLAP_MAX = 8192 };

/* What it was shown last. It is on the disk before a record of its tree is: after a crash a log
 * that goes on another way meets it, and not records that lead to no root. */

static const char pending_path[] = "pending";

static int latest(struct witness_store *self, struct rd origin, struct merkle_head *out)
{
	*out = CONTAINER_OF(self, struct store, pending)->head;
	return 0;
}

/* The note without the line that stands for our own: we sign what we have, not what we
 * were shown. */
static int advance(struct witness_store *self, struct rd origin, const struct merkle_head *from,
    const struct merkle_head *to, struct rd raw)
{
	struct store *s = CONTAINER_OF(self, struct store, pending);
	AUTO(buf_done) struct buf note = { 0 };
	struct note n;
	int r;

	if (!note_parse(raw, &n))
		return -EBADMSG;
	buf_init(&note, WITNESS_NOTE_MAX);
	struct wr w = wr_to(&note);
	wr_note(&w, n.text);
	for (size_t i = 0; i < n.n_sigs; i++)
		if (n.sigs[i].id != s->self->id || !rd_is(&n.sigs[i].name, s->self->name))
			wr_bytes(&w, n.sigs[i].line);
	r = wr_ok(&w) ? disk_replace(&s->disk.disk, "tmp/pending", pending_path, buf_rd(&note)) : -ENOBUFS;
	if (r < 0)
		return r;
	buf_reset(&s->note);
	s->head = *to;
	return buf_put_rd(&s->note, buf_rd(&note)) ? 0 : -ENOBUFS;
}

/* What was shown before we began; without it, what we have whole. */
static int recall(struct store *s)
{
	struct checkpoint c;
	struct note n;
	int r = disk_read_file(&s->disk.disk, pending_path, &s->note);

	s->head = (struct merkle_head){ s->tiler.state.size, s->tiler.state.root };
	if (r)
		return r == -ENOENT ? 0 : r;
	if (!note_parse(buf_rd(&s->note), &n) || !checkpoint_parse_claim(n.text, &c) || !rd_is(&c.origin, s->origin) ||
	    c.head.size < s->head.size) {
		s->why = "the checkpoint that it was shown last is damaged";
		return -EUCLEAN;
	}
	s->head = c.head;
	return 0;
}

/* Life. */

static int open_dir(struct store *s, int dir_fd)
{
	AUTO(buf_done) struct buf hex = { 0 };
	uint8_t id[SHA256_LEN];
	char name[2 * SHA256_LEN + 1];

	sha256_of(rd_str(s->origin), id);
	buf_init(&hex, sizeof(name));
	struct wr w = wr_to(&hex);
	wr_hex(&w, rd_of(id, sizeof(id)));
	(void)snprintf(name, sizeof(name), "%.*s", (int)hex.len, (const char *)buf_rd(&hex).p);
	if (mkdirat(dir_fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	s->dir_fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return s->dir_fd < 0 ? -errno : 0;
}

static int damaged(struct store *s, const struct wal_fault *fault)
{
	s->why = fault->why;
	return -EUCLEAN;
}

static int open_log(struct store *s)
{
	struct log_config c = log_defaults();
	struct wal_fault fault = { .why = "" };
	uint8_t id[WAL_ID_LEN];
	int r;

	c.segment_len = SEGMENT_LEN;
	s->has_log = true;
	r = log_open(&s->log, &s->disk.disk, &c, &fault);
	if (r == LOG_ABSENT) {
		log_done(&s->log);
		random_fill(random_system(), id, sizeof(id));
		r = log_create(&s->disk.disk, &c, id, &fault);
		if (r == 0)
			r = log_open(&s->log, &s->disk.disk, &c, &fault);
	}
	if (r == 0) {
		s->has_tiler = true;
		r = tiler_open(&s->tiler, &s->disk.disk, SHELF_FEW_EACH, &fault);
	}
	return r > 0 ? damaged(s, &fault) : r;
}

int store_prepare(struct store *s, int dir_fd, const char *origin, const struct note_key *self, uid_t uid)
{
	int r;

	*s = (struct store){ .pending = { latest, advance }, .self = self, .origin = origin, .dir_fd = -1 };
	buf_init(&s->note, WITNESS_NOTE_MAX);
	r = open_dir(s, dir_fd);
	if (r == 0 && geteuid() == 0 && fchown(s->dir_fd, uid, (gid_t)-1) < 0)
		r = -errno;
	return r;
}

int store_open(struct store *s)
{
	int r;

	disk_dir_init(&s->disk, s->dir_fd);
	r = open_log(s);
	return r ? r : recall(s);
}

void store_close(struct store *s)
{
	if (s->has_tiler)
		tiler_done(&s->tiler);
	if (s->has_log)
		log_done(&s->log);
	buf_done(&s->note);
	fd_close(&s->dir_fd);
}

/* Uploads. */

static uint64_t next_of(const struct store *s)
{
	return s->log.wal.next;
}

/* The leaves that the package's proof is about, some of which we have: their root. */
static int package_root(struct store *s, const struct mirror_package *p, struct hash *out)
{
	struct rd entries = p->entries, entry;
	struct merkle m;
	struct hash leaf;
	int r = 0;

	merkle_init(&m);
	for (uint64_t i = p->covers.begin; r == 0 && i < p->covers.end; i++) {
		if (i < p->from)
			r = s->tiler.source.read(&s->tiler.source, 0, i, &leaf);
		else if (rd_part16(&entries, ENTRY_MAX, &entry))
			hash_leaf(entry, &leaf);
		else
			r = -EBADMSG;
		if (r == 0)
			merkle_append(&m, &leaf);
	}
	merkle_root(&m, out);
	return r;
}

static int step(struct store *s, uint64_t end)
{
	struct wal_fault fault = { .why = "" };
	uint64_t durable = log_durable(&s->log);
	int r = 0;

	if (durable > end)
		durable = end;
	while (r == 0 && s->tiler.size < durable)
		r = tiler_step(&s->tiler, durable, STEP_ENTRIES, &fault);
	return r > 0 ? damaged(s, &fault) : r;
}

/* One entry into the log; STORE_BUSY when the disk is full. */
static int append(struct store *s, struct rd entry)
{
	uint64_t index;
	int r = log_append(&s->log, entry, false, 0, &index);

	if (r == LOG_BUSY) {
		r = log_commit(&s->log);
		if (r == 0)
			r = log_append(&s->log, entry, false, 0, &index);
	}
	return r == LOG_NO_ROOM ? STORE_BUSY : r > 0 ? -EUCLEAN : r;
}

/* 0 taken, else an outcome. */
static int take_package(struct store *s, const struct mirror_package *p)
{
	struct rd entries = p->entries, entry;
	struct hash root;
	int r = package_root(s, p, &root);

	if (r != 0)
		return r == -EBADMSG ? STORE_MALFORMED : r > 0 ? -EUCLEAN : r;
	if (!subtree_included(p->covers, &root, &s->head, &p->proof))
		return STORE_UNPROVED;
	for (uint64_t i = p->from; r == 0 && i < p->covers.end; i++) {
		if (!rd_part16(&entries, ENTRY_MAX, &entry))
			return STORE_MALFORMED;
		if (i >= next_of(s))
			r = append(s, entry);
	}
	return r;
}

/* Each package, until one is not good. The leaves before an upload's first entry must be in
 * the tiles: everything that we have goes there first. */
static int take_packages(struct store *s, struct mirror_upload *u)
{
	struct mirror_package p;
	uint64_t at = u->start;
	int r = step(s, s->head.size);

	for (int n = 0; r == 0 && n < MIRROR_PACKAGES_MAX && mirror_package_next(u, &at, &p); n++)
		r = take_package(s, &p);
	if (r == 0 && u->packages.len)
		r = STORE_MALFORMED;
	return r;
}

static void tell(const struct store *s, struct mirror_info *out)
{
	*out = (struct mirror_info){ .pending = s->head.size, .next = next_of(s) };
}

/* The root is what the log signed: every package was proved, so it is. */
static int settle(struct store *s)
{
	struct tree_state state;
	int r = tiler_settle(&s->tiler, &state);

	if (r == 0 && (state.size != s->head.size || !hash_equal(&state.root, &s->head.root))) {
		s->why = "the records that were taken do not give the root that was signed";
		r = -EUCLEAN;
	}
	return r > 0 ? -EUCLEAN : r;
}

int store_upload(struct store *s, struct mirror_upload *u, struct mirror_info *out_info)
{
	int r, committed;

	tell(s, out_info);
	if (s->note.len == 0)
		return STORE_UNPROVED;
	if (u->end != s->head.size || u->start > next_of(s) || next_of(s) - u->start > OVERLAP_MAX)
		return STORE_CONFLICT;
	r = take_packages(s, u);
	if (r < 0)
		return r;
	committed = log_commit(&s->log);
	if (committed < 0)
		return committed;
	tell(s, out_info);
	if (r > 0)
		return r;
	r = step(s, s->head.size);
	if (r < 0)
		return r;
	if (s->tiler.size < s->head.size)
		return STORE_PART;
	if (s->tiler.size > s->head.size)
		return STORE_CONFLICT; /* we hold more than it shows */
	r = settle(s);
	return r < 0 ? r : STORE_WHOLE;
}

int store_publish(struct store *s, struct rd cosigned)
{
	int r = tiler_publish(&s->tiler, cosigned);

	if (r == 0)
		r = log_published(&s->log, s->tiler.published);
	return r > 0 ? -EUCLEAN : r;
}

int store_idle(struct store *s, bool *out_more)
{
	int r = log_idle(&s->log);

	*out_more = s->log.wal.n_spares < s->log.wal.c.spares;
	return r == LOG_NO_ROOM ? 0 : r > 0 ? -EUCLEAN : r;
}
