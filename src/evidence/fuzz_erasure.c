/*
 * Is:        a fuzz target: records of erasures and the file "erased"; and what an officer signs
 *            to let a log go on, with the file beside it.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * The first byte chooses: 'e' a record, 'f' the file, anything else texts about a contradiction.
 */
#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/buf.h"
#include "evidence/erasure.h"
#include "evidence/split_view.h"
#include "evidence/tile.h"
#include "evidence/verify.h"
#include "os/disk.h"
#include "testing/fuzz.h"

/* A disk on which "erased" and every bundle hold the input. */
static struct rd content;

static int any_open(struct disk *d, const char *path, enum disk_mode mode, int *out_fd)
{
	*out_fd = 0;
	return strncmp(path, "tile/", 5) == 0 && content.len % 2 ? -ENOENT : 0;
}

static void any_close(struct disk *d, int fd)
{
}

static int any_pread(struct disk *d, int fd, uint64_t off, uint8_t *out, size_t n, size_t *out_n)
{
	struct rd r = content;

	*out_n = r.len < n ? r.len : n;
	ASSERT(rd_copy(&r, out, *out_n));
	return 0;
}

static int any_size(struct disk *d, int fd, uint64_t *out)
{
	*out = content.len;
	return 0;
}

static const struct disk_ops ops = { .open = any_open, .close = any_close, .pread = any_pread, .size = any_size };
static struct disk disk = { &ops };

static void record(struct rd entry)
{
	AUTO(erasure_done) struct erasure e = { .gone = { .ranges = { 0 } } };
	struct erasure_range r;
	uint64_t index;

	erasure_init(&e);
	if (!erasure_parse(entry, &r))
		return;
	ASSERT(erasure_may_say(entry) && r.first < r.end && r.end <= r.record && r.first % TILE_WIDTH == 0 && r.end % TILE_WIDTH == 0);
	erasure_say(&e, &r);
	erasure_gone_add(&e.gone, r.first, r.first + TILE_WIDTH);
	ASSERT(erasure_judge(&e, &index) && e.told.n == 1);
	/* Nothing behind its end is covered. */
	erasure_gone_add(&e.gone, r.end, r.end + TILE_WIDTH);
	ASSERT(!erasure_judge(&e, &index) && index == r.end);
}

static void file(struct rd text)
{
	AUTO(erasure_done) struct erasure e = { .gone = { .ranges = { 0 } } };
	AUTO(verify_log_done) struct verify_log v = { .size = 0 };

	content = text;
	erasure_init(&e);
	verify_log_init(&v, &disk, 600, NULL);
	if (!erasure_load(&e, &v))
		ASSERT(e.said.n == 0);
}

static void texts(struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd note, again;
	struct reopen r;

	(void)!split_view_theirs(text, &note);
	if (!reopen_parse(text, &r))
		return;
	buf_init(&b, REOPEN_TEXT_MAX);
	struct wr w = wr_to(&b);
	wr_reopen(&w, &r);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);

	if (rd_word(&in, "e"))
		record(in);
	else if (rd_word(&in, "f"))
		file(in);
	else
		texts(in);
	return 0;
}
