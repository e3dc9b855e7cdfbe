/*
 * Is:        the checks of what entries say (contract in the header).
 * Is not:    the check of the tree.
 * Called by: slagboom-verify, packs.
 * Owns:      the last record of each session.
 * Trust:     hostile entries.
 */
#include "evidence/chain.h"

#include "base/mem.h"
#include "evidence/record.h"

enum { ID_TEXT_LEN = 2 * RECORD_ID_LEN };

struct session {
	uint8_t id[ID_TEXT_LEN];
	uint64_t last;
	bool is_over, is_headless;
};

/* A record that is gone, and that another points to. */
struct claim {
	uint64_t index;
};

static const char *look(uint64_t index, struct rd entry, struct record_view *v)
{
	if (!record_read(entry, v))
		return "not a record in canonical form";
	if (v->seq != index)
		return "its number is not its index";
	return v->prev > v->seq ? "it points forward" : NULL;
}

static const char *check_record(struct verify_check *self, uint64_t index, struct rd entry)
{
	struct record_view v;

	return look(index, entry, &v);
}

struct verify_check *chain_records(void)
{
	static struct verify_check check = { .entry = check_record };

	return &check;
}

/* The session is over with this record, or goes on. */
static void end_with(struct chain *c, struct session *s, const struct record_view *v)
{
	bool is_closed = rd_is(&v->event, "session.closed"), is_lost = rd_is(&v->event, "session.lost");

	s->is_over = is_closed || is_lost;
	c->n_closed += is_closed;
	c->n_lost += is_lost;
}

static struct rd key_of(const struct claim *k)
{
	return rd_of(&k->index, sizeof(k->index));
}

/* It points to a record that is gone: the only one that does. */
static const char *claim(struct chain *c, uint64_t prev)
{
	struct claim wanted = { prev }, *k;

	if (map_get(&c->claims, key_of(&wanted)))
		return "it points to the same record as another";
	k = mem_new(1, sizeof(*k));
	*k = wanted;
	(void)map_put(&c->claims, key_of(k), k);
	return NULL;
}

static const char *add_first(struct chain *c, const struct record_view *v, bool is_headless)
{
	struct rd id = v->session;
	struct session *s;

	if (c->sessions.n == CHAIN_SESSIONS_MAX)
		return "more sessions than can be followed";
	s = mem_new(1, sizeof(*s));
	s->last = v->seq;
	s->is_headless = is_headless;
	if (!rd_copy(&id, s->id, sizeof(s->id))) {
		mem_free(&s);
		return "its session has no name";
	}
	(void)map_put(&c->sessions, rd_of(s->id, sizeof(s->id)), s);
	c->n_headless += is_headless;
	end_with(c, s, v);
	return NULL;
}

static const char *first_of(struct chain *c, const struct record_view *v)
{
	bool is_headless = v->prev < v->seq && erasure_gone_has(&c->gone, v->prev);
	const char *wrong = is_headless ? claim(c, v->prev) : NULL;

	if (wrong)
		return wrong;
	if (v->prev != v->seq && !is_headless)
		return "the first record of its session points to another";
	if (rd_is(&v->event, "session.opened") == is_headless)
		return is_headless ? "its session was opened before" : "its session was not opened";
	return add_first(c, v, is_headless);
}

/* It belongs to a session that was opened before. */
static const char *later_of(struct chain *c, struct session *s, const struct record_view *v)
{
	bool skips = v->prev > s->last && erasure_gone_has(&c->gone, v->prev);

	if (s->is_over)
		return "its session was over";
	if (v->prev != s->last && !skips)
		return "it does not follow its session's record before it";
	if (rd_is(&v->event, "session.opened"))
		return "its session was opened before";
	s->last = v->seq;
	end_with(c, s, v);
	return skips ? claim(c, v->prev) : NULL;
}

static bool needs_session(const struct record_view *v)
{
	return rd_is(&v->event, "session.opened") || rd_is(&v->event, "session.closed") || rd_is(&v->event, "session.lost");
}

static const char *check_chain(struct verify_check *self, uint64_t index, struct rd entry)
{
	struct chain *c = CONTAINER_OF(self, struct chain, check);
	struct record_view v;
	struct session *s;
	const char *wrong = index == c->next ? look(index, entry, &v) : "entries out of order";

	c->next = index + 1;
	if (!wrong && v.session.len == 0)
		wrong = needs_session(&v) ? "its session has no name" : v.prev != v.seq ? "it points to another without a session" : NULL;
	else if (!wrong && !(s = map_get(&c->sessions, v.session)))
		wrong = first_of(c, &v);
	else if (!wrong)
		wrong = later_of(c, s, &v);
	return wrong || !c->then ? wrong : c->then->entry(c->then, index, entry);
}

static const char *check_excerpt(struct verify_check *self, uint64_t index, struct rd entry)
{
	struct chain *c = CONTAINER_OF(self, struct chain, check);
	struct record_view v;
	const char *wrong = look(index, entry, &v);
	struct session *s;

	if (wrong || v.session.len == 0)
		return wrong;
	s = map_get(&c->sessions, v.session);
	if (!s)
		return add_first(c, &v, v.prev != v.seq || !rd_is(&v.event, "session.opened"));
	c->n_gaps += v.prev != s->last;
	s->last = v.seq;
	end_with(c, s, &v);
	return NULL;
}

static void take_gone(struct verify_check *self, uint64_t first, uint64_t end)
{
	struct chain *c = CONTAINER_OF(self, struct chain, check);

	erasure_gone_add(&c->gone, first, end);
	c->next = end;
	if (c->then && c->then->gone)
		c->then->gone(c->then, first, end);
}

struct chain_rest chain_rest(const struct chain *c)
{
	struct chain_rest rest = { 0, 0 };

	for (size_t i = 0; c->sessions.slots && i < c->sessions.n_slots; i++) {
		const struct session *s = c->sessions.slots[i].value;
		if (!s || s->is_over)
			continue;
		if (erasure_gone_between(&c->gone, s->last, UINT64_MAX))
			rest.n_endless++;
		else
			rest.n_open++;
	}
	return rest;
}

bool chain_is_headless(const struct chain *c, struct rd session)
{
	const struct session *s = map_get(&c->sessions, session);

	return s && s->is_headless;
}

void chain_init(struct chain *c, const uint64_t seed[2])
{
	*c = (struct chain){ .check = { check_chain, take_gone } };
	map_init(&c->sessions, seed);
	map_init(&c->claims, seed);
	erasure_gone_init(&c->gone);
}

void chain_excerpt_init(struct chain *c, const uint64_t seed[2])
{
	chain_init(c, seed);
	c->check = (struct verify_check){ check_excerpt, take_gone };
}

static void free_all(struct map *m)
{
	for (size_t i = 0; m->slots && i < m->n_slots; i++)
		mem_free(&m->slots[i].value);
	map_done(m);
}

void chain_done(struct chain *c)
{
	free_all(&c->sessions);
	free_all(&c->claims);
	erasure_gone_done(&c->gone);
}
