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

/* The tile of `level` that the leaf `size` would go into. */
static struct tile edge_of(uint64_t size, unsigned level, unsigned width)
{
	return (struct tile){
		.level = (uint8_t)level,
		.index = size >> 8 >> (8 * level),
		.width = (uint16_t)width,
	};
}

/* The bundle of the same leaf. */
static struct tile bundle_of(uint64_t size, unsigned width)
{
	return (struct tile){ .level = TILE_ENTRIES, .index = size >> 8, .width = (uint16_t)width };
}

static int put_tile(struct tiler *t, struct tile where)
{
	struct edge_tile *tile = &t->tile[where.level];

	return shelf_put(&t->shelf, where, rd_of(tile->h, tile->n * sizeof(struct hash)));
}

/* Writes the full tile of `level` and empties it; its partials become stale. */
static int finish_tile(struct tiler *t, unsigned level)
{
	struct edge_tile *tile = &t->tile[level];
	struct tile full = edge_of(t->size - 1, level, TILE_WIDTH); /* `size` has passed it */
	int err = put_tile(t, full);

	if (tile->stored) {
		t->stale[level] = full.index + 1;
		if (level == 0)
			t->stale[TILE_LEVELS] = full.index + 1;
	}
	tile->n = 0;
	tile->stored = 0;
	return err;
}

/* tile[0] has 256 leaves. Bundle before tiles, lower tiles before higher. */
static int finish_tiles(struct tiler *t)
{
	struct hash scratch[TILE_WIDTH], root;
	int err = shelf_put(&t->shelf, bundle_of(t->size - 1, TILE_WIDTH), buf_rd(&t->bundle));

	buf_reset(&t->bundle);
	for (unsigned level = 0; !err && t->tile[level].n == TILE_WIDTH; level++) {
		ASSERT(level + 1 < TILE_LEVELS);
		for (unsigned i = 0; i < TILE_WIDTH; i++)
			scratch[i] = t->tile[level].h[i];
		tile_root(scratch, TILE_WIDTH, &root);
		err = finish_tile(t, level);
		struct edge_tile *up = &t->tile[level + 1];
		up->h[up->n++] = root;
	}
	return err;
}

/* Takes entries of t->rest until the bundle is full. */
static int take_run(struct tiler *t)
{
	struct edge_tile *leaves = &t->tile[0];
	struct rd before = t->rest, run, entry[TILE_WIDTH];
	uint32_t n = 0;

	for (; t->n_rest > 0 && leaves->n + n < TILE_WIDTH; t->n_rest--)
		if (!rd_part16(&t->rest, WAL_ENTRY_MAX, &entry[n++]))
			return WAL_CORRUPT;
	hash_leaves(entry, n, &leaves->h[leaves->n]);
	leaves->n += n;
	t->size += n;
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
	unsigned n = t->tile[0].n;
	int err = 0;

	if (n != t->tile[0].stored)
		err = shelf_put(&t->shelf, bundle_of(t->size, n), buf_rd(&t->bundle));
	for (unsigned level = 0; !err && level < TILE_LEVELS; level++) {
		struct edge_tile *tile = &t->tile[level];
		if (tile->n == tile->stored)
			continue;
		err = put_tile(t, edge_of(t->size, level, tile->n));
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

/* Partials of what is full under the published checkpoint. */
static int remove_stale(struct tiler *t)
{
	int err = 0;

	for (unsigned k = 0; !err && k <= TILE_LEVELS; k++) {
		struct tile full = { .index = t->stale[k] - 1, .width = TILE_WIDTH,
			.level = (uint8_t)(k < TILE_LEVELS ? k : TILE_ENTRIES) };
		unsigned level = k < TILE_LEVELS ? k : 0;
		if (t->stale[k] == 0 || full.index >= t->published >> 8 >> (8 * level))
			continue;
		err = shelf_remove_partials(&t->shelf, full);
		t->stale[k] = 0;
	}
	return err;
}

int tiler_publish(struct tiler *t, struct rd checkpoint)
{
	int err;

	if (t->failed)
		return t->failed;
	err = disk_replace(t->shelf.d, "tmp/checkpoint", t->checkpoint, checkpoint);
	if (err)
		return end(t, err);
	t->published = t->state.size;
	return end(t, remove_stale(t));
}
