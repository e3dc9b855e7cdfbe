/*
 * Is:        tests of the inspector: the catalogue of evasions, masking on terminals,
 *            the ceiling, the figures.
 * Is not:    part of the product.
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own text and captures; the planted numbers are the labels.
 */
#include "inspect/inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "inspect/plan.h"
#include "inspect/test_evasions.h"
#include "testing/test.h"

enum { N_PLANTED = 300, OUT_MAX = 1 << 24, MS = 1000000 };

struct planted {
	unsigned n;
	char number[N_PLANTED][12];
};

static struct planted planted;

static void is_planted(void *ctx, struct inspect_ask *asks, size_t n)
{
	const struct planted *p = ctx;

	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		a->membership = MEMBERSHIP_NONE;
		for (unsigned i = 0; a->kind == SCAN_MSISDN && i < p->n; i++)
			if (rd_is(&a->value, p->number[i]))
				a->membership = MEMBERSHIP_MEMBER;
	}
}

static void nobody_knows(void *ctx, struct inspect_ask *asks, size_t n)
{
}

static void plant(unsigned n)
{
	planted.n = n;
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(planted.number[i], 12, "316%u%07u", 1 + (unsigned)test_below(5), (unsigned)test_below(10000000));
}

static struct inspector_options options(void)
{
	static struct plan *plan;
	struct plan_error e;

	if (!plan)
		CHECK_INT(plan_parse(plan_default_text(), &plan, &e), 0);
	return (struct inspector_options){
		.plan = plan, .key = { 1, 2 }, .member = is_planted, .member_ctx = &planted,
		.screen = true, .rows = 24, .cols = 80, .most_opaque = UINT64_MAX,
	};
}

/* Everything through one inspector in random pieces; holds are let go and counted. */
static unsigned run(const struct inspector_options *o, struct rd in, size_t most, struct buf *out, struct inspect_figures *f)
{
	AUTO(inspector_free) struct inspector *i = inspector_new(o);
	enum inspect_why why;
	unsigned held = 0;
	uint64_t now = 0;

	while (in.len) {
		struct rd piece;
		size_t n = 1 + test_below(most);

		CHECK(rd_take(&in, n < in.len ? n : in.len, &piece));
		now += MS / 1000;
		while (inspector_put(i, piece, now, out, &why) == INSPECT_HOLD) {
			held++;
			inspector_resume(i, o->most_persons, UINT64_MAX, out);
			piece = rd_of(NULL, 0);
		}
	}
	if (inspector_end(i, out, &why) == INSPECT_HOLD) {
		held++;
		inspector_resume(i, 0, UINT64_MAX, out);
		CHECK(inspector_end(i, out, &why) == INSPECT_RELEASE);
	}
	inspector_figures(i, f);
	return held;
}

static void write_plain(struct buf *out, bool numbers_only)
{
	static const char *const before[] = { "subscriber ", "attach ok msisdn=", "call to ", "vlr sgsn paging timeout retry " };

	for (unsigned i = 0; i < planted.n; i++) {
		if (!numbers_only)
			CHECK(buf_put_str(out, before[i % 4]));
		CHECK(buf_put_str(out, planted.number[i]));
		CHECK(buf_put_str(out, numbers_only ? "\n" : i % 3 ? " state active\n" : "\n"));
	}
}

/* Number `i` over number `i - 1` as curses does it: only the cells that differ. */
static void write_changes(unsigned i, struct buf *out)
{
	char cell[32];

	for (unsigned c = 0; c < 11; c++) {
		if (i && planted.number[i][c] == planted.number[i - 1][c])
			continue;
		(void)snprintf(cell, sizeof(cell), "\033[7;%uH%c", 20 + c, planted.number[i][c]);
		CHECK(buf_put_str(out, cell));
	}
	CHECK(buf_put_str(out, "\033[24;1H"));
}

TEST(plain_wrapped_and_curses_are_all_found)
{
	struct inspector_options o = options();
	struct buf in, out;
	struct inspect_figures f;

	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	plant(200);
	o.cols = 37;
	write_plain(&in, false);
	CHECK_U64(run(&o, buf_rd(&in), 300, &out, &f), 0);
	CHECK_RD(buf_rd(&out), buf_rd(&in));
	CHECK_U64(f.persons, 200);
	CHECK_U64(f.verdict[VERDICT_MEMBER], 200);
	/* In one row, each number written over the last, changed digits only. */
	buf_reset(&in);
	buf_reset(&out);
	for (unsigned i = 0; i < planted.n; i++)
		write_changes(i, &in);
	CHECK_U64(run(&o, buf_rd(&in), SIZE_MAX / 2, &out, &f), 0);
	CHECK_U64(f.verdict[VERDICT_MEMBER], 200);
	buf_done(&in);
	buf_done(&out);
}

TEST(no_evasion_is_clean)
{
	for (unsigned e = 0; e < n_evasions; e++) {
		struct inspector_options o = options();
		struct buf in, dressed, out;
		struct inspect_figures f;

		o.screen = e % 2;
		buf_init(&in, OUT_MAX);
		buf_init(&dressed, OUT_MAX);
		buf_init(&out, OUT_MAX);
		plant(200);
		write_plain(&in, evasions[e].numbers_only);
		evasions[e].write(buf_rd(&in), &dressed);
		(void)run(&o, buf_rd(&dressed), 2000, &out, &f);
		if (evasions[e].fate == EVASION_DECODED && f.verdict[VERDICT_MEMBER] < 198)
			test_fail(__FILE__, __LINE__, "%s: %llu of 200 found", evasions[e].name, (unsigned long long)f.verdict[VERDICT_MEMBER]);
		if (evasions[e].fate == EVASION_OPAQUE && f.opaque < 200 && f.persons < 100 && f.ceiling < 200)
			test_fail(__FILE__, __LINE__, "%s: opaque %llu, persons %llu, ceiling %llu", evasions[e].name,
			    (unsigned long long)f.opaque, (unsigned long long)f.persons, (unsigned long long)f.ceiling);
		CHECK(f.ceiling >= f.verdict[VERDICT_MEMBER]);
		buf_done(&in);
		buf_done(&dressed);
		buf_done(&out);
	}
}

/* Fails if the stream shows a planted number in any layer. */
static void check_clean(const char *what, struct rd stream, unsigned rows, unsigned cols)
{
	struct inspector_options o = options();
	struct inspect_figures f;
	struct buf out;

	o.rows = rows;
	o.cols = cols;
	buf_init(&out, OUT_MAX);
	(void)run(&o, stream, 5000, &out, &f);
	if (f.verdict[VERDICT_MEMBER])
		test_fail(__FILE__, __LINE__, "%s: %llu planted numbers after masking", what, (unsigned long long)f.verdict[VERDICT_MEMBER]);
	for (unsigned i = 0; i < planted.n; i++)
		if (memmem(stream.p, stream.len, planted.number[i], 11))
			test_fail(__FILE__, __LINE__, "%s: %s is still there", what, planted.number[i]);
	buf_done(&out);
}

static unsigned check_masked(const char *what, struct rd in, unsigned rows, unsigned cols, size_t most)
{
	struct inspector_options o = options();
	struct inspect_figures f;
	struct buf out;
	unsigned held;

	o.mask = true;
	o.rows = rows;
	o.cols = cols;
	buf_init(&out, OUT_MAX);
	held = run(&o, in, most, &out, &f);
	CHECK_U64(out.len, in.len);
	if (held == 0) {
		check_clean(what, buf_rd(&out), rows, cols);
		for (size_t i = 0; i < in.len; i++)
			if (out.p[out.off + i] != in.p[i] && in.p[i] < 0x80 && !(in.p[i] >= '0' && in.p[i] <= '9'))
				test_fail(__FILE__, __LINE__, "%s: byte %zu is no digit and was changed", what, i);
	}
	buf_done(&out);
	return held;
}

TEST(masking_in_colours_wraps_and_other_digits)
{
	for (unsigned e = 0; e < n_evasions; e++) {
		struct buf in, dressed;

		buf_init(&in, OUT_MAX);
		buf_init(&dressed, OUT_MAX);
		plant(60);
		write_plain(&in, false);
		if (e > 5)
			CHECK(buf_put_rd(&dressed, buf_rd(&in)));
		else
			evasions[e].write(buf_rd(&in), &dressed);
		CHECK_U64(check_masked(evasions[e].name, buf_rd(&dressed), 24, e % 2 ? 80 : 23, 1 + test_below(4000)), 0);
		buf_done(&in);
		buf_done(&dressed);
		if (e > 6)
			return;
	}
}

TEST(masking_captures)
{
	static const struct {
		const char *name;
		unsigned rows, cols;
	} captures[] = {
		{ "cat-24x80", 24, 80 }, { "cat-20x37", 20, 37 }, { "less-24x80", 24, 80 }, { "more-24x80", 24, 80 },
		{ "vim-24x80", 24, 80 }, { "vim-split-30x100", 30, 100 }, { "tmux-24x80", 24, 80 }, { "shell-24x80", 24, 80 },
	};
	AUTO(mem_free) uint8_t *list = NULL;
	size_t n = test_file("tests/corpus/terminal/planted.txt", &list);

	planted.n = 0;
	for (size_t i = 0; i + 12 <= n; i += 12) {
		/* Those in ranges that are in use; the rest are no numbers of anybody. */
		if (list[i + 3] < '1' || list[i + 3] > '5')
			continue;
		for (unsigned c = 0; c < 12; c++)
			planted.number[planted.n][c] = c < 11 ? (char)list[i + c] : 0;
		planted.n++;
	}
	CHECK(planted.n > 10);
	for (size_t k = 0; k < ARRAY_LEN(captures); k++) {
		AUTO(mem_free) uint8_t *p = NULL;
		char path[128];

		(void)snprintf(path, sizeof(path), "tests/corpus/terminal/%s.pty", captures[k].name);
		n = test_file(path, &p);
		CHECK_U64(check_masked(captures[k].name, rd_of(p, n), captures[k].rows, captures[k].cols, 3000), 0);
	}
}

TEST(masking_numbers_that_change_in_place)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	struct buf in, out;
	enum inspect_why why;

	plant(50);
	o.mask = true;
	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	i = inspector_new(&o);
	for (unsigned k = 0; k < planted.n; k++) {
		buf_reset(&in);
		write_changes(k, &in);
		CHECK(inspector_put(i, buf_rd(&in), k * 1000ull * MS, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_tick(i, k * 1000ull * MS + 60 * MS, &out, &why) == INSPECT_RELEASE);
	}
	check_clean("changes in place", buf_rd(&out), 24, 80);
	/* Nothing of any number was shown: every digit that is left moves the cursor. */
	for (size_t k = 0; k + 1 < out.len; k++)
		CHECK(!(out.p[k] == 'H' && out.p[k + 1] >= '0' && out.p[k + 1] <= '9'));
	buf_done(&in);
	buf_done(&out);
}

TEST(what_cannot_be_masked_is_held)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	AUTO(buf_done) struct buf out;
	enum inspect_why why;
	uint64_t now = 0;

	plant(1);
	o.mask = true;
	buf_init(&out, OUT_MAX);
	i = inspector_new(&o);
	/* Digit by digit, each after a pause: not all of them are released. */
	for (unsigned c = 0; c < 11; c++) {
		enum inspect_order o1 = inspector_put(i, rd_of(planted.number[0] + c, 1), now, &out, &why);

		now += 60 * MS;
		if (o1 == INSPECT_HOLD || inspector_tick(i, now, &out, &why) == INSPECT_HOLD)
			break;
	}
	CHECK(out.len >= 6 && out.len <= 10);
	CHECK_INT(why, INSPECT_WHY_CANNOT_MASK);
	inspector_free(&i);
	/* Encoded. */
	buf_reset(&out);
	i = inspector_new(&o);
	struct buf plain, dressed;
	buf_init(&plain, 1000);
	buf_init(&dressed, 1000);
	write_plain(&plain, false);
	evasions[6].write(buf_rd(&plain), &dressed);
	CHECK(inspector_put(i, buf_rd(&dressed), 0, &out, &why) == INSPECT_HOLD);
	CHECK_INT(why, INSPECT_WHY_CANNOT_MASK);
	CHECK_U64(out.len, 0);
	buf_done(&plain);
	buf_done(&dressed);
}

TEST(a_typed_number_may_be_echoed)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *typed = NULL, *shown = NULL;
	AUTO(buf_done) struct buf out;
	enum inspect_why why;
	uint64_t now = 0;

	plant(1);
	o.screen = false;
	buf_init(&out, OUT_MAX);
	typed = inspector_new(&o);
	o.mask = o.screen = true;
	o.typed = typed;
	shown = inspector_new(&o);
	for (unsigned c = 0; c < 11; c++, now += 200 * MS) {
		struct rd key = rd_of(planted.number[0] + c, 1);

		CHECK(inspector_put(typed, key, now, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_put(shown, key, now + MS, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_tick(typed, now + 51 * MS, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_tick(shown, now + 52 * MS, &out, &why) == INSPECT_RELEASE);
	}
	CHECK(!memmem(out.p + out.off, out.len, planted.number[0], 11));
}

TEST(one_more_person_is_not_released)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	AUTO(buf_done) struct buf out;
	struct inspect_figures f;
	enum inspect_why why;

	plant(3);
	o.most_persons = 2;
	buf_init(&out, OUT_MAX);
	i = inspector_new(&o);
	for (unsigned k = 0; k < 4; k++) {
		char line[32];

		(void)snprintf(line, sizeof(line), "%s ok\n", planted.number[k % 2]);
		CHECK(inspector_put(i, rd_str(line), 0, &out, &why) == INSPECT_RELEASE);
	}
	CHECK(inspector_put(i, rd_of(planted.number[2], 11), 0, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_due(i) == INSPECTOR_PAUSE_NS);
	CHECK(inspector_put(i, rd_str("\n"), 0, &out, &why) == INSPECT_HOLD);
	CHECK_INT(why, INSPECT_WHY_PERSONS);
	CHECK(!memmem(out.p + out.off, out.len, planted.number[2], 11));
	inspector_figures(i, &f);
	CHECK_U64(f.persons, 2);
	inspector_pending(i, &f);
	CHECK_U64(f.persons, 3);
	CHECK(inspector_put(i, rd_str("more\n"), 0, &out, &why) == INSPECT_HOLD);
	inspector_resume(i, 10, UINT64_MAX, &out);
	CHECK(inspector_put(i, rd_str("end\n"), 0, &out, &why) == INSPECT_RELEASE);
	CHECK(memmem(out.p + out.off, out.len, planted.number[2], 11));
	CHECK(memmem(out.p + out.off, out.len, "more\nend\n", 9));
	inspector_figures(i, &f);
	CHECK_U64(f.persons, 3);
}

TEST(fields)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	AUTO(buf_done) struct buf out;
	struct inspect_figures f;
	enum inspect_why why;

	plant(2);
	o.screen = false;
	o.mask = true;
	buf_init(&out, OUT_MAX);
	i = inspector_new(&o);
	CHECK(inspector_field(i, rd_str("msisdn"), rd_str(planted.number[0]), &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_field(i, rd_str("children"), rd_str("two"), &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_field(i, rd_str("children"), rd_str("two"), &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_field(i, rd_str("hobbies"), rd_str("sailing"), &out, &why) == INSPECT_RELEASE);
	CHECK_RD(buf_rd(&out), rd_str("***********twotwosailing"));
	inspector_figures(i, &f);
	CHECK_U64(f.persons, 1);
	CHECK_U64(f.data[DATA_PROFILE], 2);
	CHECK_U64(f.masked, 11);
	/* Digits of two values are not one number. */
	buf_reset(&out);
	CHECK(inspector_field(i, rd_str("c1"), rd_of(planted.number[1], 6), &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_field(i, rd_str("c1"), rd_of(planted.number[1] + 6, 5), &out, &why) == INSPECT_RELEASE);
	CHECK_RD(buf_rd(&out), rd_of(planted.number[1], 11));
}

TEST(words_of_private_life_in_text)
{
	struct inspector_options o = options();
	struct inspect_figures f;
	struct buf out;

	buf_init(&out, OUT_MAX);
	(void)run(&o, rd_str("children: 2\nhobb\033[1mies\033[0m: sailing\nchildren: 3\n"), 3, &out, &f);
	CHECK_U64(f.data[DATA_PROFILE], 2);
	buf_done(&out);
}

TEST(redaction)
{
	struct inspector_options o = options();
	AUTO(buf_done) struct buf out;

	buf_init(&out, 1000);
	CHECK(inspect_redact(o.plan, rd_str("show subscriber imsi 204080123456789 and 31612345678"), &out));
	CHECK_RD(buf_rd(&out), rd_str("show subscriber imsi {imsi} and {msisdn}"));
	buf_reset(&out);
	CHECK(inspect_redact(o.plan, rd_str("show version"), &out));
	CHECK_RD(buf_rd(&out), rd_str("show version"));
}

/* With tokend gone, whatever counted before still counts, as a number of the plan; and
 * so do the forms that only a member's proof lets pass. */
TEST(unknown_membership_is_never_less_strict)
{
	static const char *const texts[] = {
		"number 31612345678 here\n",	     /* strong */
		"number x31612345678y here\n",	     /* in one run with letters */
		"number 612345678 here\n",	     /* without its trunk 0 */
		"hex of it: 0x75C4B514E\n",	     /* radix */
	};

	plant(0);
	(void)snprintf(planted.number[0], sizeof(planted.number[0]), "31612345678");
	planted.n = 1;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct inspector_options o = options();
		struct inspect_figures known, unknown;
		AUTO(buf_done) struct buf out = { 0 };

		buf_init(&out, 1 << 16);
		o.mask = true;
		(void)run(&o, rd_str(texts[i]), 1000, &out, &known);
		CHECK_U64(known.unknown, 0);
		buf_reset(&out);
		o.member = nobody_knows;
		(void)run(&o, rd_str(texts[i]), 1000, &out, &unknown);
		CHECK(unknown.persons >= known.persons && unknown.persons == 1);
		CHECK_U64(unknown.verdict[VERDICT_PLAN], 1);
		CHECK_U64(unknown.verdict[VERDICT_MEMBER], 0);
		CHECK(unknown.unknown > 0);
	}
}
