/*
 * Is:        the fuzz target of the inspector: lengths are kept, masking changes
 *            nothing but digits and letters, orders follow one another; what is left out
 *            because it was read elsewhere changes nothing, and nor do cuts.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "inspect/inspector_priv.h"
#include "inspect/test_collect.h"
#include "testing/fuzz.h"

enum { OUT_MAX = 1 << 21 };

static void some_member(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		uint8_t last = a->value.len ? a->value.p[a->value.len - 1] : 0;
		a->membership = last % 3 == 2 ? MEMBERSHIP_UNKNOWN :
		    a->kind == SCAN_MSISDN && last % 3 ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
		a->person = last;
	}
}

/* The session that the bytes describe; what was let go is in `out`, which is given. */
static void session(const struct inspector_options *o, const uint8_t *data, size_t size, bool apart, struct buf *out, struct inspect_figures *f)
{
	struct inspector *in = inspector_new(o);
	struct rd rest = rd_of(data, size), piece;
	enum inspect_why why;
	uint64_t now = 0;

	in->apart = apart;
	buf_init(out, OUT_MAX);
	for (uint8_t n; rd_u8(&rest, &n);) {
		if (!rd_take(&rest, n < rest.len ? n : rest.len, &piece))
			break;
		now += (uint64_t)n * 1000000;
		if (inspector_put(in, piece, now, out, &why) == INSPECT_HOLD && n % 2)
			inspector_resume(in, 1000, UINT64_MAX, out);
		if (n % 8 == 0)
			(void)!inspector_tick(in, now + INSPECTOR_NUMBER_NS, out, &why);
		if (n % 32 == 1)
			inspector_resize(in, n, n);
	}
	while (inspector_end(in, out, &why) == INSPECT_HOLD)
		inspector_resume(in, 0, UINT64_MAX, out);
	ASSERT(out->len <= size);
	inspector_figures(in, f);
	inspector_free(&in);
}

/* What is not scanned because it was scanned elsewhere makes no difference. */
static void compare_readings(struct inspector_options o, const uint8_t *data, size_t size)
{
	struct inspect_figures once, twice;
	struct buf a, b;

	o.member = NULL;
	session(&o, data, size, false, &a, &once);
	session(&o, data, size, true, &b, &twice);
	const struct rd x = buf_rd(&a), y = buf_rd(&b);
	ASSERT(rd_equal(&x, &y));
	ASSERT(once.persons == twice.persons && once.masked == twice.masked && once.novel == twice.novel);
	buf_done(&a);
	buf_done(&b);
}

/* All at one time, in pieces of `most`. */
static struct inspect_figures figures_of(const struct inspector_options *o, struct rd bytes, size_t most)
{
	struct inspector *in = inspector_new(o);
	struct inspect_figures f;
	enum inspect_why why;
	struct rd piece;
	struct buf out;

	buf_init(&out, OUT_MAX);
	while (bytes.len && rd_take(&bytes, most < bytes.len ? most : bytes.len, &piece))
		ASSERT(inspector_put(in, piece, 0, &out, &why) == INSPECT_RELEASE);
	ASSERT(inspector_end(in, &out, &why) == INSPECT_RELEASE);
	inspector_figures(in, &f);
	inspector_free(&in);
	buf_done(&out);
	return f;
}

/* Where nothing is held, what counts does not depend on how the stream came. */
static void compare_cuts(struct inspector_options o, struct rd bytes)
{
	struct inspect_figures whole, cut;

	o.mask = false;
	o.most_persons = 0;
	o.most_opaque = UINT64_MAX;
	whole = figures_of(&o, bytes, bytes.len);
	for (size_t most = 1; most < bytes.len; most = most * 7 + bytes.len % 7) {
		cut = figures_of(&o, bytes, most);
		ASSERT(whole.persons == cut.persons && whole.decoded == cut.decoded && whole.weak == cut.weak);
		ASSERT(whole.opaque == cut.opaque && whole.novel == cut.novel && whole.ceiling == cut.ceiling);
		for (size_t k = 0; k < VERDICTS; k++)
			ASSERT(whole.verdict[k] == cut.verdict[k]);
		for (size_t k = 0; k < SCAN_KINDS; k++)
			ASSERT(whole.kind[k] == cut.kind[k]);
		for (size_t k = 0; k < DATA_CLASSES; k++)
			ASSERT(whole.data[k] == cut.data[k]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct inspector_options o = {
		.plan = collect_plan(), .member = some_member, .screen = size % 3 != 0, .rows = 5,
		.cols = (unsigned)(size % 40) + 1, .mask = size % 2, .most_persons = size % 5,
		.most_opaque = size % 7 ? UINT64_MAX : 100, .waits = size % 2, .numbers = size % 11 == 0,
	};
	struct inspect_figures f;
	struct buf out;

	session(&o, data, size, false, &out, &f);
	buf_done(&out);
	compare_readings(o, data, size);
	compare_cuts(o, rd_of(data, size));
	return 0;
}
