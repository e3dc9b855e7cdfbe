/*
 * Is:        the fuzz target of the inspector: lengths are kept, masking changes
 *            nothing but digits and letters, orders follow one another; what is left out
 *            because it was read elsewhere changes nothing.
 * Is not:    part of the product.
 * Called by: libFuzzer, fuzz_replay.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "inspect/inspector_priv.h"
#include "inspect/plan.h"
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

static const struct plan *the_plan(void)
{
	static struct plan *p;
	struct plan_error e;

	if (!p && plan_parse(plan_default_text(), &p, &e) != 0)
		abort();
	return p;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct inspector_options o = {
		.plan = the_plan(), .member = some_member, .screen = size % 3 != 0, .rows = 5,
		.cols = (unsigned)(size % 40) + 1, .mask = size % 2, .most_persons = size % 5,
		.most_opaque = size % 7 ? UINT64_MAX : 100, .numbers = size % 11 == 0,
	};
	struct inspect_figures f;
	struct buf out;

	session(&o, data, size, false, &out, &f);
	buf_done(&out);
	compare_readings(o, data, size);
	return 0;
}
