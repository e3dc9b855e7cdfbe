/*
 * Is:        tests of what the layers leave out: what is not scanned twice, or not scanned at
 *            all, is found all the same.
 * Is not:    a test of what is found (test_inspector.c).
 * Called by: the test run.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#include <stdio.h>
#include <string.h>

#include "inspect/inspector_priv.h"
#include "inspect/test_collect.h"
#include "inspect/test_person.h"
#include "testing/test.h"

enum { TEXT_LEN = 6000, SESSIONS = 400, OUT_LEN = 1 << 18, OF_EACH = 7, WIDE = 1000 };

/* One number in three is a member's; whose, its last nine digits say. */
static void some_are_ours(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		uint8_t c = 0;

		a->person = test_person(a->value);
		CHECK(!a->value.len || rd_at(&a->value, a->value.len - 1, &c));
		a->membership = c % 3 == 0 ? MEMBERSHIP_MEMBER : c % OF_EACH == 1 ? MEMBERSHIP_UNKNOWN : MEMBERSHIP_NONE;
	}
}

static struct inspector_options options(void)
{
	return (struct inspector_options){ .plan = collect_plan(), .key = { 1, 2 }, .member = some_are_ours, .rows = 6, .cols = 40,
		.most_opaque = UINT64_MAX };
}

static unsigned digits(void)
{
	return (unsigned)test_below(10000000);
}

/* Mostly lines; sometimes what makes the raw bytes say something else than their text. */
static size_t some_text(char *out, size_t n, bool lines)
{
	const unsigned pair = digits();

	switch (test_below(lines ? 9 : 17)) {
	case 0:
		return (size_t)snprintf(out, n, "0612%07u ", digits());
	case 1:
		return (size_t)snprintf(out, n, "+31 6 1%07u\r\n", digits());
	case 2:
		return (size_t)snprintf(out, n, "204080%02u%07u%s", (unsigned)test_below(100), digits(), test_below(2) ? "\n" : "");
	case 3:
		return (size_t)snprintf(out, n, "\n\n\t");
	case 4: /* weak: only together */
		return (size_t)snprintf(out, n, "id0612%07u x%s20408612%07u", pair, test_below(2) ? "\r\n" : "y", pair);
	case 5:
		return (size_t)snprintf(out, n, "user%u@mail.example.nl\r\n", digits());
	case 6:
		return (size_t)snprintf(out, n, "2001:db8::%x 10.0.%u.1, ", digits() & 0xffff, digits() & 0xff);
	case 7:
		return (size_t)snprintf(out, n, "the number of %07u words in a line of a log\n", digits());
	case 8:
		return (size_t)snprintf(out, n, "1326%06x%07u1%07u\r", digits() & 0xffffff, digits(), digits());
	case 9:
		return (size_t)snprintf(out, n, "\033[3161%07um", digits());
	case 10:
		return (size_t)snprintf(out, n, "06\033[1m12%07u\033[m", digits());
	case 11:
		return (size_t)snprintf(out, n, "\b\b%u", (unsigned)test_below(100));
	case 12:
		return (size_t)snprintf(out, n, "\033]0;0612%07u\007", digits());
	case 13:
		return (size_t)snprintf(out, n, "a31612%07u\033[K b20408612%07u ", pair, pair);
	case 15:
		return (size_t)snprintf(out, n, "caf\xc3\xa9 \xef\xbc\x90" "6123%05u", digits() % 100000);
	case 14:
		return (size_t)snprintf(out, n, "\033[0%uJ", digits());
	default:
		return (size_t)snprintf(out, n, "\033");
	}
}

/* Stretches of nothing but lines, and stretches of all. */
static struct rd some_session(char *text)
{
	size_t n = 0;

	while (n < TEXT_LEN - 600) {
		const bool lines = test_below(3) != 0;
		const size_t end = n + test_below(900);

		while (n < end && n < TEXT_LEN - 600)
			n += some_text(text + n, 500, lines);
	}
	return rd_of(text, n);
}

/* The same session in the same pieces; the figures and what was let go. */
static void put_all(struct inspector *i, struct rd in, size_t most, struct buf *out, struct inspect_figures *f)
{
	enum inspect_why why;
	struct rd piece;
	uint64_t now = 0, cut = most;

	while (in.len) {
		cut = cut * 6364136223846793005u + 1442695040888963407u;
		const size_t n = 1 + (size_t)(cut >> 33) % most;

		CHECK(rd_take(&in, n < in.len ? n : in.len, &piece));
		now += (cut >> 20) % 3 ? 0 : INSPECTOR_PAUSE_NS;
		if (inspector_put(i, piece, now, out, &why) == INSPECT_HOLD)
			inspector_resume(i, UINT32_MAX, UINT64_MAX, out);
		if (inspector_tick(i, now, out, &why) == INSPECT_HOLD)
			inspector_resume(i, UINT32_MAX, UINT64_MAX, out);
	}
	while (inspector_end(i, out, &why) == INSPECT_HOLD)
		inspector_resume(i, UINT32_MAX, UINT64_MAX, out);
	inspector_figures(i, f);
}

struct both {
	struct inspect_figures once, twice;
	bool same_bytes;
};

static struct both read_both_ways(const struct inspector_options *o, struct rd in, size_t most)
{
	AUTO(inspector_free) struct inspector *i = inspector_new(o), *j = NULL;
	AUTO(buf_wipe) struct buf a = { 0 };
	AUTO(buf_wipe) struct buf b = { 0 };
	struct both f;

	buf_init(&a, OUT_LEN);
	buf_init(&b, OUT_LEN);
	put_all(i, in, most, &a, &f.once);
	j = inspector_new(o);
	j->apart = true;
	j->every_row = o->cols == WIDE;
	put_all(j, in, most, &b, &f.twice);
	inspector_free(&j);
	const struct rd x = buf_rd(&a), y = buf_rd(&b);
	f.same_bytes = rd_equal(&x, &y);
	return f;
}

static size_t some_size(unsigned k)
{
	return k % 4 == 0 ? 8 : k % 4 == 1 ? 100 : 5000;
}

TEST(raw_bytes_that_are_their_text_are_read_once)
{
	static char text[TEXT_LEN];

	for (unsigned k = 0; k < SESSIONS; k++) {
		struct inspector_options o = options();

		o.member = NULL;
		o.mask = k % 3 == 0;
		o.screen = test_below(3);
		/* Rows are beside their text only where a line fits in, or it is seen in halves; and where
		 * nothing is held, or they are seen at other times. */
		o.cols = !o.mask && test_below(2) ? WIDE : o.cols;
		o.most_persons = k % 3 == 1 ? UINT32_MAX : 0;
		o.numbers = k % 5 == 0;
		const struct both f = read_both_ways(&o, some_session(text), some_size(k));
		CHECK(f.same_bytes);
		CHECK_U64(f.once.persons, f.twice.persons);
		CHECK_U64(f.once.novel, f.twice.novel);
		CHECK_U64(f.once.opaque, f.twice.opaque);
		CHECK_U64(f.once.masked, f.twice.masked);
		for (size_t v = 0; v < VERDICTS; v++)
			CHECK_U64(f.once.verdict[v], f.twice.verdict[v]);
		for (size_t v = 0; v < SCAN_KINDS; v++)
			CHECK_U64(f.once.kind[v], f.twice.kind[v]);
	}
}

TEST(no_member_is_lost_where_bytes_are_read_once)
{
	static char text[TEXT_LEN];

	for (unsigned k = 0; k < SESSIONS; k++) {
		struct inspector_options o = options();

		o.mask = k % 3 == 0;
		o.screen = test_below(3);
		o.most_persons = k % 3 == 1 ? UINT32_MAX : 0;
		const struct both f = read_both_ways(&o, some_session(text), some_size(k));

		CHECK_U64(f.once.persons, f.twice.persons);
		CHECK_U64(f.once.weak, f.twice.weak);
		CHECK_U64(f.once.verdict[VERDICT_PLAN] + f.once.verdict[VERDICT_SHAPE], f.twice.verdict[VERDICT_PLAN] + f.twice.verdict[VERDICT_SHAPE]);
		CHECK_U64(f.once.unknown > 0, f.twice.unknown > 0);
	}
}

/* A row that says what a line said before, but was put together from pieces, is still masked. */
TEST(a_row_like_a_line_with_a_number_is_scanned)
{
	static const char before[] = "0687654321\r\n", plain[] = "nothing but words in here, for a while\r\n";
	static const char pieces[] = "\033[3;1H\033[2K0687\033[5;1Hx\033[3;5H654321\033[6;1Hbye\r\n";
	struct inspector_options o = options();
	struct inspect_figures f;
	AUTO(buf_wipe) struct buf in = { 0 };
	AUTO(buf_wipe) struct buf out = { 0 };

	o.mask = o.screen = true;
	o.member = NULL;
	AUTO(inspector_free) struct inspector *i = inspector_new(&o);
	buf_init(&in, OUT_LEN);
	buf_init(&out, OUT_LEN);
	CHECK(buf_put_str(&in, before));
	for (unsigned k = 0; k < 20; k++)
		CHECK(buf_put_str(&in, plain));
	CHECK(buf_put_str(&in, pieces));
	put_all(i, buf_rd(&in), OUT_LEN, &out, &f);
	CHECK_U64(out.len, in.len);
	CHECK_U64(f.persons, 1);
	CHECK_U64(f.masked, 20);
	const struct rd shown = buf_rd(&out);
	CHECK(memmem(shown.p, shown.len, "654321", 6) == NULL);
}

/* Those that some_weak writes, but for one in three: what a decoder makes of other text is nobody's. */
static void the_weak_are_ours(void *ctx, struct inspect_ask *asks, size_t n)
{
	for (struct inspect_ask *a = asks; a < asks + n; a++) {
		struct rd r = a->value;
		const bool ours = rd_word(&r, a->kind == SCAN_IMSI ? "20408612" : "31612") && r.len == 7;
		uint8_t c = 0;

		a->person = 1;
		while (rd_u8(&r, &c))
			a->person = a->person * 10 + c % 16;
		a->membership = ours && a->person % 3 ? MEMBERSHIP_MEMBER : MEMBERSHIP_NONE;
	}
}

static struct inspect_figures read_in_pieces(const struct inspector_options *o, struct rd in, size_t most)
{
	AUTO(inspector_free) struct inspector *i = inspector_new(o);
	AUTO(buf_wipe) struct buf out = { 0 };
	struct inspect_figures f;
	enum inspect_why why;
	struct rd piece;

	buf_init(&out, OUT_LEN);
	while (in.len) {
		const size_t n = 1 + test_below(most);

		CHECK(rd_take(&in, n < in.len ? n : in.len, &piece));
		if (inspector_put(i, piece, 0, &out, &why) == INSPECT_HOLD)
			inspector_resume(i, UINT32_MAX, UINT64_MAX, &out);
	}
	while (inspector_end(i, &out, &why) == INSPECT_HOLD)
		inspector_resume(i, UINT32_MAX, UINT64_MAX, &out);
	inspector_figures(i, &f);
	return f;
}

/* Numbers of one person near one another, and of others: weak or not, in lines and in colours, as near as
 * counts and further, with words that name a number and without. */
static size_t some_weak(char *out, size_t n, unsigned person)
{
	static const char *const between[] = { " x", "\r\n", " \033[1m", "\033[m ", " msisdn ", ", then again ", "\n\n", "\033]0;title\007 " };
	static const char *const numbers[] = { "id0612", "y20408612", " 20408612", "0612" };
	size_t len = 0;

	for (uint64_t k = 1 + test_below(4); k; k--) {
		const unsigned who = test_below(3) ? person : digits();
		const char *number = numbers[test_below(10) * 4 / 11], *then = between[test_below(8)];

		len += (size_t)snprintf(out + len, n - len, "%s%07u%s%*s", number, who, then, test_below(12) ? 0 : (int)test_below(100), "");
	}
	return len;
}

static struct rd some_weak_session(char *text)
{
	size_t n = 0;

	while (n < TEXT_LEN - 2000) {
		const unsigned person = digits();

		for (uint64_t j = test_below(4); j; j--)
			n += some_weak(text + n, 600, person);
		n += (size_t)snprintf(text + n, 100, "%*s", (int)test_below(50), test_below(3) ? "\n" : "msisdn ");
	}
	return rd_of(text, n);
}

/* At once, with more members and more words together than wait, and cut anywhere. Without a screen, which
 * shows what stands on it at the moment. */
TEST(weak_members_count_however_the_stream_is_cut)
{
	static char text[TEXT_LEN];
	uint64_t weak = 0, members = 0;

	for (unsigned k = 0; k < SESSIONS; k++) {
		struct inspector_options o = options();
		const struct rd in = some_weak_session(text);

		o.member = the_weak_are_ours;
		o.member_share = 0.9; /* or they are meant anyhow */
		o.mask = k % 4 == 1;
		o.most_persons = k % 4 == 2 ? UINT32_MAX : 0;
		const struct inspect_figures whole = read_in_pieces(&o, in, TEXT_LEN * 64), cut = read_in_pieces(&o, in, some_size(k));
		CHECK_U64(cut.verdict[VERDICT_MEMBER], whole.verdict[VERDICT_MEMBER]);
		CHECK_U64(cut.weak, whole.weak);
		weak += whole.weak;
		members += whole.verdict[VERDICT_MEMBER];
	}
	CHECK(weak > SESSIONS && members > SESSIONS);
}

/* Some sequences end a line of the text and move nothing on the screen: there the row says more. */
TEST(a_row_is_read_where_its_text_is_in_two)
{
	static const char *const apart[] = { "\033[?47m", "\033[?1049m", "\033[?47n", "\033[?1047;2W" };

	for (size_t k = 0; k < ARRAY_LEN(apart); k++) {
		struct inspector_options o = options();
		struct inspect_figures f;
		enum inspect_why why;
		AUTO(buf_done) struct buf out;
		char text[100];

		o.member = NULL;
		o.screen = true;
		buf_init(&out, OUT_LEN);
		AUTO(inspector_free) struct inspector *i = inspector_new(&o);
		const int n = snprintf(text, sizeof(text), "\r\ncall 0612%s345678\r\nx\r\n", apart[k]);
		CHECK(inspector_put(i, rd_of(text, (size_t)n), 1, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_end(i, &out, &why) == INSPECT_RELEASE);
		inspector_figures(i, &f);
		CHECK_U64(f.persons, 1);
	}
}

/* A number that goes on from what was released: no more of it is held than has come since. */
TEST(what_was_released_is_not_held_again)
{
	static const struct {
		const char *then;
		size_t released;
	} c[] = { { "\b\b789", 2 }, { "\033[m78", 3 }, { "\b\b78 9\033[m", 2 } };
	struct inspector_options o = options();
	AUTO(buf_done) struct buf out;
	enum inspect_why why;

	buf_init(&out, OUT_LEN);
	for (size_t k = 0; k < 2 * ARRAY_LEN(c); k++) {
		o.screen = true;
		o.member = NULL;
		o.mask = k % 2;
		o.most_persons = !o.mask;
		AUTO(inspector_free) struct inspector *i = inspector_new(&o);
		CHECK(inspector_put(i, rd_str("number 0612"), 1, &out, &why) == INSPECT_RELEASE);
		CHECK(inspector_tick(i, inspector_due(i), &out, &why) == INSPECT_RELEASE);
		buf_reset(&out);
		CHECK(inspector_put(i, rd_str(c[k / 2].then), INSPECTOR_NUMBER_NS, &out, &why) == INSPECT_RELEASE);
		CHECK_U64(out.len, c[k / 2].released);
	}
}
