/*
 * Is:        fuzzing of the VTY grammar. The input is a line `1` or `2` (family), a
 *            reference, a line `---`, then typed lines. What is accepted must be
 *            accepted again, unchanged: the canonical text is a fixed point.
 * Is not:    linked into any program of the product.
 * Called by: libFuzzer or the replay.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include "base/assert.h"
#include "proto/vty.h"
#include "testing/fuzz.h"

static void count(void *arg, struct rd word, struct rd doc, bool is_keyword)
{
	(*(unsigned *)arg)++;
}

static void one_line(const struct vty *g, unsigned mode, struct rd line)
{
	AUTO(buf_done) struct buf first = { 0 }, second = { 0 };
	struct vty_command cmd;
	unsigned told = 0;

	buf_init(&first, 8192);
	buf_init(&second, 8192);
	ASSERT(vty_candidates(g, mode, line, count, &told) == told);
	if (vty_expand(g, mode, line, &first, &cmd) != 0) {
		ASSERT(first.len == 0);
		return;
	}
	/* A keyword that is the beginning of another and typed in full stays itself. */
	ASSERT(vty_expand(g, mode, buf_rd(&first), &second, &cmd) == 0);
	struct rd a = buf_rd(&first), b = buf_rd(&second);
	ASSERT(rd_equal(&a, &b));
}

/* The reference is what stands before the line `---`. */
static struct rd take_reference(struct rd *in)
{
	struct rd all = *in, line, out = all;
	size_t n = 0;

	while (rd_until(in, '\n', &line)) {
		if (rd_is(&line, "---")) {
			(void)!rd_slice(&all, 0, n, &out);
			return out;
		}
		n += line.len + 1;
	}
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(vty_free) struct vty *g = NULL;
	struct rd in = rd_of(data, size), family, line;
	uint32_t at;
	int rc;

	if (size > 4096 || !rd_until(&in, '\n', &family))
		return 0;
	g = vty_new(rd_is(&family, "1") ? VTY_OSMO : VTY_FRR);
	struct rd ref = take_reference(&in);
	rc = rd_is(&family, "1") ? vty_load_xml(g, ref, &at) : vty_load_list(g, ref, &at);
	if (rc)
		return 0;
	for (unsigned n = 0; n < 20 && rd_until(&in, '\n', &line); n++) {
		unsigned mode;
		if (vty_mode(g, rd_str(n % 2 ? "config" : "enable"), &mode))
			one_line(g, mode, line);
	}
	return 0;
}
