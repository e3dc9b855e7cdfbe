/*
 * Is:        which entries of a log are gone, and who says so (contract in the header).
 * Is not:    the removal.
 * Called by: the verifier, evidenced, slagboom prove.
 * Owns:      its lists; the file "erased".
 * Trust:     hostile entries; the file is looked up in the log.
 *
 *     slagboom-erased@v1
 *     <first> <last> <record>           decimal, one line for each range
 */
#include "evidence/erasure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "evidence/record.h"
#include "evidence/record_data.h"
#include "evidence/tile.h"
#include "evidence/verify.h"
#include "os/disk.h"

enum { FILE_MAX = 64 * ERASURE_LINES_MAX, SAID_MAX = 1 << 20 };
static const char path[] = "erased", magic[] = "slagboom-erased@v1\n";

/* What is gone. */

void erasure_gone_init(struct erasure_gone *g)
{
	vec_init(&g->ranges, sizeof(struct erasure_range));
}

void erasure_gone_done(struct erasure_gone *g)
{
	vec_done(&g->ranges);
}

void erasure_gone_add(struct erasure_gone *g, uint64_t first, uint64_t end)
{
	struct erasure_range *last = g->ranges.n ? vec_at(&g->ranges, g->ranges.n - 1) : NULL;

	if (last && last->end == first)
		last->end = end;
	else
		*(struct erasure_range *)vec_push(&g->ranges) = (struct erasure_range){ first, end, 0 };
}

bool erasure_gone_between(const struct erasure_gone *g, uint64_t first, uint64_t end)
{
	size_t from = 0, to = g->ranges.n;

	while (from < to) { /* the first range that ends behind `first` */
		size_t middle = from + (to - from) / 2;
		const struct erasure_range *r = vec_at(&g->ranges, middle);
		if (r->end > first)
			to = middle;
		else
			from = middle + 1;
	}
	if (from == g->ranges.n)
		return false;
	const struct erasure_range *r = vec_at(&g->ranges, from);
	return r->first < end;
}

bool erasure_gone_has(const struct erasure_gone *g, uint64_t index)
{
	return erasure_gone_between(g, index, index + 1);
}

/* Who says so. */

void erasure_init(struct erasure *e)
{
	erasure_gone_init(&e->gone);
	vec_init(&e->said, sizeof(struct erasure_range));
	vec_init(&e->marked, sizeof(uint64_t));
	vec_init(&e->told, sizeof(struct erasure_range));
}

void erasure_done(struct erasure *e)
{
	erasure_gone_done(&e->gone);
	vec_done(&e->said);
	vec_done(&e->marked);
	vec_done(&e->told);
}

bool erasure_may_say(struct rd entry)
{
	static const char word[] = "\"event\":\"metadata.erased\"";

	return memmem(entry.p, entry.len, word, sizeof(word) - 1) != NULL;
}

bool erasure_parse(struct rd entry, struct erasure_range *out)
{
	struct record_view v;
	uint64_t first, last;

	if (!record_read(entry, &v) || !rd_is(&v.event, "metadata.erased") || !record_data_u64(v.data, "first", &first) ||
	    !record_data_u64(v.data, "last", &last) || first > last || last >= v.seq || first % TILE_WIDTH ||
	    last % TILE_WIDTH != TILE_WIDTH - 1)
		return false;
	*out = (struct erasure_range){ first, last + 1, v.seq };
	return true;
}

void erasure_say(struct erasure *e, const struct erasure_range *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->said.n; i++) {
		struct erasure_range old = *(struct erasure_range *)vec_at(&e->said, i);
		if (old.first < r->first || old.end > r->end)
			*(struct erasure_range *)vec_at(&e->said, kept++) = old;
	}
	e->said.n = kept;
	*(struct erasure_range *)vec_push(&e->said) = *r;
}

const struct erasure_range *erasure_covers(const struct erasure *e, uint64_t first, uint64_t end)
{
	for (size_t i = e->said.n; i > 0; i--) {
		const struct erasure_range *r = vec_at(&e->said, i - 1);
		if (r->first <= first && r->end >= end)
			return r;
	}
	return NULL;
}

/* Reads bundle number `n`, and every range that its records say. */
static int read_bundle(struct erasure *e, struct verify_log *v, uint64_t n)
{
	uint64_t left = v->size - n * TILE_WIDTH;
	struct tile t = { n, (uint16_t)(left < TILE_WIDTH ? left : TILE_WIDTH), TILE_ENTRIES };
	struct erasure_range range;
	struct rd raw, entry;
	uint16_t held;
	int r = verify_read(v, t, BUNDLE_MAX, &raw, &held);

	for (uint16_t i = 0; r == 0 && i < t.width && bundle_next(&raw, &entry); i++) {
		if (!erasure_may_say(entry) || !erasure_parse(entry, &range) || range.record != n * TILE_WIDTH + i)
			continue;
		if (e->said.n == SAID_MAX)
			return -ENOBUFS;
		*(struct erasure_range *)vec_push(&e->said) = range;
	}
	return r;
}

int erasure_read(struct erasure *e, struct verify_log *v)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->marked.n; i++)
		r = read_bundle(e, v, *(uint64_t *)vec_at(&e->marked, i));
	return r;
}

static int by_first(const void *a, const void *b)
{
	const struct erasure_range *x = a, *y = b;

	return x->first != y->first ? (x->first < y->first ? -1 : 1) : x->record < y->record ? -1 : x->record > y->record;
}

static void tell(struct erasure *e, uint64_t first, uint64_t end, uint64_t record)
{
	struct erasure_range *last = e->told.n ? vec_at(&e->told, e->told.n - 1) : NULL;

	if (last && last->end == first && last->record == record)
		last->end = end;
	else
		*(struct erasure_range *)vec_push(&e->told) = (struct erasure_range){ first, end, record };
}

/* One sweep: of the records whose range begins at or before a bundle, the one that reaches
 * farthest covers it, or none does; of two that do the newer is told. */
bool erasure_judge(struct erasure *e, uint64_t *out_index)
{
	struct erasure_range best = { 0, 0, 0 };
	size_t next = 0;

	e->told.n = 0;
	if (e->said.n)
		qsort(e->said.items, e->said.n, sizeof(best), by_first);
	for (size_t i = 0; i < e->gone.ranges.n; i++) {
		const struct erasure_range *g = vec_at(&e->gone.ranges, i);
		for (uint64_t at = g->first; at < g->end; at += TILE_WIDTH) {
			for (; next < e->said.n; next++) {
				const struct erasure_range *s = vec_at(&e->said, next);
				if (s->first > at)
					break;
				if (s->end > best.end || (s->end == best.end && s->record > best.record))
					best = *s;
			}
			if (best.end < at + TILE_WIDTH) {
				*out_index = at;
				return false;
			}
			tell(e, at, at + TILE_WIDTH, best.record);
		}
	}
	return true;
}

/* The file. */

/* The record is in the log, and says no less than the line. */
static bool is_said(struct verify_log *v, const struct erasure_range *line)
{
	AUTO(erasure_done) struct erasure found = { .gone = { { NULL, 0, 0, 0 } } };

	erasure_init(&found);
	if (line->record >= v->size || read_bundle(&found, v, line->record / TILE_WIDTH) != 0)
		return false;
	for (size_t i = 0; i < found.said.n; i++) {
		const struct erasure_range *r = vec_at(&found.said, i);
		if (r->record == line->record && r->first <= line->first && r->end >= line->end)
			return true;
	}
	return false;
}

static bool take_line(struct erasure *e, struct verify_log *v, struct rd line)
{
	struct erasure_range r;
	struct rd first, last;

	if (e->said.n == ERASURE_LINES_MAX || !rd_until(&line, ' ', &first) || !rd_until(&line, ' ', &last) ||
	    !text_u64(first, &r.first) || !text_u64(last, &r.end) || !text_u64(line, &r.record) || r.end >= MERKLE_SIZE_MAX)
		return false;
	r.end++;
	if (!is_said(v, &r))
		return false;
	*(struct erasure_range *)vec_push(&e->said) = r;
	return true;
}

bool erasure_load(struct erasure *e, struct verify_log *v)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct rd text, line;
	bool good;

	buf_init(&b, FILE_MAX);
	if (disk_read_file(v->disk, path, &b) != 0)
		return false;
	text = buf_rd(&b);
	for (good = rd_word(&text, magic); good && text.len;)
		good = rd_until(&text, '\n', &line) && take_line(e, v, line);
	if (!good)
		e->said.n = 0;
	return good;
}

int erasure_learn(struct erasure *e, struct verify_log *v)
{
	int r = 0;

	if (erasure_load(e, v))
		return 0;
	for (uint64_t n = 0; (r == 0 || r == -ENOENT) && n * TILE_WIDTH < v->size; n++)
		r = read_bundle(e, v, n);
	return r == -ENOENT ? 0 : r;
}

int erasure_save(const struct erasure *e, struct disk *d)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, FILE_MAX);
	struct wr w = wr_to(&b);
	wr_str(&w, magic);
	if (e->said.n > ERASURE_LINES_MAX) /* half of it would pass for all: it is none that can be read */
		wr_str(&w, "too many\n");
	for (size_t i = 0; i < e->said.n && e->said.n <= ERASURE_LINES_MAX; i++) {
		const struct erasure_range *r = vec_at(&e->said, i);
		wr_dec(&w, r->first);
		wr_str(&w, " ");
		wr_dec(&w, r->end - 1);
		wr_str(&w, " ");
		wr_dec(&w, r->record);
		wr_str(&w, "\n");
	}
	return wr_ok(&w) ? disk_replace(d, "tmp/erased", path, buf_rd(&b)) : -ENOBUFS;
}
