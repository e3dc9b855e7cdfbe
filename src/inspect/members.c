/*
 * Is:        the keyed set of members.
 * Is not:    a list of subscribers.
 * Called by: tokend; verdict.c.
 * Owns:      tokens, filter and key.
 * Trust:     see members.h.
 *
 * Tokens are spread over shards by their first byte, so that sorting out the whole set
 * never needs a second copy of it: a shard's load is freed when its table is built.
 * A shard's table is open addressing with linear probing, at most 3/4 full; 0 marks an
 * empty place, so a token of 0 counts as 1.
 */
#include "inspect/members.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "inspect/fuse.h"

enum { SHARDS = 256, LENS = PLAN_DIGITS_MAX + 1 };

struct entries {
	uint64_t *token;
	uint32_t *person;
	size_t n, cap;
};

struct shard {
	struct fuse filter;
	struct entries t; /* cap places */
};

struct counts {
	uint64_t by_len[SCAN_KINDS][LENS];
	uint64_t ids, doubles;
	uint32_t persons;
};

struct members_load {
	uint64_t key[2];
	size_t ids_max;
	struct counts counts;
	struct entries in[SHARDS];
	struct members *made; /* so far: its first n_made shards */
	size_t n_made;
};

struct members {
	uint64_t key[2];
	struct counts counts;
	struct shard shard[SHARDS];
};

static void entries_free(struct entries *e)
{
	if (e->token)
		mem_wipe(e->token, e->cap * sizeof(*e->token));
	mem_free(&e->token);
	mem_free(&e->person);
	e->n = e->cap = 0;
}

static uint64_t token_of(const uint64_t key[2], enum scan_kind kind, struct rd value)
{
	const uint64_t of_kind[2] = { key[0] ^ (unsigned)kind, key[1] };
	uint64_t t = siphash(of_kind, value);

	return t ? t : 1;
}

static size_t shard_of(uint64_t token)
{
	return token >> 56;
}

static size_t place_of(uint64_t token, size_t cap)
{
	return (size_t)((unsigned __int128)(token << 8) * cap >> 64);
}

struct members_load *members_load_new(const uint8_t key[SIPHASH_KEY_LEN], size_t ids_max)
{
	struct members_load *l = mem_new(1, sizeof(*l));

	ASSERT(ids_max <= MEMBERS_IDS_MAX);
	siphash_key(key, l->key);
	l->ids_max = ids_max;
	return l;
}

uint32_t members_load_person(struct members_load *l)
{
	return ++l->counts.persons;
}

bool members_load_add(struct members_load *l, enum scan_kind kind, struct rd value)
{
	const uint64_t t = token_of(l->key, kind, value);
	struct entries *e = &l->in[shard_of(t)];

	if (l->counts.ids == l->ids_max)
		return false;
	if (e->n == e->cap) {
		/* an eighth more: the spare is what a load has to pay in memory */
		e->cap = e->cap < 256 ? 256 : e->cap + e->cap / 8;
		e->token = mem_resize(e->token, e->cap, sizeof(*e->token));
		e->person = mem_resize(e->person, e->cap, sizeof(*e->person));
	}
	e->token[e->n] = t;
	e->person[e->n++] = l->counts.persons;
	l->counts.ids++;
	l->counts.by_len[kind][value.len < LENS ? value.len : 0]++;
	return true;
}

size_t members_load_ids(const struct members_load *l)
{
	return (size_t)l->counts.ids;
}

/* False when the token was there. */
static bool insert(struct entries *t, uint64_t token, uint32_t person)
{
	size_t i = place_of(token, t->cap);

	while (t->token[i] != 0) {
		if (t->token[i] == token)
			return false;
		i = i + 1 == t->cap ? 0 : i + 1;
	}
	t->token[i] = token;
	t->person[i] = person;
	t->n++;
	return true;
}

/* Moves a load's entries into a shard. What is left in `in` are the different ones. */
static void build(struct shard *s, struct entries *in, struct counts *c)
{
	size_t unique = 0;

	s->t.cap = in->n + in->n / 3 + 2;
	s->t.token = mem_new(s->t.cap, sizeof(*s->t.token));
	s->t.person = mem_new(s->t.cap, sizeof(*s->t.person));
	for (size_t k = 0; k < in->n; k++) {
		if (insert(&s->t, in->token[k], in->person[k]))
			in->token[unique++] = in->token[k];
		else
			c->doubles++;
	}
	/* different keys always find a seed */
	ASSERT(fuse_init(&s->filter, in->token, unique));
	entries_free(in);
}

bool members_load_step(struct members_load *l)
{
	if (!l->made) {
		l->made = mem_new(1, sizeof(*l->made));
		memcpy(l->made->key, l->key, sizeof(l->made->key));
		l->made->counts = l->counts;
	}
	if (l->n_made < SHARDS) {
		build(&l->made->shard[l->n_made], &l->in[l->n_made], &l->made->counts);
		l->n_made++;
	}
	return l->n_made == SHARDS;
}

struct members *members_load_finish(struct members_load **lp)
{
	struct members_load *l = *lp;
	struct members *m;

	while (!members_load_step(l))
		;
	m = l->made;
	l->made = NULL;
	m->counts.ids -= m->counts.doubles;
	members_load_free(lp);
	return m;
}

void members_load_free(struct members_load **lp)
{
	struct members_load *l = *lp;

	if (!l)
		return;
	members_free(&l->made);
	for (size_t k = 0; k < SHARDS; k++)
		entries_free(&l->in[k]);
	mem_wipe(l, sizeof(*l));
	mem_free(lp);
}

void members_free(struct members **mp)
{
	while (!members_free_step(mp))
		;
}

bool members_free_step(struct members **mp)
{
	struct members *m = *mp;
	size_t k = 0;

	if (!m)
		return true;
	while (k < SHARDS && !m->shard[k].t.token)
		k++;
	if (k < SHARDS) {
		entries_free(&m->shard[k].t);
		fuse_done(&m->shard[k].filter);
		return false;
	}
	mem_wipe(m, sizeof(*m));
	mem_free(mp);
	return true;
}

uint32_t members_find(const struct members *m, enum scan_kind kind, struct rd value)
{
	const uint64_t token = token_of(m->key, kind, value);
	const struct shard *s = &m->shard[shard_of(token)];

	if (!fuse_has(&s->filter, token))
		return MEMBERS_NOBODY;
	for (size_t i = place_of(token, s->t.cap); s->t.token[i] != 0;) {
		if (s->t.token[i] == token)
			return s->t.person[i];
		i = i + 1 == s->t.cap ? 0 : i + 1;
	}
	return MEMBERS_NOBODY;
}

double members_share(const struct members *m, const struct plan *plan, enum scan_kind kind, size_t n)
{
	enum plan_table t;
	double space;

	if (kind == SCAN_MSISDN)
		t = PLAN_MSISDN;
	else if (kind == SCAN_IMSI)
		t = PLAN_IMSI;
	else
		return 0;
	if (n == 0 || n >= LENS)
		return 0;
	space = plan_space(plan, t, n);
	return space > 0 ? (double)m->counts.by_len[kind][n] / space : 0;
}

struct members_size members_size(const struct members *m)
{
	struct members_size s = { m->counts.persons, m->counts.ids, m->counts.doubles, sizeof(*m) };

	for (size_t k = 0; k < SHARDS; k++)
		s.bytes += m->shard[k].t.cap * (sizeof(uint64_t) + sizeof(uint32_t)) + fuse_bytes(&m->shard[k].filter);
	return s;
}

void members_swap(struct members_slot *slot, struct members **next)
{
	struct members *old = slot->now;

	slot->now = *next;
	slot->version++;
	*next = old;
}

void members_replace(struct members_slot *slot, struct members **next)
{
	members_swap(slot, next);
	members_free(next);
}
