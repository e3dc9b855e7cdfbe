/*
 * Is:        a fuzz target: uploads to a mirror, and what it says that it has.
 * Is not:    linked into the product.
 * Called by: libFuzzer, the test run.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "base/buf.h"
#include "evidence/mirror.h"
#include "testing/fuzz.h"

/* What was read is written again: the same bytes. */
static void check_upload(struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct mirror_package p;
	struct mirror_upload u;
	struct rd again;

	if (!mirror_upload_parse(raw, &u))
		return;
	uint64_t at = u.start;
	buf_init(&b, raw.len + 1);
	struct wr w = wr_to(&b);
	wr_mirror_upload(&w, u.origin, u.start, u.end, u.ticket);
	while (mirror_package_next(&u, &at, &p)) {
		ASSERT(p.covers.begin <= p.from && p.from < p.covers.end && p.covers.end == at && at <= u.end);
		wr_mirror_package(&w, p.entries, &p.proof);
	}
	wr_bytes(&w, u.packages); /* what is no package */
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &raw));
}

static void check_info(struct rd raw)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct mirror_info info;
	struct rd again;

	if (!mirror_info_parse(raw, &info))
		return;
	buf_init(&b, MIRROR_INFO_MAX);
	struct wr w = wr_to(&b);
	wr_mirror_info(&w, &info);
	again = buf_rd(&b);
	ASSERT(wr_ok(&w) && rd_equal(&again, &raw));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_upload(rd_of(data, size));
	check_info(rd_of(data, size));
	return 0;
}
