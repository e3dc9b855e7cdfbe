/*
 * Is:        tests of answers about coverage: "no" is given only where it is true. Each
 *            record that speaks against it turns it into NOT WATCHED, and over random logs
 *            the stretches are those of a definition that is written down a second time.
 * Is not:    a test of who writes such records (tests/desk.c, tests/e2e/the_denial).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     no input.
 */
#include "evidence/coverage.h"

#include <string.h>

#include "base/timefmt.h"
#include "testing/test.h"

enum { LOG_MAX = 400, ASSETS = 2, SESSIONS = 6, BEAT_S = 10 };
#define SECOND 1000000000ull
#define START_NS (1000000 * SECOND)

static const uint64_t seed[2] = { 9, 9 };
static const char *const asset_names[ASSETS] = { "hlr1", "msc1" };
static const char *const suppliers[2] = { "meridian", "nordlink" };

enum kind { OTHER, BEGAN, ASSET, BEAT, GAP, OPENED, EXPOSED, RESUMED, CLOSED, LOST, BROKEN, MENDED, TOLD, TERM, ERASED };

/* One record, as the tests think of it. */
struct said {
	enum kind kind;
	uint64_t wall_ns, mono_us;
	unsigned asset, session, glass; /* session from 1 on */
	uint64_t number;                /* of a beat; n_closed; opaque bytes */
	bool a, b;                      /* watched, only way; keys, clear; at least */
};

static struct said book[LOG_MAX];
static size_t n_book, n_erased; /* of the first records */
static uint64_t clock_ns, mono_ns;

static struct said *say(enum kind kind)
{
	CHECK(n_book < LOG_MAX);
	struct said *s = &book[n_book++];
	*s = (struct said){ .kind = kind, .wall_ns = clock_ns, .mono_us = mono_ns / NS_PER_US };
	return s;
}

/* Records hold microseconds. */
static void pass(uint64_t ns)
{
	ns -= ns % NS_PER_US;
	clock_ns += ns;
	mono_ns += ns;
}

static void begin_book(void)
{
	n_book = n_erased = 0;
	clock_ns = START_NS;
	mono_ns = 5 * SECOND;
}

static void id_of(unsigned n, uint8_t id[RECORD_ID_LEN])
{
	memset(id, 0, RECORD_ID_LEN);
	id[0] = (uint8_t)n;
}

static struct event event_of(const struct said *s, uint8_t id[RECORD_ID_LEN])
{
	static const uint8_t zeros[32];
	struct rd no_id = rd_of(zeros, 16), hash = rd_of(zeros, 32);

	id_of(s->glass, id);
	switch (s->kind) {
	case OTHER:
		break;
	case BEGAN:
		return (struct event){ .id = EVENT_COVERAGE_BEGAN, .value = { { .number = BEAT_S }, { .number = ASSETS }, { .number = 2 },
			{ .number = (int64_t)s->number }, { .bytes = rd_str("a network of their own") }, { .bytes = hash } } };
	case ASSET:
		return (struct event){ .id = EVENT_COVERAGE_ASSET, .value = { { .number = s->b }, { .bytes = rd_str("telnet") },
			{ .bytes = rd_str(s->a ? "gate" : "none") } } };
	case BEAT:
		return (struct event){ .id = EVENT_COVERAGE_BEAT, .value = { { .number = BEAT_S }, { .number = (int64_t)s->number } } };
	case GAP:
		return (struct event){ .id = EVENT_COVERAGE_GAP, .value = { { .bytes = rd_str("door stands still") } } };
	case OPENED:
		return (struct event){ .id = EVENT_SESSION_OPENED, .value = { { .bytes = no_id }, { .bytes = rd_str("shell") },
			{ .bytes = no_id }, { .bytes = hash }, { .bytes = no_id }, { .bytes = rd_str("maintenance") } } };
	case EXPOSED:
		return (struct event){ .id = EVENT_SESSION_EXPOSURE, .value = { { .bytes = rd_str(s->a ? "location 2, keys 1" : "location 1") },
			{ .number = 0 }, { .bytes = rd_str("imsi 1") }, { .number = s->b }, { .number = !s->b }, { .number = 1 },
			{ .bytes = rd_str("") }, { .bytes = rd_str("plan 1") } } };
	case RESUMED:
		return (struct event){ .id = EVENT_SESSION_RESUMED, .value = { { .bytes = rd_str("officer") }, { .bytes = rd_str("") } } };
	case CLOSED:
		return (struct event){ .id = EVENT_SESSION_CLOSED, .value = { { .number = s->a }, { .bytes = rd_str("engineer") }, { .number = 0 },
			{ .number = 0 }, { .number = 0 }, { .number = 0 }, { .number = 0 }, { .number = (int64_t)s->number } } };
	case LOST:
		return (struct event){ .id = EVENT_SESSION_LOST, .value = { { .bytes = rd_str("its link ended") } } };
	case TERM:
		return (struct event){ .id = EVENT_RETENTION_METADATA_SET, .value = { { .bytes = rd_str("k.visser") }, { .number = (int64_t)s->number } } };
	case ERASED:
		return (struct event){ .id = EVENT_METADATA_ERASED, .value = { { .bytes = rd_str("retention") }, { .number = 0 }, { .number = 255 },
			{ .bytes = rd_str("its term is over") } } };
	case BROKEN:
		return (struct event){ .id = EVENT_BREAKGLASS_OPENED, .value = { { .bytes = rd_str(asset_names[s->asset]) },
			{ .bytes = rd_of(id, RECORD_ID_LEN) } } };
	case TOLD: /* of the seconds `number` to `number` + 4 after the book began */
		return (struct event){ .id = EVENT_BREAKGLASS_REPORTED, .value = { { .bytes = rd_str(asset_names[s->asset]) },
			{ .number = (int64_t)(START_NS / SECOND + s->number) }, { .bytes = rd_of(id, RECORD_ID_LEN) },
			{ .number = (int64_t)(START_NS / SECOND + s->number + 4) } } };
	case MENDED:
		return (struct event){ .id = EVENT_BREAKGLASS_CLOSED, .value = { { .bytes = rd_of(id, RECORD_ID_LEN) },
			{ .number = (int64_t)s->number }, { .bytes = rd_str("we looked") } } };
	}
	return (struct event){ .id = EVENT_LOG_ROOM, .value = { { .bytes = rd_str("core") } } };
}

/* Gives the book to `c`, without the record at `left_out`; numbered as it stands, or again. */
static void read_book(struct coverage *c, size_t n, size_t left_out, bool again)
{
	AUTO(buf_done) struct buf b = { 0 };
	struct record_view v;

	buf_init(&b, RECORD_MAX);
	for (size_t i = 0, seq = 0; i < n; i++, seq++) {
		const struct said *s = &book[i];
		uint8_t id[RECORD_ID_LEN], glass[RECORD_ID_LEN];
		if (i == left_out) {
			seq -= again;
			continue;
		}
		if (i < n_erased) {
			if (i + 1 == n_erased)
				coverage_gone(c, n_erased);
			continue;
		}
		struct record r = { .seq = seq, .prev = seq, .wall_ns = s->wall_ns, .mono_us = s->mono_us, .clock = RECORD_CLOCK_SYNCED,
			.event = event_of(s, glass), .actor = rd_str("somebody") };
		id_of(s->session, id);
		if (s->session) {
			r.session = rd_of(id, sizeof(id));
			r.employer = rd_str(suppliers[s->session % 2]);
		}
		if (s->session || s->kind == ASSET)
			r.asset = rd_str(asset_names[s->asset]);
		buf_reset(&b);
		CHECK_INT(record_write(&b, &r), 0);
		CHECK(record_read(buf_rd(&b), &v));
		coverage_take(c, &v);
	}
	coverage_end(c);
}

static enum coverage_value value_at(const struct vec *stretches, uint64_t at_ns, enum coverage_why *why)
{
	for (size_t i = 0; i < stretches->n; i++) {
		const struct coverage_stretch *s = vec_at(stretches, i);
		if (at_ns < s->from_ns || at_ns >= s->to_ns)
			continue;
		*why = s->why;
		return s->value;
	}
	test_fail(__FILE__, __LINE__, "a moment without an answer");
}

struct asked { struct coverage_question q; size_t n, left_out; bool again; };

static struct asked about(const char *asset, const char *supplier, const char *data_class)
{
	return (struct asked){ .q = { 0, 2 * START_NS, rd_str(asset), rd_str(supplier), rd_str(""), rd_str(data_class) },
		.n = n_book, .left_out = LOG_MAX };
}

/* The answer for one moment, and the reason. */
static enum coverage_value now(struct asked a, uint64_t at_ns, enum coverage_why *why)
{
	AUTO(coverage_done) struct coverage c;
	struct vec out;
	enum coverage_value v;

	coverage_init(&c, &a.q, seed);
	read_book(&c, a.n, a.left_out, a.again);
	coverage_answer(&c, &out);
	v = value_at(&out, at_ns, why);
	vec_done(&out);
	return v;
}

static void check_why(struct asked a, uint64_t at_s, enum coverage_why want)
{
	enum coverage_why why = COVERAGE_UNKNOWN;

	CHECK_STR(coverage_value_name(now(a, START_NS + at_s * SECOND, &why)), "NOT WATCHED");
	CHECK_STR(coverage_why_word(why), coverage_why_word(want));
}

static void check_value(struct asked a, uint64_t at_s, const char *want)
{
	enum coverage_why why = COVERAGE_UNKNOWN;

	const char *got = coverage_value_name(now(a, START_NS + at_s * SECOND, &why));
	if (strcmp(got, want) != 0)
		test_fail(__FILE__, __LINE__, "at %llu s: %s (%s) instead of %s", (unsigned long long)at_s, got, coverage_why_word(why), want);
}

static void declare(bool sensor, bool only_way)
{
	for (unsigned i = 0; i < ASSETS; i++) {
		struct said *s = say(ASSET);
		s->asset = i;
		s->a = sensor;
		s->b = only_way;
	}
}

/* A life of `n` beats after the beginning; the clock stands at the last. */
static void live(uint64_t n)
{
	say(BEGAN);
	declare(true, true);
	for (uint64_t i = 1; i <= n; i++) {
		pass(BEAT_S * SECOND);
		say(BEAT)->number = i;
	}
}

TEST(what_was_watched_all_the_while_was_not_seen)
{
	begin_book();
	live(5);
	check_value(about("hlr1", "", ""), 0, "NOT SEEN");
	check_value(about("", "meridian", "keys"), 39, "NOT SEEN");
	/* The last beat is confirmed by none. */
	check_why(about("hlr1", "", ""), 40, COVERAGE_AFTER);
	check_why(about("hlr1", "", ""), 5000, COVERAGE_AFTER);
	check_why(about("smsc9", "", ""), 20, COVERAGE_UNDECLARED);
	struct asked before = about("hlr1", "", "");
	enum coverage_why why;
	CHECK(now(before, START_NS - 1, &why) == COVERAGE_NOT_WATCHED && why == COVERAGE_BEFORE);
	n_book = 0;
	CHECK(now(about("", "", ""), START_NS, &why) == COVERAGE_NOT_WATCHED);
	begin_book();
	say(OTHER);
	CHECK(now(about("", "", ""), START_NS, &why) == COVERAGE_NOT_WATCHED);
}

TEST(without_a_sensor_or_beside_another_way_nothing_is_watched)
{
	begin_book();
	say(BEGAN);
	declare(false, true);
	for (uint64_t i = 1; i <= 4; i++) {
		pass(BEAT_S * SECOND);
		say(BEAT)->number = i;
	}
	check_why(about("hlr1", "", ""), 12, COVERAGE_NO_SENSOR);
	book[1].a = true;
	check_value(about("hlr1", "", ""), 12, "NOT SEEN");
	check_why(about("", "", ""), 12, COVERAGE_NO_SENSOR); /* msc1 has none */
	book[1].b = false;
	check_why(about("hlr1", "", ""), 12, COVERAGE_OTHER_WAYS);
}

TEST(a_missing_record_leaves_no_no)
{
	begin_book();
	live(6);
	for (size_t k = 0; k + 1 < n_book; k++) {
		struct asked a = about("hlr1", "", "");
		a.left_out = k;
		for (uint64_t at = 0; at < 60; at += 5)
			check_why(a, at, COVERAGE_MISSING);
	}
}

TEST(a_beat_that_was_never_written_is_silence)
{
	begin_book();
	live(8);
	for (size_t k = 1; k <= 7; k++) {
		struct asked a = about("hlr1", "", "");
		a.left_out = 2 + k; /* after the beginning and two assets */
		a.again = true;
		check_why(a, k * BEAT_S - 1, COVERAGE_MISSING);
		check_why(a, k * BEAT_S + 1, COVERAGE_MISSING);
		if (k >= 3)
			check_value(a, 5, "NOT SEEN");
	}
	/* Beats too far apart, with numbers that follow. */
	begin_book();
	live(3);
	pass(300 * SECOND);
	say(BEAT)->number = 4;
	pass(BEAT_S * SECOND);
	say(BEAT)->number = 5;
	check_why(about("hlr1", "", ""), 100, COVERAGE_LATE);
}

TEST(a_gap_takes_the_beat_before_along)
{
	begin_book();
	live(4);
	pass(SECOND);
	say(GAP);
	pass(9 * SECOND);
	say(BEAT)->number = 5;
	pass(BEAT_S * SECOND);
	say(BEAT)->number = 6;
	pass(BEAT_S * SECOND);
	say(BEAT)->number = 7;
	check_value(about("hlr1", "", ""), 29, "NOT SEEN");
	check_why(about("hlr1", "", ""), 31, COVERAGE_GAP);
	check_why(about("hlr1", "", ""), 49, COVERAGE_GAP);
	check_value(about("hlr1", "", ""), 51, "NOT SEEN");
}

TEST(between_two_lives_nobody_watched)
{
	begin_book();
	live(4);
	pass(2 * SECOND);
	mono_ns = SECOND; /* the machine was started anew, too */
	live(4);
	check_value(about("hlr1", "", ""), 29, "NOT SEEN");
	check_why(about("hlr1", "", ""), 31, COVERAGE_STOPPED);
	check_why(about("hlr1", "", ""), 41, COVERAGE_STOPPED);
	check_value(about("hlr1", "", ""), 43, "NOT SEEN");
	/* A new policy in the same life is no interruption, for what both name. */
	begin_book();
	live(3);
	pass(BEAT_S * SECOND);
	say(BEGAN)->number = 4;
	struct said *s = say(ASSET);
	s->a = s->b = true;
	for (uint64_t i = 5; i < 9; i++) {
		pass(BEAT_S * SECOND);
		say(BEAT)->number = i;
	}
	for (uint64_t at = 0; at < 70; at++)
		check_value(about("hlr1", "", ""), at, "NOT SEEN");
	check_value(about("msc1", "", ""), 39, "NOT SEEN");
	check_why(about("msc1", "", ""), 41, COVERAGE_UNDECLARED);
}

TEST(a_clock_that_was_moved_is_no_witness)
{
	begin_book();
	live(3);
	clock_ns += 100 * SECOND; /* forward: the time in between was never watched */
	pass(BEAT_S * SECOND);
	say(BEAT)->number = 4;
	pass(BEAT_S * SECOND);
	say(BEAT)->number = 5;
	check_why(about("hlr1", "", ""), 100, COVERAGE_CLOCK);
	/* Back: nobody can tell the two times apart, neither the first nor the second. */
	begin_book();
	live(20);
	clock_ns -= 100 * SECOND;
	for (uint64_t i = 21; i < 40; i++) {
		pass(BEAT_S * SECOND);
		say(BEAT)->number = i;
	}
	check_value(about("hlr1", "", ""), 90, "NOT SEEN");
	for (uint64_t at = 111; at < 199; at++)
		check_why(about("hlr1", "", ""), at, COVERAGE_CLOCK);
	check_value(about("hlr1", "", ""), 250, "NOT SEEN");
}

/* A second in all, by however small steps; then it is a change, and counts anew from there. */
TEST(small_steps_of_the_clock_add_up)
{
	begin_book();
	say(BEGAN);
	declare(true, true);
	for (uint64_t i = 1; i <= 20; i++) {
		pass(BEAT_S * SECOND);
		clock_ns += i <= 8 ? 150000000 : 0;
		say(BEAT)->number = i;
	}
	check_value(about("hlr1", "", ""), 15, "NOT SEEN");
	check_why(about("hlr1", "", ""), 65, COVERAGE_CLOCK);
	check_value(about("hlr1", "", ""), 95, "NOT SEEN");
}

/* Five beats, a session of the second supplier from 12 s to 18 s, and as many again. */
static void live_with_session(const struct said *exposed, const struct said *closed)
{
	begin_book();
	say(BEGAN);
	declare(true, true);
	for (uint64_t i = 1; i <= 8; i++) {
		pass(BEAT_S * SECOND);
		say(BEAT)->number = i;
		if (i != 1)
			continue;
		pass(2 * SECOND);
		say(OPENED)->session = 1;
		pass(3 * SECOND);
		for (const struct said *s = exposed; s && s->kind; s++) {
			struct said *mine = say(s->kind);
			mine->session = 1;
			mine->a = s->a;
			mine->b = s->b;
		}
		pass(3 * SECOND);
		if (closed) {
			struct said *mine = say(closed->kind);
			mine->session = 1;
			mine->number = closed->number;
			mine->a = closed->a;
		}
		clock_ns -= 8 * SECOND;
		mono_ns -= 8 * SECOND;
		pass(8 * SECOND);
		clock_ns = START_NS + BEAT_S * SECOND;
		mono_ns = 5 * SECOND + BEAT_S * SECOND;
	}
}

TEST(a_session_is_seen_and_its_class_only_by_a_record)
{
	const struct said clean = { .kind = CLOSED }, keys[2] = { { .kind = EXPOSED, .a = true } }, clear[2] = { { .kind = EXPOSED, .b = true } };
	const struct said masked[2] = { { .kind = EXPOSED } };

	live_with_session(NULL, &clean);
	check_value(about("hlr1", "nordlink", ""), 15, "SEEN");
	check_value(about("hlr1", "meridian", ""), 15, "NOT SEEN");
	check_value(about("msc1", "", ""), 15, "NOT SEEN");
	check_value(about("", "", ""), 15, "SEEN");
	check_value(about("hlr1", "nordlink", ""), 11, "NOT SEEN");
	check_value(about("hlr1", "nordlink", ""), 19, "NOT SEEN");
	check_value(about("hlr1", "nordlink", "keys"), 15, "NOT SEEN");
	live_with_session(keys, &clean);
	check_value(about("hlr1", "nordlink", "keys"), 15, "SEEN");
	check_value(about("hlr1", "nordlink", "location"), 15, "SEEN");
	check_value(about("hlr1", "nordlink", "content"), 15, "NOT SEEN");
	check_value(about("hlr1", "nordlink", "key"), 15, "NOT SEEN");
	live_with_session(clear, &clean);
	check_value(about("hlr1", "nordlink", "identity"), 15, "SEEN");
	live_with_session(masked, &clean);
	check_value(about("hlr1", "nordlink", "identity"), 15, "NOT SEEN");
}

TEST(a_session_that_was_not_read_is_not_watched)
{
	const struct said opaque = { .kind = CLOSED, .number = 1 }, at_least = { .kind = CLOSED, .a = true }, lost = { .kind = LOST };
	const struct said clean = { .kind = CLOSED }, let_go[3] = { { .kind = EXPOSED }, { .kind = RESUMED } };
	const struct { const struct said *closed; enum coverage_why why; } rows_[] = { { &opaque, COVERAGE_OPAQUE },
		{ &at_least, COVERAGE_UNCOUNTED }, { &lost, COVERAGE_LOST }, { NULL, COVERAGE_OPEN } };

	for (size_t i = 0; i < ARRAY_LEN(rows_); i++) {
		live_with_session(NULL, rows_[i].closed);
		check_value(about("hlr1", "nordlink", ""), 15, "SEEN");
		check_why(about("hlr1", "nordlink", "keys"), 15, rows_[i].why);
		check_why(about("", "", "keys"), 15, rows_[i].why);
		check_value(about("hlr1", "meridian", "keys"), 15, "NOT SEEN");
		check_value(about("hlr1", "nordlink", "keys"), 11, "NOT SEEN");
	}
	check_why(about("hlr1", "nordlink", "keys"), 60, COVERAGE_OPEN);
	live_with_session(let_go, &clean);
	check_why(about("hlr1", "nordlink", "identity"), 15, COVERAGE_LET_GO);
	check_value(about("hlr1", "nordlink", "keys"), 15, "NOT SEEN");
}

TEST(a_broken_glass_is_open_until_two_have_closed_it)
{
	for (unsigned n_closed = 0; n_closed <= 2; n_closed++) {
		begin_book();
		live(3);
		pass(2 * SECOND);
		say(BROKEN)->glass = 7;
		pass(8 * SECOND);
		for (uint64_t i = 4; i < 10; i++) {
			say(BEAT)->number = i;
			if (i == 6 && n_closed) {
				struct said *s = say(MENDED);
				s->glass = 7;
				s->number = n_closed;
			}
			pass(BEAT_S * SECOND);
		}
		check_value(about("hlr1", "", ""), 31, "NOT SEEN");
		check_value(about("msc1", "", ""), 40, "NOT SEEN");
		if (n_closed == 2) {
			check_value(about("hlr1", "", ""), 40, "NOT SEEN");
			continue;
		}
		check_why(about("hlr1", "", ""), 40, COVERAGE_GLASS);
		check_why(about("", "", "keys"), 40, COVERAGE_GLASS);
		check_why(about("hlr1", "", ""), 900, COVERAGE_GLASS);
	}
}

TEST(what_went_past_the_gate_stays_unwatched_whoever_closes_the_glass)
{
	begin_book();
	live(8);
	struct said *s = say(TOLD);
	s->glass = 7;
	s->number = 42;
	say(BROKEN)->glass = 7;
	s = say(MENDED);
	s->glass = 7;
	s->number = 2;
	check_value(about("hlr1", "", ""), 40, "NOT SEEN");
	check_why(about("hlr1", "", ""), 42, COVERAGE_PAST_GATE);
	check_why(about("", "", "keys"), 46, COVERAGE_PAST_GATE);
	check_value(about("hlr1", "", ""), 48, "NOT SEEN");
	check_value(about("msc1", "", ""), 44, "NOT SEEN");
}

/* Days later the records of the first life are erased, as old as the term and no older. */
TEST(what_was_erased_is_not_watched_and_nothing_after_it_suffers)
{
	const uint64_t day_s = 86400;

	begin_book();
	live(5);
	say(OPENED)->session = 1;
	size_t first_life = n_book;
	pass(SECOND);
	say(LOST)->session = 1;
	say(TERM)->number = 2;
	pass(3 * day_s * SECOND);
	uint64_t second_s = (clock_ns - START_NS) / SECOND;
	live(5);
	pass(SECOND);
	say(ERASED);
	check_value(about("hlr1", "", ""), second_s + 15, "NOT SEEN");
	check_why(about("hlr1", "", ""), 15, COVERAGE_ERASED); /* it says so, whatever is still there */
	n_erased = first_life;
	check_value(about("hlr1", "", ""), second_s + 15, "NOT SEEN");
	check_why(about("hlr1", "", ""), 15, COVERAGE_ERASED);
	check_why(about("hlr1", "", "keys"), 15, COVERAGE_ERASED);
	check_why(about("hlr1", "", ""), day_s, COVERAGE_ERASED);
	/* Erased without a term that anybody set: all up to then. */
	book[first_life + 1].number = 0;
	check_why(about("hlr1", "", ""), second_s + 15, COVERAGE_ERASED);
}

/* The definition once more, for one asset and one moment, straight from the book. */

static bool was_shown(size_t opened, const struct asked *a)
{
	struct rd class_ = a->q.data_class;

	for (size_t i = opened; i < a->n; i++) {
		const struct said *s = &book[i];
		if (s->session != book[opened].session || s->kind != EXPOSED)
			continue;
		if ((rd_is(&class_, "keys") && s->a) || (rd_is(&class_, "identity") && s->b))
			return true;
	}
	return class_.len == 0;
}

static enum coverage_value naive_sessions(const struct asked *a, unsigned asset, uint64_t at)
{
	enum coverage_value v = COVERAGE_NOT_SEEN;
	uint64_t high = 0;

	for (size_t i = 0; i < a->n; i++)
		high = book[i].wall_ns > high ? book[i].wall_ns : high;
	for (size_t i = 0; i < a->n; i++) {
		uint64_t from = UINT64_MAX, to = 0;
		const struct said *end = NULL;
		bool masked = false, let_go = false;
		struct rd supplier = rd_str(suppliers[book[i].session % 2]);
		if (book[i].kind != OPENED || book[i].asset != asset || (a->q.supplier.len && !rd_equal(&a->q.supplier, &supplier)))
			continue;
		for (size_t k = i; k < a->n; k++) {
			const struct said *s = &book[k];
			if (s->session != book[i].session)
				continue;
			from = s->wall_ns < from ? s->wall_ns : from;
			to = s->wall_ns > to ? s->wall_ns : to;
			end = s->kind == CLOSED || s->kind == LOST ? s : end;
			masked = masked || (s->kind == EXPOSED && !s->b);
			let_go = let_go || s->kind == RESUMED;
		}
		bool shown = was_shown(i, a);
		to = end ? to : high;
		if (shown && at >= from && at < to + NS_PER_US)
			return COVERAGE_SEEN;
		if (shown || at < from || (end && at >= to + NS_PER_US))
			continue;
		if (!end || end->kind == LOST || end->number || end->a || (masked && let_go && rd_is(&a->q.data_class, "identity")))
			v = COVERAGE_NOT_WATCHED;
	}
	return v;
}

/* Whether the pair of beats that begins with record `i` says "all was well": to `*end`. */
static bool good_pair(const struct asked *a, size_t i, size_t *end)
{
	uint64_t high = 0;

	for (size_t k = 0; k <= i; k++)
		high = book[k].wall_ns > high ? book[k].wall_ns : high;
	for (size_t k = i + 1; k < a->n; k++) {
		const struct said *s = &book[k];
		if (s->kind == GAP)
			return false;
		if (s->kind != BEAT && s->kind != BEGAN) {
			high = s->wall_ns > high ? s->wall_ns : high;
			continue;
		}
		*end = k;
		int64_t wall = (int64_t)(s->wall_ns - book[i].wall_ns), mono = (int64_t)(s->mono_us - book[i].mono_us) * 1000;
		return s->number == book[i].number + 1 && wall >= 0 && mono >= 0 && wall <= (int64_t)((BEAT_S * 3 / 2 + COVERAGE_LATE_S) * SECOND) &&
		    wall - mono <= (int64_t)SECOND && mono - wall <= (int64_t)SECOND && s->wall_ns + SECOND >= high;
	}
	return false;
}

/* What the last declaration before the beat at `end` said of the asset, if that was before the
 * beat at `from`, or beside the beginning that stands there. */
static bool naive_declared(unsigned asset, size_t from, size_t end)
{
	size_t began = LOG_MAX, beats_since = 0;
	bool watched = false;
	uint64_t since = 0, at = 0;

	for (size_t i = 0; i < end; i++) {
		if (book[i].kind == BEGAN) {
			began = i;
			beats_since = 0;
			watched = false;
		} else if (book[i].kind == BEAT) {
			beats_since++;
		} else if (book[i].kind == ASSET && book[i].asset == asset && began != LOG_MAX) {
			watched = book[i].a && book[i].b;
			since = beats_since ? beats_since + 1 : 0;
		}
		at = i == from ? beats_since : at;
	}
	return watched && since <= at;
}

static bool naive_watched(const struct asked *a, unsigned asset, uint64_t at)
{
	bool watched = false;
	uint64_t high = 0;
	size_t end, third;

	for (size_t i = 0; i < a->n; i++) {
		if ((book[i].kind == BEAT || book[i].kind == BEGAN) && at >= book[i].wall_ns && good_pair(a, i, &end) && at < book[end].wall_ns &&
		    good_pair(a, end, &third))
			watched = watched || naive_declared(asset, i, end);
		if (high > book[i].wall_ns + SECOND && at >= book[i].wall_ns && at < high)
			return false;
		high = book[i].wall_ns > high ? book[i].wall_ns : high;
	}
	for (size_t i = 0; i < a->n; i++) {
		bool mended = false;
		if (book[i].kind != BROKEN || book[i].asset != asset || at < book[i].wall_ns)
			continue;
		for (size_t k = i; k < a->n; k++)
			mended = mended || (book[k].kind == MENDED && book[k].glass == book[i].glass && book[k].number == 2);
		if (!mended)
			return false;
	}
	return watched;
}

static enum coverage_value naive(const struct asked *a, uint64_t at)
{
	enum coverage_value all = COVERAGE_NOT_SEEN, v;

	for (unsigned i = 0; i < ASSETS; i++) {
		if (a->q.asset.len && !rd_is(&a->q.asset, asset_names[i]))
			continue;
		v = naive_sessions(a, i, at);
		if (v == COVERAGE_SEEN)
			return v;
		if (v == COVERAGE_NOT_WATCHED || !naive_watched(a, i, at))
			all = COVERAGE_NOT_WATCHED;
	}
	return all;
}

/* A book of somebody who lives, works, fails, lies about the time and breaks glass. */
static unsigned in[SESSIONS + 1]; /* asset and 1 of each open session */
static bool may_lie;

static void random_session(void)
{
	unsigned s = 1 + (unsigned)test_below(SESSIONS);
	static const enum kind later[] = { EXPOSED, EXPOSED, RESUMED, CLOSED, CLOSED, LOST };
	enum kind kind;

	if (in[s] == 99)
		return; /* a session opens once */
	kind = in[s] ? later[test_below(ARRAY_LEN(later))] : OPENED;
	struct said *r = say(kind);
	r->session = s;
	r->asset = in[s] ? in[s] - 1 : (unsigned)test_below(ASSETS);
	r->a = test_below(4) == 0;
	r->b = test_below(2);
	r->number = kind == CLOSED && test_below(3) == 0;
	in[s] = kind == CLOSED || kind == LOST ? 99 : r->asset + 1;
}

static void random_book(void)
{
	uint64_t number = 0;
	unsigned glass = 0;
	bool lives = false;

	begin_book();
	memset(in, 0, sizeof(in));
	for (unsigned n = 40 + (unsigned)test_below(100); n > 0 && n_book + 8 < LOG_MAX; n--) {
		uint64_t what = test_below(40);
		if (!lives || what == 0) {
			number = lives && test_below(2) ? number + 1 : 0;
			say(BEGAN)->number = number;
			declare(test_below(8) > 0, test_below(8) > 0);
			lives = true;
		} else if (what < 24) {
			pass(test_below(12) == 0 ? 60 * SECOND : BEAT_S * SECOND);
			number += test_below(20) == 0 ? 2 : 1;
			say(BEAT)->number = number;
		} else if (what < 34) {
			pass(test_below(3 * SECOND));
			random_session();
		} else if (what == 34) {
			say(GAP);
		} else if (what == 35 && may_lie) {
			uint64_t lie = 2 * SECOND + test_below(150 * SECOND);
			lie -= lie % NS_PER_US;
			clock_ns = test_below(2) ? clock_ns + lie : clock_ns - lie;
		} else if (what == 36) {
			struct said *s = say(BROKEN);
			s->asset = (unsigned)test_below(ASSETS);
			s->glass = ++glass;
		} else if (what > 36 && glass) {
			struct said *s = say(MENDED);
			s->glass = 1 + (unsigned)test_below(glass);
			s->number = 1 + test_below(2);
		}
	}
}

static struct asked random_question(void)
{
	static const char *const classes[] = { "", "keys", "identity" };

	return about(test_below(2) ? "" : asset_names[test_below(ASSETS)], test_below(2) ? "" : suppliers[test_below(2)], classes[test_below(3)]);
}

static void compare(struct asked a)
{
	AUTO(coverage_done) struct coverage c;
	struct vec out;
	enum coverage_why why;

	coverage_init(&c, &a.q, seed);
	read_book(&c, a.n, a.left_out, false);
	coverage_answer(&c, &out);
	for (size_t i = 0; i < 2 * a.n; i++) {
		const struct said *s = &book[test_below(a.n)];
		uint64_t at = s->wall_ns + (test_below(3) ? test_below(15 * SECOND) : test_below(3) - 1);
		enum coverage_value got = value_at(&out, at, &why), want = naive(&a, at);
		/* A clock that lies may cost more than the definition asks, never less. */
		if (got != want && !(may_lie && got == COVERAGE_NOT_WATCHED && want == COVERAGE_NOT_SEEN))
			test_fail(__FILE__, __LINE__, "at %+.3f s: %s (%s) instead of %s; class \"%.*s\", asset \"%.*s\"",
			    ((double)at - (double)START_NS) / SECOND, coverage_value_name(got), coverage_why_word(why),
			    coverage_value_name(want), (int)a.q.data_class.len, (const char *)a.q.data_class.p, (int)a.q.asset.len, (const char *)a.q.asset.p);
	}
	vec_done(&out);
}

TEST(stretches_are_those_of_the_definition)
{
	for (int i = 0; i < 600; i++) {
		may_lie = i % 2;
		random_book();
		compare(random_question());
	}
}

/* What was no "no" yesterday, with fewer records known, is none today unless the records
 * that came make it one; and a "no" of yesterday stands. */
TEST(a_no_is_never_taken_back)
{
	may_lie = false;
	for (int i = 0; i < 200; i++) {
		enum coverage_why why;
		random_book();
		struct asked all = random_question(), some = all;
		some.n = 1 + test_below(n_book);
		for (int k = 0; k < 40; k++) {
			uint64_t at = START_NS + test_below(600 * SECOND);
			if (now(some, at, &why) == COVERAGE_NOT_SEEN)
				CHECK_STR(coverage_value_name(now(all, at, &why)), "NOT SEEN");
		}
	}
}

static bool is_open_at(unsigned session, size_t n)
{
	bool open = false;

	for (size_t i = 0; i < n; i++)
		if (book[i].session == session)
			open = book[i].kind != CLOSED && book[i].kind != LOST;
	return open;
}

/* What is left of a book of which the beginning was erased says no to nothing that the whole did not. */
TEST(an_erased_beginning_makes_no_no)
{
	may_lie = false;
	for (int i = 0; i < 200; i++) {
		enum coverage_why why;
		random_book();
		struct asked a = random_question();
		size_t n = 1 + test_below(n_book / 2);
		bool open[SESSIONS + 1] = { false };
		/* Glass is never erased, nor a session that is open. */
		for (unsigned k = 1; k <= SESSIONS; k++)
			open[k] = is_open_at(k, n);
		for (size_t k = 0; k < n_book; k++)
			if (book[k].kind == BROKEN || book[k].kind == MENDED || open[book[k].session])
				book[k] = (struct said){ .kind = OTHER, .wall_ns = book[k].wall_ns, .mono_us = book[k].mono_us };
		for (int k = 0; k < 40; k++) {
			uint64_t at = book[n].wall_ns + test_below(600 * SECOND);
			n_erased = n;
			if (now(a, at, &why) != COVERAGE_NOT_SEEN)
				continue;
			n_erased = 0;
			enum coverage_value whole = now(a, at, &why);
			if (whole != COVERAGE_NOT_SEEN)
				test_fail(__FILE__, __LINE__, "%s (%s) with all records, and NOT SEEN without the first %zu, at %llu s", coverage_value_name(whole), coverage_why_word(why), n, (unsigned long long)((at - START_NS) / SECOND));
		}
	}
}

TEST(every_record_left_out_of_a_random_book_leaves_no_no)
{
	may_lie = true;
	for (int i = 0; i < 100; i++) {
		enum coverage_why why;
		random_book();
		struct asked a = random_question();
		a.left_out = test_below(n_book - 1);
		for (int k = 0; k < 40; k++)
			CHECK(now(a, START_NS + test_below(900 * SECOND), &why) != COVERAGE_NOT_SEEN);
	}
}
