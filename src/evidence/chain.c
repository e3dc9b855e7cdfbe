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
	bool is_over;
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
	static struct verify_check check = { check_record };

	return &check;
}

static const char *first_of(struct chain *c, const struct record_view *v)
{
	struct rd id = v->session;
	struct session *s;

	if (v->prev != v->seq)
		return "the first record of its session points to another";
	if (!rd_is(&v->event, "session.opened"))
		return "its session was not opened";
	if (c->sessions.n == CHAIN_SESSIONS_MAX)
		return "more sessions than can be followed";
	s = mem_new(1, sizeof(*s));
	s->last = v->seq;
	if (!rd_copy(&id, s->id, sizeof(s->id))) {
		mem_free(&s);
		return "its session has no name";
	}
	(void)map_put(&c->sessions, rd_of(s->id, sizeof(s->id)), s);
	return NULL;
}

/* It belongs to a session that was opened before. */
static const char *later_of(struct chain *c, struct session *s, const struct record_view *v)
{
	bool is_closed = rd_is(&v->event, "session.closed"), is_lost = rd_is(&v->event, "session.lost");

	if (s->is_over)
		return "its session was over";
	if (v->prev != s->last)
		return "it does not follow its session's record before it";
	if (rd_is(&v->event, "session.opened"))
		return "its session was opened before";
	s->last = v->seq;
	s->is_over = is_closed || is_lost;
	c->n_closed += is_closed;
	c->n_lost += is_lost;
	return NULL;
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

void chain_init(struct chain *c, const uint64_t seed[2])
{
	*c = (struct chain){ .check = { check_chain } };
	map_init(&c->sessions, seed);
}

void chain_done(struct chain *c)
{
	for (size_t i = 0; c->sessions.slots && i < c->sessions.n_slots; i++)
		mem_free(&c->sessions.slots[i].value);
	map_done(&c->sessions);
}
