/*
 * Is:        the points at which verdicts can change (contract in the header).
 * Is not:    a decision.
 * Called by: can, diff.
 * Owns:      its lists.
 * Trust:     a policy without errors.
 */
#include "policy/space.h"

#include <stdlib.h>

#include "base/mem.h"

enum { DAY = 86400, WEEK = 7 * DAY, PROBE = 6 * 3600 };

struct list { int64_t *at; uint32_t n; };

static void add(struct list *l, int64_t v)
{
	l->at = policy_room(l->at, l->n, sizeof(v));
	l->at[l->n++] = v;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void sort_once(struct list *l)
{
	uint32_t n = 0;

	if (l->n == 0)
		return;
	qsort(l->at, l->n, sizeof(*l->at), by_value);
	for (uint32_t i = 0; i < l->n; i++)
		if (i == 0 || l->at[i] != l->at[n - 1])
			l->at[n++] = l->at[i];
	l->n = n;
}

static int32_t offset_of(const struct space_zones *z, struct rd zone, int64_t at)
{
	int32_t v;

	return z->offset(z->ctx, zone, at, &v) ? v : OFFSET_UNKNOWN;
}

/* Where the zone changes between `from` and `to`: probed every six hours, then halved. */
static void add_zone_changes(struct list *l, const struct space_zones *z, struct rd zone,
    int64_t from, int64_t to)
{
	for (int64_t t = from; t < to; t += PROBE) {
		int64_t low = t, high = t + PROBE < to ? t + PROBE : to;
		int32_t before = offset_of(z, zone, low);
		if (offset_of(z, zone, high) == before)
			continue;
		while (high - low > 1) {
			int64_t middle = low + (high - low) / 2;
			if (offset_of(z, zone, middle) == before)
				low = middle;
			else
				high = middle;
		}
		add(l, high);
	}
}

/* The instants between which every week is alike. */
static void add_breaks(struct list *l, const struct policy *p, const struct space_zones *z,
    int64_t from, int64_t to)
{
	for (uint32_t i = 0; i < p->n_rules; i++) {
		const struct rule_decl *r = &p->rules[i];
		if (r->has_between && r->from > from && r->from < to)
			add(l, r->from);
		if (r->has_between && r->to > from && r->to < to)
			add(l, r->to);
	}
	for (uint32_t i = 0; i < p->n_zones; i++)
		add_zone_changes(l, z, p->zones[i], from, to);
}

/* Begin and end of each window in seconds of the week in UTC, at the offsets of `at`. */
static void add_week(struct list *l, const struct policy *p, const struct space_zones *z, int64_t at)
{
	for (uint32_t i = 0; i < p->n_windows; i++) {
		const struct window_item *w = &p->windows[i];
		int32_t offset = offset_of(z, w->zone, at);
		if (offset == OFFSET_UNKNOWN)
			continue;
		for (int day = 0; day < 7; day++) {
			int64_t midnight = (int64_t)day * DAY - offset;
			int64_t end = midnight + w->to * 60 + (w->to < w->from ? DAY : 0);
			if (!(w->days >> day & 1))
				continue;
			add(l, ((midnight + w->from * 60) % WEEK + WEEK) % WEEK);
			add(l, (end % WEEK + WEEK) % WEEK);
		}
	}
}

static void add_segment(struct list *times, const struct policy *p, const struct policy *q,
    const struct space_zones *z, const int64_t *span)
{
	struct list week = { 0 };
	/* Monday 00:00 UTC at or before the segment; 1969-12-29 was a Monday. */
	int64_t monday = span[0] - (span[0] + 3 * DAY) % WEEK;

	add_week(&week, p, z, span[0]);
	if (q)
		add_week(&week, q, z, span[0]);
	sort_once(&week);
	add(times, span[0]);
	for (uint32_t i = 0; i < week.n; i++) {
		int64_t at = monday + week.at[i];
		at += at < span[0] ? WEEK : 0;
		if (at < span[1])
			add(times, at);
	}
	mem_free(&week.at);
}

static void add_place(struct space *s, uint32_t country, struct rd site)
{
	for (uint32_t i = 0; i < s->n_places; i++)
		if (s->places[i].country == country && rd_equal(&s->places[i].site, &site))
			return;
	s->places = policy_room(s->places, s->n_places, sizeof(*s->places));
	s->places[s->n_places++] = (struct space_place){ country, site };
}

static void add_places(struct space *s, const struct policy *p)
{
	struct rd none = rd_of(NULL, 0);

	for (uint32_t i = 0; i < p->n_places; i++) {
		const struct place_item *x = &p->places[i];
		if (x->site < 0)
			add_place(s, x->country, none);
		else
			add_place(s, p->sites[x->site].country, x->site_name);
		if (x->site >= 0)
			add_place(s, p->sites[x->site].country, none);
	}
	for (uint32_t i = 0; i < p->n_countries; i++)
		add_place(s, p->countries[i], none);
	add_place(s, p->operator.country, none);
}

static bool names_country(const struct space *s, uint32_t country)
{
	for (uint32_t i = 0; i < s->n_places; i++)
		if (s->places[i].country == country)
			return true;
	return false;
}

void space_init(struct space *s, const struct policy *p, const struct policy *q,
    const struct space_zones *zones, int64_t from, uint32_t days)
{
	struct list breaks = { 0 }, times = { 0 };
	int64_t to = from + (int64_t)days * DAY;

	*s = (struct space){ 0 };
	add(&breaks, from);
	add_breaks(&breaks, p, zones, from, to);
	if (q)
		add_breaks(&breaks, q, zones, from, to);
	sort_once(&breaks);
	add(&breaks, to);
	for (uint32_t i = 0; i + 1 < breaks.n; i++)
		add_segment(&times, p, q, zones, &breaks.at[i]);
	sort_once(&times);
	mem_free(&breaks.at);
	s->times = times.at;
	s->n_times = times.n;
	add_places(s, p);
	if (q)
		add_places(s, q);
	s->other_country = 'X' << 8 | 'A';
	while (names_country(s, s->other_country))
		s->other_country++;
	add_place(s, s->other_country, rd_of(NULL, 0));
}

void space_done(struct space *s)
{
	mem_free(&s->times);
	mem_free(&s->places);
}

void space_set_time(const struct policy *p, const struct space_zones *zones, int64_t at,
    struct crossing *q)
{
	q->now = at;
	for (uint32_t i = 0; i < p->n_zones; i++)
		q->offset[i] = offset_of(zones, p->zones[i], at);
}

void space_set_place(const struct policy *p, const struct space_place *at, struct crossing *q)
{
	int site = at->site.len ? policy_site(p, at->site) : MODEL_NONE;

	q->country = at->country;
	q->site = site < 0 ? SITE_NONE : SITE_FIRST + (uint32_t)site;
}
