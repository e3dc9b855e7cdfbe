/*
 * Is:        the fuzz target of captures: any file, of any format, in any chunks, comes to
 *            the same figures.
 * Is not:    a check of what is found (test_capture.c).
 * Called by: the fuzzer and every test run.
 * Owns:      nothing.
 * Trust:     hostile bytes, which is the point.
 */
#include "base/assert.h"
#include "inspect/capture.h"
#include "inspect/test_collect.h"
#include "testing/fuzz.h"

static void read_all(enum capture_format format, struct rd in, size_t chunk, struct capture_figures *f)
{
	const struct inspector_options o = { .plan = collect_plan(), .most_opaque = UINT64_MAX, .rows = 5, .cols = 40 };
	AUTO(capture_free) struct capture *c = capture_new(format, &o);
	struct rd part;

	while (in.len && rd_take(&in, in.len < chunk ? in.len : chunk, &part))
		capture_feed(c, part);
	capture_end(c);
	capture_figures(c, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(data, size);
	struct capture_figures whole, parts;
	uint8_t first;

	if (!rd_u8(&in, &first))
		return 0;
	enum capture_format format = (enum capture_format)(first % CAPTURE_FORMATS);
	(void)capture_guess(in, "");
	read_all(format, in, size, &whole);
	read_all(format, in, 7, &parts);
	ASSERT(whole.lines == parts.lines && whole.as_text == parts.as_text && whole.as_text <= whole.lines);
	/* a screen that is read between two chunks may show what one chunk overwrites */
	if (format == CAPTURE_CSV || format == CAPTURE_JSONL)
		ASSERT(whole.seen.persons == parts.seen.persons);
	return 0;
}
