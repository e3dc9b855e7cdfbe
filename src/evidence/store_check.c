/*
 * Is:        the naive check of tiles and bundles (contract in the header).
 * Is not:    linked into any program of the product.
 * Called by: tests of the store.
 * Owns:      nothing.
 * Trust:     the files are what is on trial.
 */
#include "evidence/store_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/wr.h"
#include "crypto/sha256.h"

static void naive_node(const struct hash *l, const struct hash *r, struct hash *out)
{
	AUTO(buf_done) struct buf raw = { 0 };
	struct wr w = wr_to(&raw);

	buf_init(&raw, 65);
	wr_u8(&w, 1);
	wr_bytes(&w, rd_of(l->b, 32));
	wr_bytes(&w, rd_of(r->b, 32));
	ASSERT(wr_ok(&w));
	sha256_of(buf_rd(&raw), out->b);
}

void store_root(const struct hash *leaf, uint64_t n, struct hash *out)
{
	struct hash l, r;
	uint64_t k = 1;

	if (n == 0) {
		sha256_of(rd_of(NULL, 0), out->b);
		return;
	}
	if (n == 1) {
		*out = leaf[0];
		return;
	}
	while (k * 2 < n)
		k *= 2;
	store_root(leaf, k, &l);
	store_root(leaf + k, n - k, &r);
	naive_node(&l, &r, out);
}

struct hash *store_leaves(struct store_entries *e, uint64_t n)
{
	struct hash *leaf = mem_new(n + 1, sizeof(*leaf));
	AUTO(buf_done) struct buf raw = { 0 };
	struct wr w = wr_to(&raw);

	buf_init(&raw, 65536);
	for (uint64_t i = 0; i < n; i++) {
		buf_reset(&raw);
		wr_u8(&w, 0);
		wr_bytes(&w, e->entry(e, i));
		ASSERT(wr_ok(&w));
		sha256_of(buf_rd(&raw), leaf[i].b);
	}
	return leaf;
}

static void path_of(char out[DISK_PATH_MAX], const char *folder, uint64_t n, unsigned width)
{
	char number[64], rest[64], suffix[16] = "";

	(void)snprintf(number, sizeof(number), "%03" PRIu64, n % 1000);
	for (n /= 1000; n; n /= 1000) {
		(void)snprintf(rest, sizeof(rest), "%s", number);
		(void)snprintf(number, sizeof(number), "x%03" PRIu64 "/%.40s", n % 1000, rest);
	}
	if (width < 256)
		(void)snprintf(suffix, sizeof(suffix), ".p/%u", width);
	(void)snprintf(out, DISK_PATH_MAX, "tile/%s/%s%s", folder, number, suffix);
}

/* Up to `max` bytes of the file; -1 when it cannot be read. */
static long slurp(struct disk *d, const char *path, uint8_t *out, size_t max)
{
	size_t n = 0;

	return disk_read(d, path, 0, out, max, &n) ? -1 : (long)n;
}

/* Tiles of `level` over `n` hashes `h`: full ones and the partial. */
static bool tiles_hold(struct disk *d, unsigned level, const struct hash *h, uint64_t n,
    char why[256])
{
	uint8_t got[8193];
	char folder[16], path[DISK_PATH_MAX];

	(void)snprintf(folder, sizeof(folder), "%u", level);
	for (uint64_t i = 0; i < n; i += 256) {
		unsigned width = n - i < 256 ? (unsigned)(n - i) : 256;
		path_of(path, folder, i / 256, width);
		long len = slurp(d, path, got, sizeof(got));
		if (len != (long)width * 32 || memcmp(got, h + i, (size_t)len) != 0) {
			(void)snprintf(why, 256, "%s is missing or wrong (%ld bytes)", path, len);
			return false;
		}
	}
	return true;
}

static bool bundle_holds(struct disk *d, struct store_entries *e, uint64_t first, unsigned width,
    uint8_t *got)
{
	char path[DISK_PATH_MAX];
	struct rd r, entry, want;
	long len;

	path_of(path, "entries", first / 256, width);
	len = slurp(d, path, got, 256 * 65537 + 1);
	if (len < 0)
		return false;
	r = rd_of(got, (size_t)len);
	for (unsigned i = 0; i < width; i++) {
		want = e->entry(e, first + i);
		if (!rd_part16(&r, 65535, &entry) || !rd_equal(&entry, &want))
			return false;
	}
	return r.len == 0;
}

static bool bundles_hold(struct disk *d, struct store_entries *e, uint64_t size, char why[256])
{
	uint8_t *got = mem_resize(NULL, 256 * 65537 + 1, 1);
	bool ok = true;

	for (uint64_t i = 0; ok && i < size; i += 256) {
		unsigned width = size - i < 256 ? (unsigned)(size - i) : 256;
		ok = bundle_holds(d, e, i, width, got);
		if (!ok)
			(void)snprintf(why, 256, "bundle of %" PRIu64 ", width %u, is wrong", i,
			    width);
	}
	mem_free(&got);
	return ok;
}

const char *store_check(struct disk *d, struct store_entries *e, const struct hash *leaf,
    uint64_t size, char why[256])
{
	struct hash *h = mem_new(size + 1, sizeof(*h));
	uint64_t n = size;
	bool ok;

	for (uint64_t i = 0; i < n; i++)
		h[i] = leaf[i];
	ok = bundles_hold(d, e, size, why);
	for (unsigned level = 0; ok && n > 0; level++) {
		ok = tiles_hold(d, level, h, n, why);
		for (uint64_t i = 0; i < n / 256; i++) {
			struct hash root;
			store_root(h + i * 256, 256, &root);
			h[i] = root; /* slot i is behind what is still to be read */
		}
		n /= 256;
	}
	mem_free(&h);
	return ok ? NULL : why;
}
