/*
 * Is:        for tests: the plan that is built in; findings written down as text, one a line, sorted.
 * Is not:    linked into the product.
 * Called by: the tests of what judges or inspects.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/plan.h"
#include "inspect/scan.h"

enum { COLLECT_MAX = 4096, COLLECT_LINE = 320 };

struct collect {
	size_t n;
	char line[COLLECT_MAX][COLLECT_LINE];
};

static inline void collect_add(void *ctx, const struct scan_finding *f)
{
	struct collect *c = ctx;

	if (c->n < COLLECT_MAX)
		(void)snprintf(c->line[c->n++], COLLECT_LINE, "%08" PRIu64 "+%" PRIu32 " %s %s %s %.*s", f->offset,
			       f->len, scan_kind_name(f->kind), scan_form_name(f->form),
			       f->in_plan ? "plan" : "shape", (int)f->value.len, (const char *)f->value.p);
}

static inline int collect_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

static inline void collect_sort(struct collect *c)
{
	qsort(c->line, c->n, COLLECT_LINE, collect_order);
}

static inline struct plan *collect_plan(void)
{
	static struct plan *p;
	struct plan_error err;

	if (!p && plan_parse(plan_default_text(), &p, &err) != 0)
		abort();
	return p;
}

/* Scans `r` in one piece. */
static inline void collect_whole(struct collect *c, struct rd r, unsigned opts)
{
	struct scan s;

	c->n = 0;
	scan_init(&s, collect_plan(), opts, collect_add, c);
	scan_feed(&s, r);
	scan_end(&s);
	collect_sort(c);
}
