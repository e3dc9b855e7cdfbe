/*
 * Is:        a fuzz target: the files of a hostile log, a worker's messages and the
 *            state of a verification.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * Input: u8 entries of the log, u16 length of its one bundle, the bundle, its tile.
 */
#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "evidence/verify_tree.h"
#include "os/disk.h"
#include "testing/fuzz.h"

static struct rd bundle, tile;

static int mem_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	struct tile t;

	ASSERT(tile_path_parse(rd_str(path), &t) && t.index == 0);
	if (t.level != 0 && t.level != TILE_ENTRIES)
		return -ENOENT;
	*out_fd = t.level == 0;
	return 0;
}

static void mem_close(struct disk *d, int fd)
{
}

static int mem_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	struct rd r = fd ? tile : bundle;

	*out_n = r.len < n ? r.len : n;
	ASSERT(rd_copy(&r, out, *out_n));
	return 0;
}

/* What is found sound must be the tree over exactly the bundle's entries. */
static void check_log(uint64_t n)
{
	static const struct disk_ops ops = { .open = mem_open, .close = mem_close, .pread = mem_pread };
	static struct disk disk = { &ops };
	static struct verify_job job;
	struct verify_fault f;
	struct merkle_head made;
	struct rd r = bundle, entry;
	struct merkle m;
	struct hash h;

	if (!job.log.bytes)
		verify_log_init(&job.log, &disk, n, NULL);
	job.log.size = n;
	merkle_init(&m);
	for (uint64_t i = 0; i < n && bundle_next(&r, &entry); i++) {
		hash_leaf(entry, &h);
		merkle_append(&m, &h);
	}
	made.size = n;
	merkle_root(&m, &made.root);
	job.head = made;
	verify_tree_init(&job.tree);
	ASSERT(verify_all(&job, &f) == 0);
	if (f.kind == VERIFY_SOUND && n > 0)
		ASSERT(m.size == n && r.len == 0 && tile.len == n * sizeof(h.b));
}

static void check_text(struct rd in)
{
	AUTO(buf_done) struct buf b = { 0 };
	static struct verify_tree t;
	struct verify_span s;
	struct rd r = in, again;
	struct wr w;

	buf_init(&b, VERIFY_STATE_MAX);
	w = wr_to(&b);
	if (verify_tree_parse(in, &t)) {
		wr_verify_tree(&w, &t);
		again = buf_rd(&b);
		ASSERT(wr_ok(&w) && rd_equal(&again, &in));
	} else if (verify_span_parse(&r, &s)) {
		wr_verify_fault(&w, &s.fault);
		ASSERT(wr_ok(&w));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	uint16_t len;
	uint8_t n;

	check_text(in);
	if (!rd_u8(&in, &n) || !rd_u16(&in, &len) || !rd_take(&in, len, &bundle))
		return 0;
	tile = in;
	check_log(n);
	return 0;
}
