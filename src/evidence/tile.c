/*
 * Is:        the tiles and entry bundles of a log (contract in the header).
 * Is not:    files.
 * Called by: the log, the server of tiles, the verifier.
 * Owns:      nothing.
 * Trust:     hostile paths and bytes.
 */
#include "evidence/tile.h"

#include "base/assert.h"
#include "crypto/sha256.h"
#include "base/buf.h"
#include "base/text.h"

enum { LEVEL_BITS = 8 };

uint64_t tile_hashes(unsigned level, uint64_t size)
{
	return level < TILE_LEVELS ? size >> (level * LEVEL_BITS) : 0;
}

bool tile_partial(unsigned level, uint64_t size, struct tile *out)
{
	uint64_t n = tile_hashes(level, size);

	if (n % TILE_WIDTH == 0)
		return false;
	*out = (struct tile){ .level = (uint8_t)level,
		.index = n / TILE_WIDTH,
		.width = (uint16_t)(n % TILE_WIDTH) };
	return true;
}

/* Groups of three digits, all but the last with an x: 1234067 is x001/x234/067. */
static void wr_index(struct wr *w, uint64_t index)
{
	unsigned group[7], n = 0;

	do {
		group[n++] = (unsigned)(index % 1000);
		index /= 1000;
	} while (index);
	while (n > 1)
		wr_text(w, "x%03u/", group[--n]);
	wr_text(w, "%03u", group[0]);
}

void wr_tile_path(struct wr *w, struct tile t)
{
	ASSERT(t.width > 0 && t.width <= TILE_WIDTH);
	wr_str(w, "tile/");
	if (t.level == TILE_ENTRIES)
		wr_str(w, "entries");
	else
		wr_dec(w, t.level);
	wr_str(w, "/");
	wr_index(w, t.index);
	if (t.width < TILE_WIDTH)
		wr_text(w, ".p/%u", t.width);
}

void tile_path(struct tile t, char out[TILE_PATH_MAX])
{
	AUTO(buf_done) struct buf b = { 0 };
	struct wr w;
	struct rd r;

	buf_init(&b, TILE_PATH_MAX - 1);
	w = wr_to(&b);
	wr_tile_path(&w, t);
	ASSERT(wr_ok(&w));
	r = buf_rd(&b);
	out[r.len] = '\0';
	ASSERT(rd_copy(&r, (uint8_t *)out, r.len));
}

static bool take_level(struct rd *path, uint8_t *out)
{
	struct rd word;
	uint64_t v;

	if (!rd_until(path, '/', &word))
		return false;
	if (rd_is(&word, "entries")) {
		*out = TILE_ENTRIES;
		return true;
	}
	if (!text_u64(word, &v) || v >= TILE_LEVELS)
		return false;
	*out = (uint8_t)v;
	return true;
}

static bool take_group(struct rd *path, uint64_t *out)
{
	uint64_t v = 0;
	uint8_t c;

	for (int i = 0; i < 3; i++) {
		if (!rd_u8(path, &c) || c < '0' || c > '9')
			return false;
		v = v * 10 + (uint64_t)(c - '0');
	}
	*out = v;
	return true;
}

static bool take_index(struct rd *path, uint64_t *out)
{
	uint64_t v = 0, group;
	bool more = true;

	while (more) {
		more = rd_word(path, "x");
		if (!take_group(path, &group) || (more && !rd_word(path, "/")))
			return false;
		/* A group of zeros in front would be a second spelling. */
		if (more && v == 0 && group == 0)
			return false;
		if (__builtin_mul_overflow(v, 1000u, &v) ||
		    __builtin_add_overflow(v, group, &v))
			return false;
	}
	*out = v;
	return true;
}

bool tile_path_parse(struct rd path, struct tile *out)
{
	struct tile t = { .width = TILE_WIDTH };
	uint64_t width;

	if (!rd_word(&path, "tile/") || !take_level(&path, &t.level) ||
	    !take_index(&path, &t.index) || t.index > MERKLE_SIZE_MAX / TILE_WIDTH)
		return false;
	if (rd_word(&path, ".p/")) {
		if (!text_u64(path, &width) || width == 0 || width >= TILE_WIDTH)
			return false;
		t.width = (uint16_t)width;
	} else if (path.len != 0) {
		return false;
	}
	*out = t;
	return true;
}

bool bundle_next(struct rd *bundle, struct rd *entry)
{
	return rd_part16(bundle, ENTRY_MAX, entry);
}

bool bundle_leaves(struct rd bundle, size_t held, size_t width, struct hash *out)
{
	struct rd entry[TILE_WIDTH];

	ASSERT(width <= held && held <= TILE_WIDTH);
	for (size_t i = 0; i < held; i++)
		if (!bundle_next(&bundle, &entry[i]))
			return false;
	if (bundle.len)
		return false;
	hash_leaves(entry, width, out);
	return true;
}

/* The nodes over h[2i] and h[2i + 1] into h[i], for i below `n`. */
static void nodes_above(struct hash *h, size_t n)
{
	struct rd pair[TILE_WIDTH / 2];

	for (size_t i = 0; i < n; i++)
		pair[i] = rd_of(h[2 * i].b, 2 * sizeof(*h));
	sha256_many(0x01, pair, n, h->b);
}

void tile_root(struct hash *h, size_t width, struct hash *out)
{
	ASSERT(width > 0 && width <= TILE_WIDTH && (width & (width - 1)) == 0);
	for (; width > 1; width /= 2)
		nodes_above(h, width / 2);
	*out = h[0];
}
