/*
 * Is:        deriving bundles, tiles and the state (contract in the header).
 * Is not:    loading and reading them (tile_source.c).
 * Called by: evidenced; tests.
 * Owns:      as in the header.
 * Trust:     the log's entries are any bytes.
 */
#include "evidence/tiler.h"

#include "base/assert.h"
#include "base/mem.h"
#include "evidence/wal.h"

/* The root of a full tile: the hash that it is at the level above. */
static void tile_root(const struct tile *t, struct hash *out)
{
	struct hash h[TILE_WIDTH / 2];

	for (unsigned i = 0; i < TILE_WIDTH / 2; i++)
		hash_node(&t->h[2 * i], &t->h[2 * i + 1], &h[i]);
	for (unsigned n = TILE_WIDTH / 4; n > 0; n /= 2)
		for (unsigned i = 0; i < n; i++)
			hash_node(&h[2 * i], &h[2 * i + 1], &h[i]);
	*out = h[0];
}

static uint64_t tile_index(const struct tiler *t, unsigned level)
{
	return level + 1 < TILE_LEVELS ? t->size >> (8 * (level + 1)) : 0;
}

static int put_tile(struct tiler *t, unsigned level, uint64_t index)
{
	struct tile *tile = &t->tile[level];
	char path[DISK_PATH_MAX];

	shelf_path(path, (int)level, index, tile->n);
	return shelf_put(&t->shelf, path, rd_of(tile->h, tile->n * sizeof(struct hash)));
}

static int put_bundle(struct tiler *t, uint64_t index)
{
	char path[DISK_PATH_MAX];

	shelf_path(path, TILE_ENTRIES, index, t->tile[0].n);
	return shelf_put(&t->shelf, path, buf_rd(&t->bundle));
}

/* Writes the full tile of `level` and empties it; its partials become stale. */
static int finish_tile(struct tiler *t, unsigned level)
{
	struct tile *tile = &t->tile[level];
	uint64_t index = tile_index(t, level) - 1; /* `size` has passed it already */
	int err = put_tile(t, level, index);

	if (tile->stored) {
		t->stale[level] = index + 1;
		if (level == 0)
			t->stale[TILE_LEVELS] = index + 1;
	}
	tile->n = 0;
	tile->stored = 0;
	return err;
}

/* tile[0] has 256 leaves. Bundle before tiles, lower tiles before higher. */
static int finish_tiles(struct tiler *t)
{
	int err = put_bundle(t, (t->size >> 8) - 1);

	buf_reset(&t->bundle);
	for (unsigned level = 0; !err && t->tile[level].n == TILE_WIDTH; level++) {
		struct hash root;
		ASSERT(level + 1 < TILE_LEVELS);
		tile_root(&t->tile[level], &root);
		err = finish_tile(t, level);
		struct tile *up = &t->tile[level + 1];
		up->h[up->n++] = root;
	}
	return err;
}

/* Takes entries of t->rest until the bundle is full. */
static int take_run(struct tiler *t)
{
	struct tile *leaves = &t->tile[0];
	struct rd before = t->rest, run, entry;

	for (; t->n_rest > 0 && leaves->n < TILE_WIDTH; t->n_rest--) {
		if (!rd_part16(&t->rest, WAL_ENTRY_MAX, &entry))
			return WAL_CORRUPT;
		hash_leaf(entry, &leaves->h[leaves->n++]);
		t->size++;
	}
	ASSERT(rd_slice(&before, 0, before.len - t->rest.len, &run));
	ASSERT(buf_put_rd(&t->bundle, run));
	return leaves->n == TILE_WIDTH ? finish_tiles(t) : 0;
}

static int next_group(struct tiler *t, uint64_t durable)
{
	int err = 0;

	if (!t->is_reading) {
		err = wal_reader_open(&t->log, t->shelf.d, t->size);
		t->is_reading = true;
	}
	return err ? err : wal_reader_next(&t->log, durable, &t->rest, &t->n_rest);
}

/* Forwards, and remembers that this tiler has ended. */
static int end(struct tiler *t, int err)
{
	if (err && !t->failed)
		t->failed = err;
	return err;
}

int tiler_step(struct tiler *t, uint64_t durable, uint64_t n, struct wal_fault *out_fault)
{
	uint64_t until = t->size + n;

	while (!t->failed && t->size < until && t->size < durable) {
		int err = t->n_rest ? 0 : next_group(t, durable);
		if (!err)
			err = take_run(t);
		if (err == WAL_CORRUPT) {
			wal_segment_path(out_fault->file, t->log.number);
			out_fault->off = t->log.off;
			out_fault->why = "durable entries cannot be read back";
		}
		(void)end(t, err);
	}
	return t->failed;
}

/* The root from the unfinished tiles: tile[L] holds the subtrees of 256^L leaves
 * that the digits of `size` to the base 256 count. */
static void current_root(const struct tiler *t, struct hash *out)
{
	struct merkle all = { .size = t->size };

	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct merkle digit;
		merkle_init(&digit);
		for (unsigned i = 0; i < t->tile[level].n; i++)
			merkle_append(&digit, &t->tile[level].h[i]);
		for (unsigned bit = 0; bit < 8; bit++)
			all.edge[8 * level + bit] = digit.edge[bit];
	}
	merkle_root(&all, out);
}

static int put_partials(struct tiler *t)
{
	int err = 0;

	if (t->tile[0].n != t->tile[0].stored)
		err = put_bundle(t, t->size >> 8);
	for (unsigned level = 0; !err && level < TILE_LEVELS; level++) {
		struct tile *tile = &t->tile[level];
		if (tile->n == tile->stored)
			continue;
		err = put_tile(t, level, tile_index(t, level));
		tile->stored = tile->n;
	}
	return err;
}

int tiler_settle(struct tiler *t, struct tree_state *out)
{
	struct tree_state s = t->state;
	int err;

	if (t->failed)
		return t->failed;
	if (t->size == t->state.size) {
		*out = t->state;
		return 0;
	}
	ASSERT(t->size > t->state.size);
	s.size = t->size;
	current_root(t, &s.root);
	err = put_partials(t);
	if (!err)
		err = shelf_sync(&t->shelf);
	if (!err)
		err = tree_state_write(t->shelf.d, &s);
	if (err)
		return end(t, err);
	t->state = s;
	*out = s;
	return 0;
}

int tiler_publish(struct tiler *t, struct rd checkpoint)
{
	int err;

	if (t->failed)
		return t->failed;
	err = disk_replace(t->shelf.d, "tmp/checkpoint", "checkpoint", checkpoint);
	if (err)
		return end(t, err);
	t->published = t->state.size;
	for (int level = 0; !err && level <= TILE_LEVELS; level++) {
		uint64_t index = t->stale[level];
		if (index && (index << 8) <= t->published >> (level < TILE_LEVELS ? 8 * level : 0)) {
			err = shelf_remove_partials(&t->shelf,
			    level < TILE_LEVELS ? level : TILE_ENTRIES, index - 1);
			t->stale[level] = 0;
		}
	}
	return end(t, err);
}
