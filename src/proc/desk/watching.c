/*
 * Is:        the records about who watches (contract in the header).
 * Is not:    the judgement of it.
 * Called by: deskd, change.
 * Owns:      the number of the last beat.
 * Trust:     the supervisor, and what its command line asserts.
 */
#include "proc/desk/watching.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/timefmt.h"
#include "evidence/coverage.h"
#include "os/loop.h"
#include "policy/policy.h"
#include "policy/scalar.h"
#include "proc/control.h"
#include "proc/desk/book.h"
#include "proc/desk/world.h"

enum { BEAT_MIN_S = 2 };

static struct {
	struct loop *loop;
	uint64_t beat_s, number, last_ns;
	bool has_begun, has_gap;
	const char *only_way; /* why this gate is the only way to the elements; NULL: nobody says so */
} me = { .beat_s = WATCHING_BEAT_S };

/* What stands between an engineer and an asset of this protocol, and reads. One without a
 * lane is refused at the door; that it is reached in no other way nobody here can see. */
static const char *const sensors[PROTOCOL_N] = {
	[PROTOCOL_SSH] = "gate",
	[PROTOCOL_TELNET] = "gate",
};

bool watching_word(const char *word)
{
	struct rd r = rd_str(word);

	if (rd_word(&r, "beat="))
		return scalar_number(r, COVERAGE_BEAT_MAX_S, &me.beat_s) && me.beat_s >= BEAT_MIN_S;
	if (!rd_word(&r, "only-way=") || r.len == 0 || r.len > EVENT_TEXT_MAX || !scalar_is_clean(r))
		return false;
	me.only_way = word + strlen("only-way=");
	return true;
}

void watching_init(struct loop *l)
{
	me.loop = l;
}

static bool is_of(const struct asset *a, enum book_log log)
{
	return a->intercept == (log == BOOK_INTERCEPT);
}

static void tell_began(enum book_log log, const struct world *w)
{
	struct book_about about = { .log = log };
	uint8_t hash[WORLD_HASH_LEN / 2] = { 0 };
	int64_t n = 0;

	for (uint32_t i = 0; i < w->policy->n_assets; i++)
		n += is_of(&w->policy->assets[i], log);
	(void)!text_hex(rd_str(w->hash), hash, sizeof(hash));
	struct event e = { .id = EVENT_COVERAGE_BEGAN, .value = { { .number = (int64_t)me.beat_s }, { .number = n },
		{ .number = w->policy->n_suppliers }, { .number = (int64_t)me.number },
		{ .bytes = rd_str(me.only_way ? me.only_way : "") }, { .bytes = rd_of(hash, sizeof(hash)) } } };
	(void)book_event(&about, &e);
}

static void tell_assets(enum book_log log, const struct policy *p)
{
	for (uint32_t i = 0; i < p->n_assets; i++) {
		const struct asset *a = &p->assets[i];
		const char *sensor = sensors[a->protocol];
		struct book_about about = { .asset = a->name, .log = log };
		struct event e = { .id = EVENT_COVERAGE_ASSET, .value = { { .number = me.only_way != NULL },
			{ .bytes = rd_str(policy_protocols[a->protocol]) }, { .bytes = rd_str(sensor ? sensor : "none") } } };
		if (is_of(a, log))
			(void)book_event(&about, &e);
	}
}

/* So that a supplier who never came is told apart from one that there is not. */
static void tell_suppliers(enum book_log log, const struct policy *p)
{
	for (uint32_t i = 0; i < p->n_suppliers; i++) {
		struct book_about about = { .employer = p->suppliers[i].name, .log = log };
		struct event e = { .id = EVENT_COVERAGE_SUPPLIER };
		for (uint32_t k = 0; k < p->n_engineers; k++)
			e.value[0].number += p->engineers[k].supplier == (int)i;
		(void)book_event(&about, &e);
	}
}

static void begin(uint64_t number)
{
	const struct world *w = world_now();

	me.number = number;
	for (enum book_log log = BOOK_CORE; log < BOOK_LOGS; log++) {
		tell_began(log, w);
		tell_assets(log, w->policy);
		tell_suppliers(log, w->policy);
	}
	me.has_begun = true;
	me.has_gap = false;
	me.last_ns = loop_now_ns(me.loop);
}

static void tell_both(const struct event *e)
{
	for (enum book_log log = BOOK_CORE; log < BOOK_LOGS; log++) {
		struct book_about about = { .log = log };
		(void)book_event(&about, e);
	}
}

static void beat(void)
{
	struct event e = { .id = EVENT_COVERAGE_BEAT, .value = { { .number = (int64_t)me.beat_s }, { .number = (int64_t)++me.number } } };

	tell_both(&e);
	me.has_gap = false;
	me.last_ns = loop_now_ns(me.loop);
}

void watching_round(unsigned verdict, struct rd why)
{
	struct event gap = { .id = EVENT_COVERAGE_GAP, .value = { { .bytes = why } } };

	if (!world_now() || verdict == CONTROL_ROUND_LATE || (!me.has_begun && verdict != CONTROL_ROUND_WELL))
		return;
	if (verdict == CONTROL_ROUND_GAP) {
		if (!me.has_gap && text_is_utf8(why))
			tell_both(&gap);
		me.has_gap = true;
	} else if (!me.has_begun) {
		begin(0);
	} else if (loop_now_ns(me.loop) - me.last_ns >= me.beat_s * NS_PER_S) {
		beat();
	}
}

void watching_policy_changed(void)
{
	if (me.has_begun)
		begin(me.number + 1);
}
