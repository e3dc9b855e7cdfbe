/*
 * Is:        the judgement of one span of a log's files (contract in the header).
 * Is not:    the tree above spans (verify_tree.c).
 * Called by: slagboom-verify, evidenced when it starts, packs.
 * Owns:      a buffer for one bundle.
 * Trust:     hostile files.
 */
#include "evidence/verify.h"

#include <errno.h>

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/erasure.h"
#include "os/disk.h"

/* One more than the largest bundle, so that a longer file shows. */
enum { BYTES_MAX = BUNDLE_MAX + 1 };

void verify_log_init(struct verify_log *v, struct disk *d, uint64_t size,
    struct verify_check *check)
{
	ASSERT(size <= MERKLE_SIZE_MAX);
	*v = (struct verify_log){ .disk = d, .size = size, .check = check };
	v->bytes = mem_new(BYTES_MAX, 1);
}

void verify_log_done(struct verify_log *v)
{
	mem_free(&v->bytes);
}

static int read_file(struct verify_log *v, struct tile t, size_t max, struct rd *out)
{
	char path[TILE_PATH_MAX];
	size_t n = 0;
	int e;

	ASSERT(max < BYTES_MAX);
	tile_path(t, path);
	e = disk_read(v->disk, path, 0, v->bytes, max + 1, &n);
	if (e)
		return e;
	if (n > max)
		return -EFBIG;
	*out = rd_of(v->bytes, n);
	return 0;
}

int verify_read(struct verify_log *v, struct tile t, size_t max, struct rd *out,
    uint16_t *out_held)
{
	int e = read_file(v, t, max, out);

	*out_held = t.width;
	/* A partial tile may be gone once the full one is there. */
	if (e == -ENOENT && t.width < TILE_WIDTH) {
		t.width = TILE_WIDTH;
		*out_held = t.width;
		e = read_file(v, t, max, out);
	}
	return e;
}

/* Files that are not there, or are no files, are findings; the rest is our trouble. */
static int fault_of_errno(int e, struct tile t, uint64_t index, struct verify_fault *f)
{
	enum verify_kind kind = e == -ENOENT || e == -ENOTDIR ? VERIFY_MISSING : VERIFY_MALFORMED;

	if (e != -ENOENT && e != -ENOTDIR && e != -EFBIG && e != -ELOOP && e != -EISDIR &&
	    e != -EXDEV && e != -ESPIPE && e != -ENXIO)
		return e;
	*f = (struct verify_fault){ .kind = kind, .index = index, .tile = t };
	return 0;
}

static void fault(struct verify_fault *f, enum verify_kind kind, uint64_t index, struct tile t)
{
	*f = (struct verify_fault){ .kind = kind, .index = index, .tile = t };
}

/* The hashes of tile `t` into out[0 .. t.width - 1]. */
static int read_hashes(struct verify_log *v, struct tile t, uint64_t index, struct hash *out,
    struct verify_fault *f)
{
	struct rd raw;
	uint16_t held;
	int e = verify_read(v, t, TILE_MAX, &raw, &held);

	if (e)
		return fault_of_errno(e, t, index, f);
	if (raw.len != (size_t)held * sizeof(out->b)) {
		fault(f, VERIFY_MALFORMED, index + raw.len / sizeof(out->b), t);
		return 0;
	}
	if (!rd_copy(&raw, out->b, t.width * sizeof(out->b)))
		UNREACHABLE();
	return 0;
}

/* The bundle is not there. Its tile has the hashes, which the tree above judges. */
static int hash_gone(struct verify_log *v, struct tile t, struct hash *out, bool *gone,
    struct verify_fault *f)
{
	struct tile low = { t.index, t.width, 0 };
	uint64_t first = t.index * TILE_WIDTH;

	*gone = true;
	if (v->check && v->check->gone)
		v->check->gone(v->check, first, first + TILE_WIDTH);
	return read_hashes(v, low, first, out, f);
}

/* The leaf hashes of bundle `t` into out[0 .. t.width - 1]. Of v->may_be_gone comes whether
 * the bundle is, and whether it may say why others are. */
static int hash_bundle(struct verify_log *v, struct tile t, struct hash *out, bool *gone, bool *marked,
    struct verify_fault *f)
{
	uint64_t first = t.index * TILE_WIDTH;
	struct rd raw, entry[TILE_WIDTH];
	uint16_t held;
	int e = verify_read(v, t, BUNDLE_MAX, &raw, &held);

	*gone = *marked = false;
	if (e == -ENOENT && v->may_be_gone && t.width == TILE_WIDTH)
		return hash_gone(v, t, out, gone, f);
	if (e)
		return fault_of_errno(e, t, first, f);
	for (size_t i = 0; i < held; i++) {
		if (!bundle_next(&raw, &entry[i])) {
			/* What came before is judged all the same. */
			hash_leaves(entry, i < t.width ? i : t.width, out);
			fault(f, VERIFY_MALFORMED, first + i, t);
			return 0;
		}
		if (i >= t.width)
			continue;
		*marked = *marked || (v->may_be_gone && erasure_may_say(entry[i]));
		const char *what = v->check ? v->check->entry(v->check, first + i, entry[i]) : NULL;
		if (what && f->kind == VERIFY_SOUND) {
			fault(f, VERIFY_RECORD, first + i, t);
			f->what = what;
		}
	}
	hash_leaves(entry, t.width, out);
	if (raw.len)
		fault(f, VERIFY_MALFORMED, first + held, t);
	return 0;
}

/* The width of the tile number `index` at `level`. */
static uint16_t width_of(const struct verify_log *v, unsigned level, uint64_t index)
{
	uint64_t left = tile_hashes(level, v->size) - index * TILE_WIDTH;

	return (uint16_t)(left < TILE_WIDTH ? left : TILE_WIDTH);
}

/* An entry and its stored hash disagree: the tile one level up, where there is one,
 * knows which of them is the tree's. */
static void blame(struct verify_log *v, struct tile bundle, struct hash *stored, size_t at,
    struct verify_fault *f)
{
	struct tile low = { bundle.index, bundle.width, 0 };
	struct tile up = { bundle.index / TILE_WIDTH, 0, 1 };
	struct hash above[TILE_WIDTH], root;
	struct verify_fault ignored = { VERIFY_SOUND };
	uint64_t index = bundle.index * TILE_WIDTH + at;

	fault(f, VERIFY_ENTRY, index, bundle);
	if (bundle.width < TILE_WIDTH)
		return;
	up.width = width_of(v, 1, up.index);
	if (read_hashes(v, up, 0, above, &ignored) || ignored.kind)
		return;
	tile_root(stored, TILE_WIDTH, &root);
	if (!hash_equal(&root, &above[bundle.index % TILE_WIDTH]))
		fault(f, VERIFY_HASH, index, low);
}

/* The first `n` leaf hashes of bundle `t` against its tile of level 0. */
static int verify_level0(struct verify_log *v, struct tile t, const struct hash *leaf, size_t n,
    struct verify_fault *f)
{
	struct tile low = { t.index, t.width, 0 };
	struct hash stored[TILE_WIDTH];
	int e = read_hashes(v, low, t.index * TILE_WIDTH, stored, f);

	if (e || f->kind)
		return e;
	for (size_t i = 0; i < n; i++)
		if (!hash_equal(&leaf[i], &stored[i])) {
			blame(v, t, stored, i, f);
			break;
		}
	return 0;
}

static void set_bit(uint8_t bits[VERIFY_BITS], uint64_t bundle, bool on)
{
	bits[bundle % TILE_WIDTH / 8] |= (uint8_t)(on << bundle % 8);
}

/* One bundle and its tile of level 0; the leaf hashes into `leaf`. The tree comes
 * before what an entry says, and the first wrong entry before the length of the
 * whole: a changed length prefix shows at its own entry. */
static int verify_bundle(struct verify_log *v, struct tile t, struct hash *leaf, struct verify_span *s)
{
	struct verify_fault low = { VERIFY_SOUND }, *f = &s->fault;
	uint64_t good = t.width;
	bool gone, marked;
	int e = hash_bundle(v, t, leaf, &gone, &marked, f);

	if (e || f->kind == VERIFY_MISSING || (gone && f->kind))
		return e;
	set_bit(s->gone, t.index, gone);
	set_bit(s->marked, t.index, marked);
	if (gone)
		return 0;
	if (f->kind == VERIFY_MALFORMED && f->index < t.index * TILE_WIDTH + good)
		good = f->index - t.index * TILE_WIDTH;
	e = verify_level0(v, t, leaf, good, &low);
	if (!e && low.kind)
		*f = low;
	return e;
}

/* The full subtrees among `w` hashes of `level`, below 256, into edge[level ...]. */
static void edges(struct hash *h, size_t w, unsigned level, struct hash *edge)
{
	for (unsigned k = 0; k < 8; k++)
		if (w >> k & 1) {
			size_t at = w >> (k + 1) << (k + 1);
			tile_root(&h[at], (size_t)1 << k, &edge[level + k]);
		}
}

/* The hashes of level 1 that a span makes, against the stored tile. */
static int verify_level1(struct verify_log *v, uint64_t span, const struct hash *made, size_t n,
    struct verify_fault *f)
{
	struct tile t = { span, (uint16_t)n, 1 };
	struct hash stored[TILE_WIDTH];
	int e = read_hashes(v, t, span * VERIFY_SPAN, stored, f);

	if (e || f->kind)
		return e;
	for (size_t i = 0; i < n; i++)
		if (!hash_equal(&made[i], &stored[i])) {
			fault(f, VERIFY_HASH, span * VERIFY_SPAN + i * TILE_WIDTH, t);
			break;
		}
	return 0;
}

int verify_span(struct verify_log *v, uint64_t span, struct verify_span *out)
{
	struct hash leaf[TILE_WIDTH], up[TILE_WIDTH];
	uint64_t left = v->size - span * VERIFY_SPAN;
	struct verify_fault record = { VERIFY_SOUND };
	struct verify_span s = { .n_leaves = left < VERIFY_SPAN ? left : VERIFY_SPAN };
	size_t n_up = 0;
	int e;

	ASSERT(span * VERIFY_SPAN < v->size);
	for (uint64_t at = 0; at < s.n_leaves; at += TILE_WIDTH) {
		struct tile t = { span * TILE_WIDTH + at / TILE_WIDTH, 0, TILE_ENTRIES };
		t.width = width_of(v, 0, t.index);
		s.fault = (struct verify_fault){ VERIFY_SOUND };
		e = verify_bundle(v, t, leaf, &s);
		if (e)
			return e;
		if (s.fault.kind == VERIFY_RECORD && record.kind == VERIFY_SOUND)
			record = s.fault;
		if (s.fault.kind && s.fault.kind != VERIFY_RECORD)
			goto out;
		if (t.width < TILE_WIDTH)
			edges(leaf, t.width, 0, s.edge);
		else
			tile_root(leaf, TILE_WIDTH, &up[n_up++]);
	}
	s.fault = (struct verify_fault){ VERIFY_SOUND };
	if (n_up) {
		e = verify_level1(v, span, up, n_up, &s.fault);
		if (e)
			return e;
	}
	if (s.n_leaves == VERIFY_SPAN)
		tile_root(up, TILE_WIDTH, &s.root);
	else
		edges(up, n_up, 8, s.edge);
out:
	if (s.fault.kind == VERIFY_SOUND)
		s.fault = record;
	*out = s;
	return 0;
}

int verify_leaves(struct verify_log *v, uint64_t span, uint64_t n, struct verify_span *out)
{
	struct verify_log plain = { .disk = v->disk, .size = v->size, .may_be_gone = v->may_be_gone, .bytes = v->bytes };
	struct hash leaf[TILE_WIDTH], up[TILE_WIDTH];
	struct verify_span s = { .n_leaves = n };
	bool gone, marked;
	size_t n_up = 0;

	ASSERT(n < VERIFY_SPAN && span * VERIFY_SPAN + n <= v->size);
	for (uint64_t at = 0; at < n; at += TILE_WIDTH) {
		uint64_t left = n - at;
		struct tile t = { span * TILE_WIDTH + at / TILE_WIDTH, 0, TILE_ENTRIES };
		t.width = width_of(v, 0, t.index);
		int e = hash_bundle(&plain, t, leaf, &gone, &marked, &s.fault);
		if (e)
			return e;
		if (s.fault.kind)
			break;
		if (left < TILE_WIDTH)
			edges(leaf, left, 0, s.edge);
		else
			tile_root(leaf, TILE_WIDTH, &up[n_up++]);
	}
	edges(up, n_up, 8, s.edge);
	*out = s;
	return 0;
}
