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
#include "base/wr.h"
#include "inspect/test_collect.h"
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
	return (struct inspector_options){
		.plan = collect_plan(), .key = { 1, 2 }, .member = is_planted, .member_ctx = &planted,
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

/* What only the raw bytes say may wait for more of them, but not when somebody asks. */
TEST(few_raw_bytes_are_in_the_figures)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	AUTO(buf_done) struct buf out = { 0 };
	struct inspect_figures f;
	enum inspect_why why;
	char sequence[32];

	plant(1);
	(void)snprintf(sequence, sizeof(sequence), "\033[%s;1m and on", planted.number[0]);
	buf_init(&out, OUT_MAX);
	i = inspector_new(&o);
	for (size_t k = 0; sequence[k]; k++)
		CHECK(inspector_put(i, rd_of(&sequence[k], 1), 0, &out, &why) == INSPECT_RELEASE);
	inspector_figures(i, &f);
	CHECK_U64(f.persons, 1);
	CHECK_U64(f.verdict[VERDICT_MEMBER], 1);
}

TEST(no_evasion_is_clean)
{
	static const size_t cuts[] = { 1, 100, 2000 };

	for (unsigned k = 0; k < ARRAY_LEN(cuts) * n_evasions; k++) {
		const unsigned e = k / ARRAY_LEN(cuts);
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
		(void)run(&o, buf_rd(&dressed), cuts[k % ARRAY_LEN(cuts)], &out, &f);
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

/* A register's own list compresses to less than its numbers are worth by chance. */
static void is_one_phone(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++)
		a->membership = a->kind == SCAN_IMEI && rd_is(&a->value, "86413904866203") ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
}

/* What most networks print of a phone has a version, or nothing, in the place of the check digit. */
TEST(a_phone_without_its_check_digit)
{
	static const char *const texts[] = { "imeisv 8641390486620301 ok\n", "86413904866203\n", "\"86413904866203\",\"x\"\n" };
	static const char *const others[] = { "imeisv 8641390486620401 ok\n", "86413904866204\n", "20261122101112 86413904866203x\n" };
	struct inspector_options o = options();

	o.member = is_one_phone;
	for (unsigned mask = 0; mask < 2; mask++) {
		o.mask = mask;
		for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
			struct inspect_figures f;
			struct buf out;

			buf_init(&out, OUT_MAX);
			CHECK_U64(run(&o, rd_str(texts[i]), 100, &out, &f), 0);
			CHECK_U64(f.persons, 1);
			CHECK_U64(f.verdict[VERDICT_MEMBER], 1);
			CHECK(out.len == strlen(texts[i]));
			CHECK((memmem(out.p + out.off, out.len, "864139", 6) == NULL) == mask);
			buf_reset(&out);
			CHECK_U64(run(&o, rd_str(others[i]), 100, &out, &f), 0);
			CHECK_U64(f.persons, 0);
			CHECK(memcmp(out.p + out.off, others[i], out.len) == 0);
			buf_done(&out);
		}
	}
}

TEST(the_ceiling_is_never_below_what_was_seen)
{
	AUTO(buf_done) struct buf in = { 0 }, out = { 0 };
	struct inspector_options o = options();
	struct inspect_figures f;

	o.screen = false;
	o.member = nobody_knows;
	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	struct wr w = wr_to(&in);
	for (unsigned i = 0; i < 20000; i++)
		wr_text(&w, "%u 316350%05u\r\n", i, i);
	CHECK(wr_ok(&w));
	(void)run(&o, buf_rd(&in), 65536, &out, &f);
	CHECK(f.persons >= 19000);
	CHECK(f.ceiling >= f.persons);
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

/* Decoders read what cannot be masked in place; but no layer shows a number in the clear, however the
 * stream came. */
TEST(masking_every_evasion_byte_by_byte)
{
	static const size_t cuts[] = { 1, 7, 300 };

	for (unsigned k = 0; k < ARRAY_LEN(cuts) * n_evasions; k++) {
		const unsigned e = k / ARRAY_LEN(cuts);
		struct inspector_options o = options();
		struct buf in, dressed, masked, out;
		struct inspect_figures f;
		uint64_t found = 0;

		buf_init(&in, OUT_MAX);
		buf_init(&dressed, OUT_MAX);
		buf_init(&masked, OUT_MAX);
		buf_init(&out, OUT_MAX);
		plant(20);
		write_plain(&in, evasions[e].numbers_only);
		evasions[e].write(buf_rd(&in), &dressed);
		/* As it stands as well, without which some would show none. */
		CHECK(buf_put_rd(&dressed, buf_rd(&in)));
		o.mask = true;
		(void)run(&o, buf_rd(&dressed), cuts[k % ARRAY_LEN(cuts)], &masked, &f);
		CHECK_U64(masked.len, dressed.len);
		o.mask = false;
		(void)run(&o, buf_rd(&masked), 5000, &out, &f);
		for (size_t kind = 0; kind < SCAN_KINDS; kind++)
			found += f.kind[kind];
		if (found != f.decoded)
			test_fail(__FILE__, __LINE__, "%s by %zu: %llu numbers after masking, %llu of them decoded", evasions[e].name,
			    cuts[k % ARRAY_LEN(cuts)], (unsigned long long)found, (unsigned long long)f.decoded);
		buf_done(&in);
		buf_done(&dressed);
		buf_done(&masked);
		buf_done(&out);
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

/* A busy element's output breaks off in the middle of a number, which waits for its other half: also
 * when the clock is looked at first. What is short, as a key's echo and a prompt, waits for less. */
TEST(a_number_that_comes_in_two_parts)
{
	struct inspector_options o = options();
	AUTO(inspector_free) struct inspector *i = NULL;
	AUTO(buf_done) struct buf out;
	enum inspect_why why;

	plant(1);
	o.mask = true;
	o.screen = false;
	buf_init(&out, OUT_MAX);
	for (unsigned first = 1; first < 11; first++) {
		uint64_t late = (first < INSPECTOR_NUMBER_DIGITS ? 40 : 900) * MS;
		buf_reset(&out);
		inspector_free(&i);
		i = inspector_new(&o);
		CHECK(inspector_put(i, rd_of(planted.number[0], first), 0, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_tick(i, late, &out, &why) == INSPECT_RELEASE);
		CHECK_U64(out.len, 0);
		CHECK(inspector_put(i, rd_of(planted.number[0] + first, 11 - first), late, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_put(i, rd_str(" attached\n"), late + 1000 * MS, &out, &why) == INSPECT_RELEASE);
		CHECK_RD(buf_rd(&out), rd_str("*********** attached\n"));
	}
	/* Nor does it wait for ever. */
	CHECK(inspector_put(i, rd_str("\n12345"), 0, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_due(i) == 50 * MS);
	CHECK(inspector_put(i, rd_str("6"), 1, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_due(i) == 1000 * MS);
	CHECK(inspector_tick(i, 1000 * MS, &out, &why) == INSPECT_RELEASE);
	CHECK(memmem(out.p, out.len, "123456", 6));
	/* On a screen somebody waits for it. */
	inspector_free(&i);
	o.screen = true;
	i = inspector_new(&o);
	CHECK(inspector_put(i, rd_str("123456"), 0, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_due(i) == 50 * MS);
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

/* What osmo-hlr says first: its digits come to a number of the plan when they are joined. Nobody
 * meant one, so it must neither count nor hold what is masked; beside a word for a number it does. */
TEST(a_banner_is_nobody_s_number)
{
	static const char banner[] =
	    "Welcome to the OsmoHLR VTY interface\r\n\r\nCopyright (C) 2016, 2017 by Harald Welte, sysmocom s.f.m.c. GmbH\r\n"
	    "License AGPLv3+: GNU AGPL version 3 or later <http://gnu.org/licenses/agpl-3.0.html>\r\n"
	    "This is free software: you are free to change and redistribute it.\r\n"
	    "There is NO WARRANTY, to the extent permitted by law.\r\nOsmoHLR> ";
	static const char meant[] = "msisdn: three one six one two three four five six seven eight\n";

	plant(0);
	for (unsigned i = 0; i < 4; i++) {
		struct inspector_options o = options();
		AUTO(buf_done) struct buf out = { 0 };
		struct inspect_figures f;

		buf_init(&out, 1 << 16);
		o.member = i % 2 ? nobody_knows : NULL;
		o.mask = i >= 2;
		CHECK_U64(run(&o, rd_str(banner), 1000, &out, &f), 0);
		if (!o.member)
			CHECK_U64(f.persons, 0); /* while nobody knows, a number in a radix still counts */
		CHECK_RD(buf_rd(&out), rd_str(banner));
		buf_reset(&out);
		o.mask = false;
		(void)run(&o, rd_str(meant), 1000, &out, &f);
		CHECK_U64(f.persons, 1);
		CHECK_U64(f.decoded, 1);
	}
}

/* The plan is full to `percent`. Who stands behind a number is its last digits, or with
 * `of_plan` anybody. */
struct crowd {
	unsigned percent, n_calls;
	bool of_plan; /* nobody whose number is not in the plan */
	uint64_t n_asked;
};

static bool in_plan(const struct inspect_ask *a)
{
	uint8_t d[PLAN_DIGITS_MAX], b;
	size_t n = 0;

	for (struct rd v = a->value; n < sizeof(d) && rd_u8(&v, &b); n++)
		d[n] = (uint8_t)(b - '0');
	return (a->kind == SCAN_MSISDN && plan_has(options().plan, PLAN_MSISDN, d, n)) ||
	    (a->kind == SCAN_IMSI && plan_has(options().plan, PLAN_IMSI, d, n));
}

static void ask_crowd(void *ctx, struct inspect_ask *asks, size_t n)
{
	struct crowd *c = ctx;

	c->n_calls++;
	c->n_asked += n;
	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		uint64_t h = 14695981039346656037u;
		struct rd v = a->value, tail;
		uint8_t b;
		while (rd_u8(&v, &b))
			h = (h ^ b) * 1099511628211u;
		a->membership = (h >> 20) % 1000 < c->percent * 10 && (!c->of_plan || in_plan(a)) ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
		a->person = (uint32_t)(h >> 32) | 1;
		if (!c->of_plan && rd_slice(&a->value, a->value.len > 4 ? a->value.len - 4 : 0, 4, &tail))
			for (a->person = 1; rd_u8(&tail, &b);)
				a->person = a->person * 10 + b;
	}
}

static struct inspect_figures seen_by(struct crowd *c, bool screen, const char *text)
{
	struct inspector_options o = options();
	struct inspect_figures f;
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 1 << 20);
	o.member = ask_crowd;
	o.member_ctx = c;
	o.screen = screen;
	(void)run(&o, rd_str(text), 1 << 14, &out, &f);
	return f;
}

TEST(a_weak_form_needs_a_reason)
{
	struct crowd all = { .percent = 100 }, nobody = { .percent = 0 };

	for (int screen = 0; screen < 2; screen++) {
		struct inspect_figures f = seen_by(&all, screen, "took 612345678 bytes\n");
		CHECK(f.persons == 0 && f.weak == 1);
		f = seen_by(&all, screen, "msisdn: 612345678\n"); /* a word beside it */
		CHECK(f.persons == 1 && f.weak == 0 && f.verdict[VERDICT_MEMBER] == 1);
		f = seen_by(&all, screen, "612345678 is her phone number\n"); /* or behind it */
		CHECK_U64(f.persons, 1);
		f = seen_by(&nobody, screen, "msisdn: 612345678\n");
		CHECK(f.persons == 0 && f.weak == 0);
		f = seen_by(&all, screen, "msisdn\n\n\n\n................................................................."
			".....................................................................\n612345678 bytes\n");
		CHECK(f.persons == 0 && f.weak == 1);
		/* another kind of the same person; of another person */
		f = seen_by(&all, screen, "612345678 204081234565678\n");
		CHECK(f.persons == 1 && f.weak == 0 && f.verdict[VERDICT_MEMBER] == 2);
		f = seen_by(&all, screen, "612345678 204081234565679\n");
		CHECK(f.persons == 1 && f.weak == 1);
	}
}

/* Whose number, SIM and phone they are is known of members alone. */
TEST(a_person_counts_once_by_whatever_identifier)
{
	static const char three_of_one[] = "31612345678 204081234565678\n+31698765678\n", strangers[] =
	    "31612345678 204081234565678\n";
	struct crowd all = { .percent = 100 }, nobody = { .percent = 0 };

	for (int screen = 0; screen < 2; screen++) {
		struct inspect_figures f = seen_by(&all, screen, three_of_one);
		CHECK_U64(f.persons, 1);
		CHECK_U64(f.verdict[VERDICT_MEMBER], 3);
		CHECK(f.kind[SCAN_MSISDN] == 2 && f.kind[SCAN_IMSI] == 1);
		f = seen_by(&all, screen, "31612345678 31612345679 204081234565678 204081234565679\n");
		CHECK(f.persons == 2 && f.verdict[VERDICT_MEMBER] == 4);
		f = seen_by(&nobody, screen, strangers);
		CHECK_U64(f.persons, 2);
		/* a weak form adds nobody who was seen already, in whichever order they come */
		f = seen_by(&all, screen, "31612345678\nand took 612345678 bytes\n");
		CHECK(f.persons == 1 && f.weak == 0);
		f = seen_by(&all, screen, "took 612345678 bytes\n................................................................"
			"..................................................................................................."
			"..................................................................................................."
			"\n31612345678\n");
		CHECK(f.persons == 1 && f.weak == 0);
	}
}

TEST(many_weak_forms_of_members_are_meant)
{
	struct crowd all = { .percent = 100, .of_plan = true }, some = { .percent = 7, .of_plan = true };
	char text[16000];
	size_t n = 0;

	for (unsigned k = 0; k < 1000; k++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "x %u y\n", 612000000 + 7919 * k);
	struct inspect_figures f = seen_by(&some, false, text);
	CHECK(f.verdict[VERDICT_MEMBER] == 0 && f.weak > 40 && f.weak < 110);
	f = seen_by(&all, false, text);
	CHECK(f.verdict[VERDICT_MEMBER] > 850 && f.weak == 0); /* the others pass for a BSN */
}

TEST(a_column_s_name_is_context_for_its_values)
{
	struct crowd all = { .percent = 100 };
	struct inspector_options o = options();
	struct inspect_figures f;
	enum inspect_why why;
	AUTO(buf_done) struct buf out = { 0 };

	buf_init(&out, 1 << 20);
	o.screen = false;
	o.member = ask_crowd;
	o.member_ctx = &all;
	AUTO(inspector_free) struct inspector *in = inspector_new(&o);
	CHECK(inspector_field(in, rd_str("size"), rd_str("612345678"), &out, &why) == INSPECT_RELEASE);
	inspector_figures(in, &f);
	CHECK_U64(f.persons, 0);
	CHECK(inspector_field(in, rd_str("calling_number"), rd_str("687654321"), &out, &why) == INSPECT_RELEASE);
	inspector_figures(in, &f);
	CHECK_U64(f.persons, 1);
}

TEST(what_is_put_in_together_is_asked_together_and_once)
{
	struct crowd all = { .percent = 100 };
	char text[8192];
	size_t n = 0;

	for (unsigned k = 0; k < 400; k++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "316%08u\r\n", 12000000 + 7919 * (k % 200));
	CHECK_U64(seen_by(&all, true, text).persons, 200);
	/* 200 strong ones once each, and a few weak ones inside them; not each layer again */
	CHECK(all.n_calls < 20 && all.n_asked < 1200);
}

/* Lines as machines write them, with no number of a person in them. */
static size_t log_line(char *out, size_t n, unsigned k)
{
	const unsigned r = (unsigned)test_below(1u << 30), s = (unsigned)test_below(1u << 30);
	const unsigned long long big = (unsigned long long)r << 32 | s, t = 1700000000ull + k;

	switch (test_below(12)) {
	case 0: /* dpkg */
		return (size_t)snprintf(out, n, "2026-%02u-%02u %02u:%02u:%02u status half-configured libssl%u:amd64 %u.%u.%u-0+deb12u%u\n",
		    r % 12 + 1, s % 28 + 1, r % 24, s % 60, r % 60, r % 4, r % 9, s % 99, r % 99, s % 9);
	case 1: /* kernel */
		return (size_t)snprintf(out, n, "[%5u.%06u] audit: type=1400 audit(%llu.%03u:%u): apparmor=\"STATUS\" pid=%u comm=\"apparmor_parser\"\n",
		    r % 99999, s % 1000000, t, r % 1000, s % 9999, r % 4194304);
	case 2:
		return (size_t)snprintf(out, n, "[%12.6f] e1000e 0000:%02x:1f.6 eno1: NIC Link is Up 1000 Mbps, mem 0x%08x-0x%08x\n",
		    (double)r / 1000, s % 256, r, s);
	case 3: /* a file system of blocks */
		return (size_t)snprintf(out, n, "%06u %06u %u INFO dfs.DataNode: Receiving block blk_%lld src: /10.%u.%u.%u:%u dest: /10.0.0.%u:50010\n",
		    r % 1000000, s % 1000000, r % 999, (long long)big, r % 256, s % 256, r % 255, s % 65536, r % 255);
	case 4:
		return (size_t)snprintf(out, n, "%llu,%03u job_%llu_%04u map task attempt_%llu_%04u_m_%06u_0 done, %llu bytes\n",
		    t, r % 1000, t * 1000, r % 9999, t * 1000, r % 9999, s % 99999, big % 9000000000ull);
	case 5:
		return (size_t)snprintf(out, n, "nova.compute req-%08x-%04x-4%03x-a%03x-%08x%04x instance %08x used %u.%02u GB, %u.%u.%u.%u\n", r, s & 0xffff,
		    r & 0xfff, s & 0xfff, s, r & 0xffff, r ^ s, r % 512, s % 100, r % 256, s % 256, r % 128, s % 255);
	case 6:
		return (size_t)snprintf(out, n, "CEFs %llu.%06u session=%llu_%llu seq=%u sha256:%08x%08x%08x%08x\n", t, s % 1000000, big % 40000000ull, big % 300000000ull, r, r, s,
		    r * 3, s * 7);
	case 7:
		return (size_t)snprintf(out, n, "%u.%u.%u.%u - - [%02u/Nov/2026:%02u:%02u:%02u +0100] \"GET /v/%u?t=%llu HTTP/1.1\" 200 %u %u\n", r % 256, s % 256, r % 200,
		    s % 255, s % 28 + 1, r % 24, s % 60, r % 60, r % 999999, t, s, r % 99999);
	case 8:
		return (size_t)snprintf(out, n, "drwxr-xr-x %2u root root %10u Nov %2u %02u:%02u core.%u.%u\n", r % 40, s, r % 28 + 1, s % 24, r % 60, r % 4194304, (unsigned)t);
	case 9:
		return (size_t)snprintf(out, n, "%u rows in %u.%06u s, oid %u, xid %u, lsn %X/%08X, checksum %u\n", r % 100000, s % 60, r % 1000000, s, r, r % 4096, s, r ^ s);
	case 10:
		return (size_t)snprintf(out, n, "  %5u www-data  20   0 %7u %6u %5u S %3u.%u %2u.%u %3u:%02u.%02u nginx\n", r % 32768, s % 9999999, r % 999999, s % 99999, r % 100,
		    s % 10, r % 30, s % 10, s % 999, r % 60, s % 100);
	default:
		return (size_t)snprintf(out, n, "%08x: %04x %04x %04x %04x %04x %04x %04x %04x  ................\n", k * 16, r & 0xffff, s & 0xffff, r >> 14, s >> 14, (r * 5) & 0xffff,
		    (s * 5) & 0xffff, (r * 7) & 0xffff, (s * 7) & 0xffff);
	}
}

/* No operator has a larger share of its plan than a third: 4.5 MB of logs show nobody. */
TEST(logs_have_no_members_in_exact_forms)
{
	enum { LOG_LEN = 4500000 };
	static char log[LOG_LEN + 512];
	struct crowd third = { .percent = 33, .of_plan = true };
	struct inspector_options o = options();
	struct inspect_figures f;
	AUTO(buf_done) struct buf out = { 0 };
	size_t n = 0;

	for (unsigned k = 0; n < LOG_LEN; k++)
		n += log_line(log + n, 512, k);
	buf_init(&out, LOG_LEN + 512);
	o.screen = false;
	o.member = ask_crowd;
	o.member_ctx = &third;
	o.member_share = 0.33;
	(void)run(&o, rd_of(log, n), 1 << 15, &out, &f);
	CHECK_U64(f.verdict[VERDICT_MEMBER], 0);
	CHECK_U64(f.verdict[VERDICT_PLAN], 0); /* not one is even a number of the plan */
	CHECK(f.weak > 0);			/* chance has been at it, and was not believed */
	printf("%zu bytes: %llu shapes, %llu weak members\n", n, (unsigned long long)f.verdict[VERDICT_SHAPE], (unsigned long long)f.weak);
}

/* What a packer wrote and no unpacker can read, since its end is missing, may be anything: bzip2's
 * blocks are most of a megabyte, and nothing comes out before their end. */
TEST(packed_data_without_its_end_is_opaque)
{
	AUTO(buf_wipe) struct buf in = { 0 };
	char line[32];

	buf_init(&in, OUT_MAX);
	for (unsigned k = 0; k < 3000; k++) {
		(void)snprintf(line, sizeof(line), "%05u\n", (unsigned)test_below(100000));
		CHECK(buf_put_str(&in, line));
	}
	for (unsigned e = 0; e < n_evasions; e++) {
		const char *name = evasions[e].name;
		struct inspector_options o = options();
		AUTO(buf_wipe) struct buf packed = { 0 };
		AUTO(buf_wipe) struct buf out = { 0 };
		struct inspect_figures whole, half, held;
		struct rd part;

		if (strcmp(name, "gzip") != 0 && strcmp(name, "zstd") != 0 && strcmp(name, "xz") != 0 && strcmp(name, "bzip2") != 0)
			continue;
		buf_init(&packed, OUT_MAX);
		buf_init(&out, OUT_MAX);
		o.screen = false;
		evasions[e].write(buf_rd(&in), &packed);
		(void)run(&o, buf_rd(&packed), 1 << 14, &out, &whole);
		CHECK(packed.len > 4000 && rd_slice(&(struct rd){ packed.p + packed.off, packed.len }, 0, packed.len / 2, &part));
		CHECK_U64(run(&o, part, 1 << 14, &out, &half), 0);
		if (whole.opaque > packed.len / 8)
			test_fail(__FILE__, __LINE__, "%s: of %zu bytes that were read %llu are opaque", name, packed.len, (unsigned long long)whole.opaque);
		if (strcmp(name, "bzip2") == 0 && half.opaque < part.len - 300)
			test_fail(__FILE__, __LINE__, "%s: of %zu bytes that nobody can read %llu are opaque", name, part.len, (unsigned long long)half.opaque);
		o.most_opaque = 1000;
		CHECK_U64(run(&o, part, 1 << 14, &out, &held), half.opaque > o.most_opaque);
		/* A file that waits for its end is judged there: the same half, and the whole. */
		o.most_opaque = whole.opaque;
		CHECK(run(&o, buf_rd(&packed), 1000, &out, &held) > 0 || strcmp(name, "bzip2") != 0);
		o.waits = true;
		o.most_opaque = 1000;
		CHECK_U64(run(&o, part, 1 << 14, &out, &held), half.opaque > o.most_opaque);
		o.most_opaque = whole.opaque;
		CHECK_U64(run(&o, buf_rd(&packed), 1000, &out, &held), 0);
		printf("%s: %zu bytes, %llu opaque; half of it: %llu\n", name, packed.len, (unsigned long long)whole.opaque, (unsigned long long)half.opaque);
	}
}

/* The figure is one of bytes: what nobody can read is all of it, and never more. */
TEST(of_noise_all_is_opaque_and_no_more)
{
	AUTO(buf_wipe) struct buf in = { 0 };
	AUTO(buf_wipe) struct buf out = { 0 };
	const struct inspector_options o = options();
	struct inspect_figures f;

	buf_init(&in, OUT_MAX);
	buf_init(&out, OUT_MAX);
	for (unsigned i = 0; i < 10000; i++)
		CHECK(buf_put_u8(&in, (uint8_t)test_below(256)));
	CHECK_U64(run(&o, buf_rd(&in), 1 << 12, &out, &f), 0);
	printf("%zu bytes: %llu opaque\n", in.len, (unsigned long long)f.opaque);
	CHECK(f.opaque > in.len * 9 / 10 && f.opaque <= in.len);
}

/* The quick way for plain values finds and masks what the way for all others does: the same
 * value behind a byte that makes it not plain. */
TEST(plain_values_are_judged_as_others_are)
{
	static const char *const values[] = {
		"31612345678", "tel 06-12345678 or +31 6 12 34 56 78", "jan@example.nl", "NL91ABNA0417164300", "x31612345678y", "612345678",
		"MzE2MTIzNDU2NzggMzE2MTIzNDU2Nzkg", "33313631323334353637380a", "nothing", "", "msisdn 612345678", "a,31612345678;0687654321\t204081234567890",
	};
	struct crowd all = { .percent = 100, .of_plan = true };

	for (size_t k = 0; k < ARRAY_LEN(values); k++) {
		for (int mask = 0; mask < 2; mask++) {
			struct inspector_options o = options();
			struct inspect_figures f[2];
			AUTO(buf_done) struct buf plain = { 0 };
			AUTO(buf_done) struct buf other = { 0 };
			struct buf *out[2] = { &plain, &other };
			char text[128];
			enum inspect_why why;
			o.screen = false;
			o.mask = mask;
			o.member = ask_crowd;
			o.member_ctx = &all;
			for (int way = 0; way < 2; way++) {
				AUTO(inspector_free) struct inspector *in = inspector_new(&o);
				buf_init(out[way], 1 << 16);
				(void)snprintf(text, sizeof(text), "%s%s", values[k], way ? " \x01" : " ");
				if (inspector_field(in, rd_str("note"), rd_str(text), out[way], &why) == INSPECT_HOLD)
					inspector_resume(in, 0, UINT64_MAX, out[way]);
				inspector_figures(in, &f[way]);
			}
			CHECK_U64(f[0].persons, f[1].persons);
			CHECK_U64(f[0].weak, f[1].weak);
			CHECK_U64(f[0].decoded, f[1].decoded);
			CHECK_U64(f[0].masked, f[1].masked);
			if (plain.len && other.len) {
				struct rd a = buf_rd(&plain), b = buf_rd(&other), b_head;
				CHECK(rd_slice(&b, 0, b.len - 1, &b_head) && rd_equal(&a, &b_head));
			}
		}
	}
}

/* A file is looked at apart from the session that it comes to: refused, it counts for nothing; let go, it
 * counts for whom the session has not shown yet. */
TEST(what_was_looked_at_apart_counts_once_it_is_let_go)
{
	AUTO(buf_done) struct buf out = { 0 };
	struct inspector_options o = options();
	struct inspect_figures f;
	enum inspect_why why;
	char line[128];

	plant(3);
	o.screen = false;
	AUTO(inspector_free) struct inspector *shown = inspector_new(&o);
	buf_init(&out, OUT_MAX);
	(void)snprintf(line, sizeof(line), "subscriber %s and\n", planted.number[0]);
	CHECK(inspector_put(shown, rd_str(line), MS, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_tick(shown, 1000 * MS, &out, &why) == INSPECT_RELEASE);
	for (int let_go = 0; let_go < 2; let_go++) {
		AUTO(inspector_free) struct inspector *file = NULL;
		o.before = shown;
		file = inspector_new(&o);
		(void)snprintf(line, sizeof(line), "subscriber %s subscriber %s subscriber %s\n", planted.number[0], planted.number[1],
		    planted.number[2]);
		CHECK(inspector_put(file, rd_str(line), MS, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_end(file, &out, &why) == INSPECT_RELEASE);
		inspector_figures(file, &f);
		CHECK_U64(f.persons, 2);
		if (let_go)
			inspector_add(shown, file);
		inspector_figures(shown, &f);
		CHECK_U64(f.persons, let_go ? 3 : 1);
		CHECK_U64(f.verdict[VERDICT_MEMBER], let_go ? 3 : 1);
	}
	CHECK(f.ceiling >= 3);
	/* Shown again, it is nobody new. */
	CHECK(inspector_put(shown, rd_str(line), 2000 * MS, &out, &why) == INSPECT_RELEASE);
	CHECK(inspector_end(shown, &out, &why) == INSPECT_RELEASE);
	inspector_figures(shown, &f);
	CHECK_U64(f.persons, 3);
}
