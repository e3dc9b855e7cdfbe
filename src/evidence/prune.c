/*
 * Is:        the erasure of old records (contract in the header).
 * Is not:    the clock, the setting, or the writing of the record.
 * Called by: evidenced.
 * Owns:      nothing but what it looks at.
 * Trust:     files may have been altered.
 */
#include "evidence/prune.h"

#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "evidence/record_data.h"
#include "evidence/shelf.h"
#include "os/disk.h"

/* Events that stay for ever. They are few, and what was kept cannot be judged without them. */
static const char *const lasting[] = { "retention.set", "retention.metadata-set", "hold.set", "hold.lifted",
	"hold.session-set", "hold.session-lifted", "policy.loaded", "log.forked", "log.split-view", "log.rolled-back",
	"log.reopened", "witness.contradicts", "breakglass.opened", "breakglass.closed", "breakglass.reported" };

struct id {
	uint8_t b[RECORD_ID_LEN];
};

void prune_begin(struct prune *p, struct disk *d, const struct merkle_head *head, uint64_t end, uint64_t before_ns,
    const struct prune_calls *calls, void *ctx, const uint64_t seed[2])
{
	ASSERT(end <= head->size);
	*p = (struct prune){ .disk = d, .calls = calls, .ctx = ctx, .head = *head, .before_ns = before_ns,
		.end = end - end % TILE_WIDTH };
	prover_init(&p->prover, d, head->size);
	erasure_init(&p->erasure);
	map_init(&p->pinned, seed);
	map_init(&p->named, seed);
	map_init(&p->unsaid, seed);
	vec_init(&p->plan, sizeof(struct prune_range));
	p->is_known = erasure_load(&p->erasure, &p->prover.log);
}

static void free_ids(struct map *m)
{
	for (size_t i = 0; m->slots && i < m->n_slots; i++)
		mem_free(&m->slots[i].value);
	map_done(m);
}

void prune_done(struct prune *p)
{
	prover_done(&p->prover);
	erasure_done(&p->erasure);
	free_ids(&p->pinned);
	free_ids(&p->named);
	free_ids(&p->unsaid);
	vec_done(&p->plan);
}

static void add_id(struct map *m, const struct id *id)
{
	struct id *copy;

	if (map_get(m, rd_of(id->b, sizeof(id->b))))
		return;
	copy = mem_new(1, sizeof(*copy));
	*copy = *id;
	(void)map_put(m, rd_of(copy->b, sizeof(copy->b)), copy);
}

static bool has_id(const struct map *m, const struct id *id)
{
	return map_get(m, rd_of(id->b, sizeof(id->b))) != NULL;
}

static void drop_id(struct map *m, const struct id *id)
{
	struct id *copy = map_remove(m, rd_of(id->b, sizeof(id->b)));

	mem_free(&copy);
}

/* One record. */

enum { WANTS_SCAN = 2 };

static bool is_lasting(struct rd event)
{
	for (size_t i = 0; i < ARRAY_LEN(lasting); i++)
		if (rd_is(&event, lasting[i]))
			return true;
	return false;
}

/* Whether its files are there, or are not and no record says why. What is there no more is told
 * from what never was by the segments that records name. */
static int needs_recording(struct prune *p, const struct id *recording)
{
	static const struct id none;
	int r = p->calls->has_recording(p->ctx, recording->b);

	if (r || memcmp(recording->b, none.b, sizeof(none.b)) == 0)
		return r;
	return p->is_scanned ? has_id(&p->unsaid, recording) : WANTS_SCAN;
}

/* Whether its session stays; its first record says what its recording is called. */
static int keeps_session(struct prune *p, const struct record_view *v)
{
	struct id session, recording;
	int r;

	if (v->session.len == 0)
		return 0;
	if (!text_hex(v->session, session.b, sizeof(session.b)))
		return -EBADMSG;
	r = has_id(&p->pinned, &session) ? 1 : p->calls->keeps_session(p->ctx, session.b);
	if (r == 0 && rd_is(&v->event, "session.opened"))
		r = record_data_hex(v->data, "recording", recording.b, sizeof(recording.b)) ?
		    needs_recording(p, &recording) : -EBADMSG;
	if (r == 1)
		add_id(&p->pinned, &session);
	return r;
}

/* 1 when it is still needed. */
static int is_needed(struct prune *p, const struct record_view *v)
{
	struct id recording;

	if (is_lasting(v->event))
		return 1;
	if (rd_is(&v->event, "recording.erased"))
		return record_data_hex(v->data, "recording", recording.b, sizeof(recording.b)) && has_id(&p->named, &recording);
	return keeps_session(p, v);
}

/* It stays: what erases the recording that it names must stay too. */
static void note_kept(struct prune *p, const struct record_view *v)
{
	bool names = rd_is(&v->event, "session.opened") || rd_is(&v->event, "session.segment");
	struct id recording;

	if (names && record_data_hex(v->data, "recording", recording.b, sizeof(recording.b)))
		add_id(&p->named, &recording);
}

/* One bundle. */

enum fate { FATE_DUE, FATE_KEPT, FATE_YOUNG, FATE_BAD, FATE_UNKNOWN };

static int fate_of(struct prune *p, struct rd bundle, enum fate *out)
{
	bool is_kept = false;
	struct record_view v;
	struct rd look = bundle, entry;

	*out = FATE_BAD;
	while (bundle_next(&look, &entry)) {
		if (!record_read(entry, &v))
			return 0; /* nothing of ours: it is not ours to remove */
		if (v.wall_ns >= p->before_ns) {
			*out = FATE_YOUNG;
			return 0;
		}
		int r = is_needed(p, &v);
		if (r < 0)
			return r == -EBADMSG ? 0 : r;
		if (r == WANTS_SCAN) {
			*out = FATE_UNKNOWN;
			return 0;
		}
		is_kept = is_kept || r;
	}
	for (look = bundle; is_kept && bundle_next(&look, &entry);)
		if (record_read(entry, &v))
			note_kept(p, &v);
	*out = is_kept ? FATE_KEPT : FATE_DUE;
	return 0;
}

/* Its entries are those of the tree: what was altered must not be erased as what it was. */
static int is_the_trees(struct prune *p, uint64_t bundle, struct rd raw, bool *out)
{
	struct hash leaf[TILE_WIDTH], root;
	uint64_t first = bundle * TILE_WIDTH;
	struct merkle_proof path;
	int r;

	*out = false;
	if (!bundle_leaves(raw, TILE_WIDTH, TILE_WIDTH, leaf))
		return 0;
	r = prover_path(&p->prover, first, &path);
	if (r == -ENOENT || r == -EBADMSG)
		return 0;
	if (r || path.n < 8 || !merkle_included(first, p->head.size, &leaf[0], &path, &p->head.root))
		return r;
	root = leaf[0]; /* the first of a bundle is on the left all the way up to it */
	for (size_t i = 0; i < 8; i++)
		hash_node(&root, &path.h[i], &root);
	tile_root(leaf, TILE_WIDTH, &leaf[0]);
	*out = hash_equal(&root, &leaf[0]);
	return 0;
}

/* It is gone or will be. */
static void plan(struct prune *p, uint64_t bundle, bool is_due)
{
	uint64_t first = bundle * TILE_WIDTH;
	struct prune_range *last = p->plan.n ? vec_at(&p->plan, p->plan.n - 1) : NULL;

	if (!last || last->end != first) {
		last = vec_push(&p->plan);
		last->first = first;
	}
	last->end = first + TILE_WIDTH;
	last->n_due += is_due;
}

/* The records of erasures that go with this bundle: what they say must be said again. */
static void note_lapsing(struct prune *p, struct rd bundle)
{
	struct erasure_range e;
	struct rd entry;

	while (bundle_next(&bundle, &entry)) {
		if (!erasure_may_say(entry) || !erasure_parse(entry, &e))
			continue;
		for (size_t i = 0; i < p->plan.n; i++) {
			struct prune_range *r = vec_at(&p->plan, i);
			r->is_lapsing = r->is_lapsing || (r->first < e.end && e.first < r->end);
		}
	}
}

static int hole(struct prune *p, uint64_t bundle)
{
	p->hole = bundle * TILE_WIDTH;
	return PRUNE_HOLE;
}

/* A bundle of the tree into `out`; 0, -ENOENT, PRUNE_HOLE or another errno. Of the last, which is not
 * full, nobody says whether it is the tree's. */
static int read_bundle(struct prune *p, uint64_t bundle, struct buf *out)
{
	uint64_t left = p->head.size - bundle * TILE_WIDTH;
	struct tile t = { bundle, (uint16_t)(left < TILE_WIDTH ? left : TILE_WIDTH), TILE_ENTRIES };
	bool is_true = t.width < TILE_WIDTH;
	struct rd raw;
	uint16_t held;
	int r = verify_read(&p->prover.log, t, BUNDLE_MAX, &raw, &held);

	/* The proof is read into the same buffer. */
	if (r == 0 && !buf_put_rd(out, raw))
		r = -ENOBUFS;
	if (r == 0 && !is_true)
		r = is_the_trees(p, bundle, buf_rd(out), &is_true);
	if (r)
		return r == -EFBIG ? hole(p, bundle) : r;
	return is_true ? 0 : hole(p, bundle);
}

/* What the bundle says of segments, and of erasures where its word counts. */
static void note_segments(struct prune *p, struct rd bundle, bool is_true)
{
	struct record_view v;
	struct rd entry;
	struct id id;

	while (bundle_next(&bundle, &entry)) {
		if (!record_read(entry, &v))
			continue;
		bool is_segment = rd_is(&v.event, "session.segment"), is_end = rd_is(&v.event, "recording.erased");
		if ((!is_segment && !is_end) || !record_data_hex(v.data, "recording", id.b, sizeof(id.b)))
			continue;
		if (is_segment)
			add_id(&p->unsaid, &id);
		else if (is_true)
			drop_id(&p->unsaid, &id);
	}
}

/* One bundle more: what is erased after a session is said after it. */
static int scan_one(struct prune *p)
{
	uint64_t first = p->scan_at * TILE_WIDTH;
	AUTO(buf_done) struct buf copy = { 0 };
	int r;

	if (first >= p->head.size) {
		p->is_scanning = false;
		p->is_scanned = true;
		return PRUNE_MORE;
	}
	buf_init(&copy, BUNDLE_MAX);
	r = read_bundle(p, p->scan_at, &copy);
	if (r == 0)
		note_segments(p, buf_rd(&copy), first + TILE_WIDTH <= p->head.size);
	p->scan_at++;
	return r == 0 || r == -ENOENT ? PRUNE_MORE : r;
}

/* Nothing says what was erased: the whole log is read for it. */
static int learn_one(struct prune *p)
{
	int r = 0;

	if (p->at * TILE_WIDTH < p->head.size) {
		p->erasure.marked.n = 0;
		*(uint64_t *)vec_push(&p->erasure.marked) = p->at++;
		r = erasure_read(&p->erasure, &p->prover.log);
		return r == 0 || r == -ENOENT ? PRUNE_MORE : r;
	}
	r = erasure_save(&p->erasure, p->disk);
	if (r < 0)
		return r;
	p->is_known = true;
	p->at = 0;
	return PRUNE_MORE;
}

static int look_at_one(struct prune *p)
{
	uint64_t first = p->at * TILE_WIDTH;
	AUTO(buf_done) struct buf copy = { 0 };
	enum fate fate;
	int r;

	if (first >= p->end)
		return 0;
	buf_init(&copy, BUNDLE_MAX);
	r = read_bundle(p, p->at, &copy);
	if (r == -ENOENT) {
		if (!erasure_covers(&p->erasure, first, first + TILE_WIDTH))
			return hole(p, p->at);
		plan(p, p->at++, false);
		return PRUNE_MORE;
	}
	if (r)
		return r;
	r = fate_of(p, buf_rd(&copy), &fate);
	if (r || fate == FATE_YOUNG)
		return r;
	if (fate == FATE_UNKNOWN) { /* it is looked at again after the scan */
		p->is_scanning = true;
		p->scan_at = p->at;
		return PRUNE_MORE;
	}
	if (fate == FATE_DUE) {
		plan(p, p->at, true);
		note_lapsing(p, buf_rd(&copy));
	} else {
		p->n_kept++;
	}
	p->at++;
	return PRUNE_MORE;
}

/* Only what is removed now, or would be said by nobody, needs a record. */
static void drop_idle(struct prune *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->plan.n; i++) {
		struct prune_range r = *(struct prune_range *)vec_at(&p->plan, i);
		if (r.n_due || r.is_lapsing)
			*(struct prune_range *)vec_at(&p->plan, kept++) = r;
	}
	p->plan.n = kept;
}

int prune_look(struct prune *p, unsigned n)
{
	int r = PRUNE_MORE;

	for (; r == PRUNE_MORE && n > 0; n--)
		r = !p->is_known ? learn_one(p) : p->is_scanning ? scan_one(p) : look_at_one(p);
	if (r == 0)
		drop_idle(p);
	return r;
}

int prune_said(struct prune *p)
{
	for (size_t i = 0; i < p->plan.n; i++) {
		const struct prune_range *r = vec_at(&p->plan, i);
		struct erasure_range said = { r->first, r->end, r->record };
		erasure_say(&p->erasure, &said);
	}
	p->removing = 0;
	p->removing_at = 0;
	return erasure_save(&p->erasure, p->disk);
}

/* Names that are gone must not come back with a crash after all was told to be erased. */
static int settle(struct prune *p, uint64_t bundle)
{
	char path[TILE_PATH_MAX], dir[DISK_PATH_MAX];

	tile_path((struct tile){ bundle, TILE_WIDTH, TILE_ENTRIES }, path);
	disk_parent(path, dir);
	return disk_fsync_dir(p->disk, dir);
}

static int remove_one(struct prune *p, uint64_t bundle)
{
	struct tile t = { bundle, TILE_WIDTH, TILE_ENTRIES };
	struct shelf shelf = { .d = p->disk };
	char path[TILE_PATH_MAX];
	int r = shelf_remove_partials(&shelf, t);

	tile_path(t, path);
	if (r == 0)
		r = disk_unlink(p->disk, path);
	return r == -ENOENT ? 0 : r;
}

int prune_remove(struct prune *p, unsigned n)
{
	for (; p->removing < p->plan.n; p->removing++, p->removing_at = 0) {
		const struct prune_range *range = vec_at(&p->plan, p->removing);
		uint64_t first = range->first / TILE_WIDTH, end = range->end / TILE_WIDTH;
		for (; first + p->removing_at < end; p->removing_at++) {
			uint64_t bundle = first + p->removing_at;
			if (n-- == 0)
				return PRUNE_MORE;
			int r = remove_one(p, bundle);
			/* A thousand share a directory. */
			if (r == 0 && (bundle % 1000 == 999 || bundle + 1 == end))
				r = settle(p, bundle);
			if (r)
				return r;
		}
	}
	return 0;
}
