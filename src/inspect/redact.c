/*
 * Is:        text with its identifiers replaced by their kind (inspect_redact).
 * Is not:    masking of a stream (inspector.h).
 * Called by: whoever writes a command's text into a record or onto a screen.
 * Owns:      nothing.
 * Trust:     hostile text. Where findings overlap the longer one names the place.
 */
#include "inspect/inspector.h"

#include "base/wr.h"

enum { SPANS_MAX = 256 };

struct span {
	uint64_t from;
	uint32_t len;
	enum scan_kind kind;
};

struct spans {
	struct span s[SPANS_MAX];
	unsigned n;
	bool full;
};

static void add(void *ctx, const struct scan_finding *f)
{
	struct spans *s = ctx;
	unsigned at;

	if (s->n == SPANS_MAX) {
		s->full = true;
		return;
	}
	for (at = s->n; at > 0 && s->s[at - 1].from > f->offset; at--)
		s->s[at] = s->s[at - 1];
	s->s[at] = (struct span){ f->offset, f->len, f->kind };
	s->n++;
}

/* The span that names the place where span `i` begins, and the end of all that overlap. */
static unsigned overlapping(const struct spans *s, unsigned i, unsigned *longest, uint64_t *end)
{
	unsigned k = i + 1;

	*longest = i;
	*end = s->s[i].from + s->s[i].len;
	for (; k < s->n && s->s[k].from < *end; k++) {
		if (s->s[k].len > s->s[*longest].len)
			*longest = k;
		if (s->s[k].from + s->s[k].len > *end)
			*end = s->s[k].from + s->s[k].len;
	}
	return k;
}

bool inspect_redact(const struct plan *plan, struct rd text, struct buf *out)
{
	struct spans found = { .n = 0 };
	struct wr w = wr_to(out);
	struct scan scan;
	uint64_t at = 0, end;
	struct rd part;

	scan_init(&scan, plan, 0, add, &found);
	scan_feed(&scan, text);
	scan_end(&scan);
	if (found.full)
		return false;
	for (unsigned i = 0, longest; i < found.n;) {
		uint64_t from = found.s[i].from;

		i = overlapping(&found, i, &longest, &end);
		if (rd_slice(&text, at, from - at, &part))
			wr_bytes(&w, part);
		wr_text(&w, "{%s}", scan_kind_name(found.s[longest].kind));
		at = end;
	}
	if (rd_slice(&text, at, text.len - at, &part))
		wr_bytes(&w, part);
	return wr_ok(&w);
}
