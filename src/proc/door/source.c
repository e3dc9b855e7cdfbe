/*
 * Is:        limits by source address.
 * Is not:    a judge of persons.
 * Called by: door.
 * Owns:      the table of sources.
 * Trust:     addresses are the kernel's.
 */
#include "proc/door/source.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/timefmt.h"

enum { V6_KEPT = 8 };

static const uint8_t v4_mapped[12] = { [10] = 0xff, 0xff };

/* IPv4 whole, IPv6 without the half that its owner may change at will. */
static void make_key(const uint8_t *address, uint8_t *out)
{
	memcpy(out, address, SOURCE_KEY_LEN);
	if (memcmp(address, v4_mapped, sizeof(v4_mapped)) != 0)
		for (size_t i = V6_KEPT; i < SOURCE_KEY_LEN; i++)
			out[i] = 0;
}

void sources_init(struct sources *s, const struct source_limits *limits, const uint64_t seed[2])
{
	*s = (struct sources){ .limits = *limits, .slot = mem_new(SOURCES_MAX, sizeof(*s->slot)) };
	map_init(&s->map, seed);
}

void sources_done(struct sources *s)
{
	map_done(&s->map);
	mem_free(&s->slot);
}

static bool is_idle(const struct source *one, uint64_t now_ns)
{
	return one->open == 0 && one->until_ns <= now_ns;
}

/* A place for a newcomer: a free one, or that of somebody who is gone and owes nothing. The
 * search goes once round; a table full of the punished stays so. */
static struct source *find_place(struct sources *s, uint64_t now_ns)
{
	for (size_t i = 0; i < SOURCES_MAX; i++) {
		struct source *one = &s->slot[s->hand];
		s->hand = (s->hand + 1) % SOURCES_MAX;
		if (!one->is_used)
			return one;
		if (is_idle(one, now_ns)) {
			ASSERT(map_remove(&s->map, rd_of(one->key, sizeof(one->key))) == one);
			return one;
		}
	}
	return NULL;
}

static struct source *find(struct sources *s, const uint8_t *key, uint64_t now_ns)
{
	struct source *one = map_get(&s->map, rd_of(key, SOURCE_KEY_LEN));

	if (one || !(one = find_place(s, now_ns)))
		return one;
	*one = (struct source){ .is_used = true };
	memcpy(one->key, key, SOURCE_KEY_LEN);
	ASSERT(map_put(&s->map, rd_of(one->key, sizeof(one->key)), one) == NULL);
	return one;
}

static enum source_answer judge(const struct sources *s, const struct source *one, uint64_t now_ns)
{
	if (one->until_ns >= now_ns + SOURCE_PENALTY_MIN_NS)
		return SOURCE_REFUSED_PENALTY;
	if (one->waiting >= s->limits.waiting_each)
		return SOURCE_REFUSED_WAITING_EACH;
	if (one->open >= s->limits.open_each)
		return SOURCE_REFUSED_OPEN_EACH;
	if (s->waiting >= s->limits.waiting)
		return SOURCE_REFUSED_WAITING;
	return s->open >= s->limits.open ? SOURCE_REFUSED_OPEN : SOURCE_ADMITTED;
}

enum source_answer source_enter(struct sources *s, const uint8_t *address, uint64_t now_ns, struct source **out)
{
	uint8_t key[SOURCE_KEY_LEN];
	struct source *one;
	enum source_answer a;

	make_key(address, key);
	one = find(s, key, now_ns);
	if (!one)
		return SOURCE_REFUSED_TABLE;
	a = judge(s, one, now_ns);
	if (a != SOURCE_ADMITTED)
		return a;
	one->waiting++;
	one->open++;
	s->waiting++;
	s->open++;
	*out = one;
	return a;
}

void source_logged_in(struct sources *s, struct source *from)
{
	ASSERT(from->waiting > 0 && s->waiting > 0);
	from->waiting--;
	s->waiting--;
}

void source_left(struct sources *s, struct source *from, bool waiting)
{
	if (waiting)
		source_logged_in(s, from);
	ASSERT(from->open > 0 && s->open > 0);
	from->open--;
	s->open--;
}

uint32_t source_penalty(struct source *from, uint64_t penalty_ns, uint64_t now_ns)
{
	uint64_t from_ns = from->until_ns > now_ns ? from->until_ns : now_ns;
	uint64_t left = from_ns + penalty_ns - now_ns;

	if (left > SOURCE_PENALTY_MAX_NS)
		left = SOURCE_PENALTY_MAX_NS;
	from->until_ns = now_ns + left;
	return left >= SOURCE_PENALTY_MIN_NS ? (uint32_t)(left / NS_PER_S) : 0;
}

const char *source_answer_text(enum source_answer a)
{
	switch (a) {
	case SOURCE_REFUSED_TABLE:
		return "too many sources are known at once";
	case SOURCE_REFUSED_PENALTY:
		return "its penalty is not over";
	case SOURCE_REFUSED_WAITING_EACH:
		return "too many of its connections have not logged in";
	case SOURCE_REFUSED_OPEN_EACH:
		return "it has too many connections";
	case SOURCE_REFUSED_WAITING:
		return "too many connections have not logged in";
	case SOURCE_REFUSED_OPEN:
		return "too many connections";
	case SOURCE_ADMITTED:
		return "admitted";
	}
	UNREACHABLE();
}
