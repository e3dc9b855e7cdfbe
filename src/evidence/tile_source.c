/*
 * Is:        loading the right edge, and reading hashes and entries back, from files
 *            and from what is not finished.
 * Is not:    writing (tiler.c).
 * Called by: tiler.h's callers; merkle_path.c through the source.
 * Owns:      nothing.
 * Trust:     files may have decayed: the edge is checked against the state's root.
 */
#include <errno.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/tiler.h"
#include "evidence/wal.h"

/* Appends [off, off + n) of the file to `out`; WAL_CORRUPT when it is shorter. */
static int read_part(struct disk *d, const char *path, uint64_t off, size_t n, struct buf *out)
{
	uint8_t *to;
	size_t got = 0;
	int err;

	if (!buf_space(out, n, &to))
		return WAL_CORRUPT;
	err = disk_read(d, path, off, to, n, &got);
	if (err)
		return err;
	buf_grew(out, got);
	return got == n ? 0 : WAL_CORRUPT;
}

static int read_file(struct disk *d, const char *path, struct buf *out)
{
	int err = disk_read_file(d, path, out);

	return err == -EFBIG ? WAL_CORRUPT : err;
}

static int fold(struct rd hashes, unsigned n, struct hash *out)
{
	struct hash h[TILE_WIDTH];

	for (unsigned i = 0; i < n; i++)
		if (!rd_copy(&hashes, h[i].b, sizeof(h[i].b)))
			return WAL_CORRUPT;
	tile_root(h, n, out);
	return 0;
}

static int read_subtree(struct merkle_source *self, unsigned level, uint64_t index,
    struct hash *out)
{
	struct tiler *t = CONTAINER_OF(self, struct tiler, source);
	unsigned up = level / 8, n = 1u << (level % 8);
	uint64_t first;
	struct tile tile = { .level = (uint8_t)up, .width = TILE_WIDTH };
	size_t at;

	if (level >= 8 * TILE_LEVELS || index >= t->size >> level)
		return -ERANGE;
	first = index << (level % 8);
	tile.index = first >> 8;
	at = (size_t)(first & 0xff) * sizeof(struct hash);
	if (tile.index == t->size >> 8 >> (8 * up))
		return fold(rd_of(&t->tile[up].h[first & 0xff], n * sizeof(struct hash)), n, out);

	AUTO(buf_done) struct buf hashes = { 0 };
	char path[TILE_PATH_MAX];
	int err;

	buf_init(&hashes, TILE_WIDTH * sizeof(struct hash));
	tile_path(tile, path);
	err = read_part(t->shelf.d, path, at, n * sizeof(struct hash), &hashes);
	return err ? err : fold(buf_rd(&hashes), n, out);
}

int tiler_bundle(struct tiler *t, uint64_t index, struct buf *out)
{
	char path[TILE_PATH_MAX];

	if (index >= t->size)
		return -ERANGE;
	if (index >> 8 == t->size >> 8)
		return buf_put_rd(out, buf_rd(&t->bundle)) ? 0 : -ENOBUFS;
	tile_path((struct tile){ .level = TILE_ENTRIES, .index = index >> 8, .width = TILE_WIDTH }, path);
	return read_file(t->shelf.d, path, out);
}

int tiler_entry(struct tiler *t, uint64_t index, struct buf *out)
{
	AUTO(buf_done) struct buf file = { 0 };
	struct rd r, entry = { 0 };
	int err;

	buf_init(&file, BUNDLE_MAX);
	err = tiler_bundle(t, index, &file);
	r = buf_rd(&file);
	for (uint64_t i = 0; !err && i <= (index & 0xff); i++)
		if (!rd_part16(&r, WAL_ENTRY_MAX, &entry))
			err = WAL_CORRUPT;
	if (err)
		return err;
	return buf_put_rd(out, entry) ? 0 : -ENOBUFS;
}

static int refuse(struct wal_fault *f, const char *path, uint64_t off, const char *why)
{
	(void)snprintf(f->file, sizeof(f->file), "%s", path);
	f->off = off;
	f->why = why;
	return WAL_CORRUPT;
}

/* The unfinished tile of `level` from its partial file. */
static int load_tile(struct tiler *t, unsigned level, struct wal_fault *f)
{
	struct edge_tile *tile = &t->tile[level];
	struct tile where = { .level = (uint8_t)level, .index = t->size >> 8 >> (8 * level) };
	unsigned n = (unsigned)(t->size >> (8 * level) & 0xff);
	AUTO(buf_done) struct buf file = { 0 };
	char path[TILE_PATH_MAX];
	struct rd r;
	int err;

	if (n == 0)
		return 0;
	buf_init(&file, n * sizeof(struct hash));
	where.width = (uint16_t)n;
	tile_path(where, path);
	err = read_file(t->shelf.d, path, &file);
	r = buf_rd(&file);
	if (err == -ENOENT || err == WAL_CORRUPT || (!err && r.len != n * sizeof(struct hash)))
		return refuse(f, path, 0, "the tile is missing or of a wrong length");
	for (unsigned i = 0; !err && i < n; i++)
		ASSERT(rd_copy(&r, tile->h[i].b, sizeof(tile->h[i].b)));
	tile->n = n;
	tile->stored = n;
	return err;
}

/* The entries of the unfinished bundle, each of which must have its leaf's hash. */
static int load_bundle(struct tiler *t, struct wal_fault *f)
{
	char path[TILE_PATH_MAX];
	struct hash leaf;
	struct rd r, entry;
	size_t len;
	int err;

	if (t->tile[0].n == 0)
		return 0;
	tile_path((struct tile){ .level = TILE_ENTRIES, .index = t->size >> 8,
		      .width = (uint16_t)t->tile[0].n }, path);
	err = read_file(t->shelf.d, path, &t->bundle);
	if (err < 0 && err != -ENOENT)
		return err;
	r = buf_rd(&t->bundle);
	len = r.len;
	for (unsigned i = 0; !err && i < t->tile[0].n; i++) {
		size_t at = len - r.len;
		if (!rd_part16(&r, WAL_ENTRY_MAX, &entry))
			return refuse(f, path, at, "the bundle is cut short");
		hash_leaf(entry, &leaf);
		if (!hash_equal(&leaf, &t->tile[0].h[i]))
			return refuse(f, path, at, "an entry does not have its leaf's hash");
	}
	if (err || r.len)
		return refuse(f, path, 0, "the bundle is missing or too long");
	return 0;
}

static int load(struct tiler *t, struct wal_fault *f)
{
	struct merkle edge;
	struct hash root;
	int err = 0;

	t->size = t->state.size;
	for (unsigned level = 0; !err && level < TILE_LEVELS; level++)
		err = load_tile(t, level, f);
	if (!err)
		err = load_bundle(t, f);
	if (!err)
		err = merkle_edge(&t->source, t->size, &edge);
	if (err)
		return err;
	merkle_root(&edge, &root);
	if (!hash_equal(&root, &t->state.root))
		return refuse(f, "state", 16, "the tiles do not give the recorded root");
	return 0;
}

/* Scratch names that a crash left may still lead to a file of value, which
 * creating them again would empty. */
static int remove_scratch(struct disk *d)
{
	static const char *const names[] = { "tmp/tile", "tmp/state", "tmp/checkpoint" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int err = disk_unlink(d, names[i]);
		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

static void begin(struct tiler *t, struct disk *d, enum shelf_sync how)
{
	*t = (struct tiler){
		.source = { .read = read_subtree },
		.shelf = { .d = d, .how = how },
		.log = { .d = d, .fd = -1 },
		.checkpoint = "checkpoint",
	};
	t->tile = mem_new(TILE_LEVELS, sizeof(*t->tile));
	buf_init(&t->bundle, BUNDLE_MAX);
}

static int load_state(struct tiler *t, struct wal_fault *out_fault)
{
	int err = tree_state_read(t->shelf.d, &t->state);

	if (err > 0)
		err = refuse(out_fault, "state", 0, "the state is missing or damaged");
	return err ? err : load(t, out_fault);
}

int tiler_open(struct tiler *t, struct disk *d, enum shelf_sync how, struct wal_fault *out_fault)
{
	int err;

	begin(t, d, how);
	err = remove_scratch(d);
	/* Names that a process before this one made and did not sync (of directories, of
	 * the state): this one would find them there and take them for durable. */
	if (!err)
		err = disk_syncfs(d);
	if (!err)
		err = load_state(t, out_fault);
	t->failed = err;
	return err;
}

int tiler_view(struct tiler *t, struct disk *d, struct wal_fault *out_fault)
{
	int err;

	begin(t, d, SHELF_SYNCFS);
	err = load_state(t, out_fault);
	t->failed = err ? err : -EROFS; /* it takes nothing */
	return err;
}

void tiler_done(struct tiler *t)
{
	if (t->is_reading)
		wal_reader_done(&t->log);
	buf_done(&t->bundle);
	mem_free(&t->tile);
}
