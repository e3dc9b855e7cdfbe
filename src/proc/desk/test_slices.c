/*
 * Is:        tests of slices: a naive model beside the rows, over random lives of sessions.
 * Is not:    a test of the desk (tests/desk.c).
 * Called by: the test run.
 * Owns:      a temporary directory.
 * Trust:     no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/desk/db.h"
#include "proc/desk/slices.h"
#include "testing/test.h"

enum { SESSIONS = 12, STEPS = 1500, LIVES = 8 };

/* The desk opens one database in its life; it is gone with this process. */
static void begin(void)
{
	static bool is_open;
	char dir[] = "/tmp/slagboom-slices-XXXXXX", file[sizeof(dir) + 16];

	if (is_open) {
		(void)db_run("DELETE FROM session", "");
		return;
	}
	CHECK(mkdtemp(dir));
	(void)snprintf(file, sizeof(file), "%s/db", dir);
	CHECK(db_open(file) == 0);
	is_open = true;
	static const char *const names[] = { "", "-wal", "-shm", "-journal" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(file, sizeof(file), "%s/db%s", dir, names[i]);
		(void)unlink(file);
	}
	CHECK(rmdir(dir) == 0);
}

static void end(void)
{
	db_commit();
}

struct id { char text[16]; };

static struct id row(const char *request, struct slice s)
{
	static unsigned n;
	struct id id;

	(void)snprintf(id.text, sizeof(id.text), "%08x", ++n);
	(void)db_run("INSERT INTO session VALUES(?1, ?2, 'e', 'a', 1, 0, ?3, ?4, '', '', '')", "ttii", rd_str(id.text),
	    rd_str(request), (int64_t)s.persons, (int64_t)(s.opaque & INT64_MAX));
	return id;
}

TEST(each_gets_something_and_one_alone_gets_all)
{
	const struct slice limit = { 20, 65536 };

	begin();
	struct slice a = slices_first(rd_str("r"), &limit), b;
	CHECK_U64(a.persons, 2);
	CHECK_U64(a.opaque, 8192);
	const struct id id = row("r", a);
	for (int i = 0; i < 14; i++) {
		b = slices_first(rd_str("r"), &limit);
		CHECK(b.persons && b.opaque);
		(void)row("r", b);
	}
	/* Of another grant nothing is taken. */
	b = slices_first(rd_str("other"), &limit);
	CHECK_U64(b.persons, 2);
	(void)db_run("DELETE FROM session WHERE id <> ?1", "t", rd_str(id.text));
	for (uint64_t n = 1; n <= 20; n++) {
		CHECK(n <= a.persons || slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ n, 0 }, &a));
		CHECK(a.persons >= n && a.persons <= 20);
	}
	CHECK(!slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ 21, 0 }, &a));
	CHECK(!slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ 0, 65537 }, &a));
	CHECK(!slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ UINT64_MAX, UINT64_MAX }, &a));
	CHECK(slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ 20, 65536 }, &a));
	b = slices_first(rd_str("r"), &limit);
	CHECK(b.persons == 0 && b.opaque == 0);
	/* What it did not use, it gives back. */
	slices_settle(rd_str(id.text), &(struct slice){ 3, 100 });
	b = slices_first(rd_str("r"), &limit);
	CHECK(b.persons == 2 && b.opaque == 65436 / 8);
	end();
}

/* Both or none: half of what is asked for helps nobody. */
TEST(what_is_not_left_changes_nothing)
{
	const struct slice limit = { 10, 10000 };
	struct slice a;

	begin();
	a = slices_first(rd_str("r"), &limit);
	const struct id id = row("r", a);
	struct slice before = a;
	CHECK(!slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ 10, 10001 }, &a));
	CHECK(a.persons == before.persons && a.opaque == before.opaque);
	CHECK_INT(db_number(-1, "SELECT sum(persons) FROM session", ""), (int64_t)before.persons);
	end();
}

TEST(without_a_limit_nothing_is_counted)
{
	const struct slice limit = { SLICE_PERSONS_NONE, INT64_MAX };

	begin();
	for (int i = 0; i < 3; i++) {
		struct slice a = slices_first(rd_str("r"), &limit);
		CHECK(a.persons == SLICE_PERSONS_NONE && a.opaque == INT64_MAX);
		const struct id id = row("r", a);
		CHECK(slices_raise(rd_str("r"), rd_str(id.text), &limit, &(struct slice){ 1000, 1000 }, &a));
	}
	end();
}

/* The naive model: an array of what each may show, or showed; and what it has shown. */
struct model {
	struct { struct id id; struct slice may, shown; bool live; } s[SESSIONS];
	struct slice gone; /* of sessions that have ended: what they showed, or when lost what they might have */
	struct slice limit;
};

static struct slice of_all(const struct model *m)
{
	struct slice sum = m->gone;

	for (size_t i = 0; i < SESSIONS; i++)
		if (m->s[i].live) {
			sum.persons += m->s[i].may.persons;
			sum.opaque += m->s[i].may.opaque;
		}
	return sum;
}

static void open_one(struct model *m, size_t i)
{
	const struct slice before = of_all(m);

	m->s[i].may = slices_first(rd_str("r"), &m->limit);
	m->s[i].shown = (struct slice){ 0, 0 };
	m->s[i].live = true;
	m->s[i].id = row("r", m->s[i].may);
	CHECK((m->s[i].may.persons == 0) == (before.persons >= m->limit.persons));
	CHECK((m->s[i].may.opaque == 0) == (before.opaque >= m->limit.opaque));
}

/* It wants to show more, and does when it may: refused is only what is not left. */
static void show_more(struct model *m, size_t i)
{
	struct slice need = m->s[i].shown, all = of_all(m), *may = &m->s[i].may;
	bool is_left;

	need.persons += test_random() % 4;
	need.opaque += test_random() % 3000;
	is_left = (need.persons <= may->persons || need.persons - may->persons + all.persons <= m->limit.persons) &&
	    (need.opaque <= may->opaque || need.opaque - may->opaque + all.opaque <= m->limit.opaque);
	if (need.persons > may->persons || need.opaque > may->opaque)
		CHECK(slices_raise(rd_str("r"), rd_str(m->s[i].id.text), &m->limit, &need, may) == is_left);
	if (is_left) {
		CHECK(need.persons <= may->persons && need.opaque <= may->opaque);
		m->s[i].shown = need;
	}
}

static void end_one(struct model *m, size_t i, bool is_lost)
{
	const struct slice used = is_lost ? m->s[i].may : m->s[i].shown;

	slices_settle(rd_str(m->s[i].id.text), &used);
	m->gone.persons += used.persons;
	m->gone.opaque += used.opaque;
	m->s[i].live = false;
}

static void live(struct model *m)
{
	for (int step = 0; step < STEPS; step++) {
		size_t i = test_random() % SESSIONS;
		uint64_t what = test_random() % 16;
		if (!m->s[i].live)
			open_one(m, i);
		else if (what < 12)
			show_more(m, i);
		else
			end_one(m, i, what == 15);
		const struct slice all = of_all(m);
		CHECK(all.persons <= m->limit.persons && all.opaque <= m->limit.opaque);
		CHECK_INT(db_number(0, "SELECT sum(persons) FROM session WHERE request = 'r'", ""), (int64_t)all.persons);
		CHECK_INT(db_number(0, "SELECT sum(opaque) FROM session WHERE request = 'r'", ""), (int64_t)all.opaque);
	}
}

TEST(never_more_than_the_grant_whatever_they_do)
{
	for (int n = 0; n < LIVES; n++) {
		struct model m = { .limit = { test_random() % (n % 2 ? 2000 : 12), test_random() % (n % 3 ? 4000000 : 9000) } };
		begin();
		live(&m);
		end();
	}
}
