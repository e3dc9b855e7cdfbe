/*
 * Is:        escape stripping (contract in the header).
 * Is not:    a screen.
 * Called by: screen.c, session.c.
 * Owns:      nothing beyond struct strip.
 * Trust:     hostile bytes, through vt.h and unicode.h. Rule Zero: a run and an
 *            input are indexed below their lengths.
 */
#include "inspect/strip.h"

#include "base/assert.h"
#include "inspect/run.h"

struct out {
	struct traced *text, *aside;
};

void strip_init(struct strip *s)
{
	*s = (struct strip){ 0 };
	vt_init(&s->vt);
}

static uint32_t *tail(struct strip *s)
{
	return s->tail + s->tail_end - s->n_tail;
}

static uint32_t *tail_src(struct strip *s)
{
	return s->tail_src + s->tail_end - s->n_tail;
}

/* Room for `n` more characters of the tail: moves it to the front when there is none. */
static void tail_room(struct strip *s, unsigned n)
{
	const uint32_t *t = tail(s), *src = tail_src(s);

	if (s->tail_end + n <= STRIP_TAIL_ROOM)
		return;
	for (unsigned i = 0; i < s->n_tail; i++) {
		s->tail[i] = t[i];
		s->tail_src[i] = src[i];
	}
	s->tail_end = s->n_tail;
}

/* Most lines end before anybody asks for their tail: a run goes into it when somebody does. */
static void keep_run(struct strip *s)
{
	const size_t n = s->run.len < STRIP_TAIL_MAX ? s->run.len : STRIP_TAIL_MAX, skip = s->run.len - n;

	if (!n)
		return;
	tail_room(s, STRIP_TAIL_MAX);
	for (size_t i = 0; i < n; i++) {
		s->tail[s->tail_end + i] = s->run.p[skip + i];
		s->tail_src[s->tail_end + i] = s->run_src + (uint32_t)(skip + i);
	}
	s->tail_end = (uint16_t)(s->tail_end + n);
	s->n_tail = (uint8_t)(s->n_tail + n < STRIP_TAIL_MAX ? s->n_tail + n : STRIP_TAIL_MAX);
	s->n_new = (uint8_t)(s->n_new + n < s->n_tail ? s->n_new + n : s->n_tail);
	s->run.len = 0;
}

static void newline(struct strip *s, struct traced *text)
{
	if (s->open_line) {
		traced_put(text, rd_str("\n"), TRACED_OLD, 0);
		s->line_from = text->text.len;
	}
	s->open_line = false;
}

/* The corrected line, on a line of its own. */
static void correct(struct strip *s, struct traced *text)
{
	if (!s->stale)
		return;
	s->stale = false;
	newline(s, text);
	traced_put_cells(text, tail(s), tail_src(s), s->n_tail);
	s->open_line = s->n_tail > 0;
}

static void separate(struct strip *s, struct traced *text)
{
	correct(s, text);
	newline(s, text);
	s->n_tail = s->n_new = s->back = 0;
	s->tail_end = 0;
	s->run.len = 0;
}

static void remember(struct strip *s, uint32_t cp, uint32_t src)
{
	tail_room(s, 1);
	s->tail[s->tail_end] = cp;
	s->tail_src[s->tail_end++] = src;
	if (s->n_tail < STRIP_TAIL_MAX)
		s->n_tail++;
	if (s->n_new < s->n_tail)
		s->n_new++;
}

static void put_char(struct strip *s, uint32_t cp, uint32_t src, struct traced *text)
{
	keep_run(s);
	s->last = cp;
	s->last_src = src;
	if (s->back) {
		if (s->n_new < s->back)
			s->n_new = s->back;
		unsigned i = (unsigned)(s->n_tail - s->back--);

		/* Overstruck with itself (bold on a teletype): nothing has changed. */
		s->stale |= tail(s)[i] != cp;
		tail(s)[i] = cp;
		tail_src(s)[i] = src;
		return;
	}
	correct(s, text);
	traced_put_char(text, cp, src);
	s->open_line = true;
	remember(s, cp, src);
}

/* A run of printable ASCII at the end of the line: one copy. */
static void put_run(struct strip *s, struct rd run, uint32_t src, struct traced *text)
{
	correct(s, text);
	traced_put(text, run, src, 1);
	s->open_line = true;
	if (run.len < STRIP_TAIL_MAX)
		keep_run(s);
	s->run = run;
	s->run_src = src;
	s->last = run.p[run.len - 1];
	s->last_src = src + (uint32_t)run.len - 1;
}

static void left(struct strip *s, int n, struct traced *text)
{
	keep_run(s);
	/* What was corrected was on the screen, unless it was only blanked. */
	if (s->stale && s->last != ' ')
		correct(s, text);
	if (n > s->n_tail - s->back)
		separate(s, text);
	else
		s->back = (uint8_t)(s->back + n);
}

static void right(struct strip *s, int n, struct traced *text)
{
	for (; n > 0 && s->back > 0; n--)
		s->back--;
	if (n > STRIP_REPEAT_MAX)
		n = STRIP_REPEAT_MAX;
	while (n-- > 0)
		put_char(s, ' ', TRACED_OLD, text);
}

static void repeat(struct strip *s, int n, struct traced *text)
{
	if (!s->last)
		return;
	if (n > STRIP_REPEAT_MAX)
		n = STRIP_REPEAT_MAX;
	while (n-- > 0)
		put_char(s, s->last, s->last_src, text);
}

/* Takes `n` characters away at the cursor. */
static void cut(struct strip *s, int n)
{
	uint32_t *t, *src;

	keep_run(s);
	t = tail(s);
	src = tail_src(s);
	if (n > s->back)
		n = s->back;
	for (unsigned i = (unsigned)(s->n_tail - s->back); i + (unsigned)n < s->n_tail; i++) {
		t[i] = t[i + (unsigned)n];
		src[i] = src[i + (unsigned)n];
	}
	s->n_tail = (uint8_t)(s->n_tail - n);
	s->n_new = s->n_new < s->n_tail ? s->n_new : s->n_tail;
	s->tail_end = (uint16_t)(s->tail_end - n);
	s->back = (uint8_t)(s->back - n);
	s->stale |= n > 0;
}

static void insert_blanks(struct strip *s, int n)
{
	uint32_t *t, *src;
	unsigned at;

	keep_run(s);
	at = (unsigned)(s->n_tail - s->back);
	if (n > STRIP_TAIL_MAX - s->n_tail)
		n = STRIP_TAIL_MAX - s->n_tail;
	if (s->back == 0 || n <= 0)
		return;
	tail_room(s, (unsigned)n);
	t = tail(s);
	src = tail_src(s);
	for (unsigned i = s->n_tail; i-- > at;) {
		t[i + (unsigned)n] = t[i];
		src[i + (unsigned)n] = src[i];
	}
	for (unsigned i = 0; i < (unsigned)n; i++) {
		t[at + i] = ' ';
		src[at + i] = TRACED_OLD;
	}
	s->n_tail = s->n_new = (uint8_t)(s->n_tail + n);
	s->tail_end = (uint16_t)(s->tail_end + n);
	s->back = (uint8_t)(s->back + n);
	s->stale = true;
}

static void erase_ahead(struct strip *s, int n)
{
	uint32_t *t, *src;

	keep_run(s);
	t = tail(s);
	src = tail_src(s);
	for (unsigned i = (unsigned)(s->n_tail - s->back); n > 0 && i < s->n_tail; i++, n--) {
		s->stale |= t[i] != ' ';
		t[i] = ' ';
		src[i] = TRACED_OLD;
	}
}

static void control(struct strip *s, uint8_t c, struct traced *text)
{
	switch (c) {
	case '\b':
		left(s, 1, text);
		break;
	case '\t':
		put_char(s, '\t', TRACED_OLD, text);
		break;
	case '\n':
	case '\v':
	case '\f':
	case '\r':
		separate(s, text);
		break;
	default:	/* NUL, BEL, shifts: nothing to see */
		break;
	}
}

/* Those that move the cursor or the text. */
bool strip_ends_line(uint8_t final)
{
	static const bool movers[128] = {
		['A'] = true, ['B'] = true, ['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true,
		['J'] = true, ['L'] = true, ['M'] = true, ['S'] = true, ['T'] = true, ['Z'] = true, ['`'] = true,
		['d'] = true, ['e'] = true, ['f'] = true, ['r'] = true, ['s'] = true, ['u'] = true,
	};

	return final < sizeof(movers) && movers[final];
}

static void csi(struct strip *s, uint8_t final, struct traced *text)
{
	const struct vt *v = &s->vt;

	if (v->inter)
		return;
	if (v->lead) {
		/* Private modes: only switching screens parts one text from the other. */
		int mode = vt_param(v, 0, 0);

		if (v->lead == '?' && (final == 'J' || final == 'K' || mode == 47 || mode == 1047 || mode == 1049))
			separate(s, text);
		return;
	}
	switch (final) {
	case 'm':
		return;
	case 'C':
	case 'a':
		right(s, vt_count(v, 0), text);
		return;
	case 'D':
		left(s, vt_count(v, 0), text);
		return;
	case 'b':
		repeat(s, vt_count(v, 0), text);
		return;
	case 'P':
		cut(s, vt_count(v, 0));
		return;
	case '@':
		insert_blanks(s, vt_count(v, 0));
		return;
	case 'X':
		erase_ahead(s, vt_count(v, 0));
		return;
	case 'K':
		if (vt_param(v, 0, 0) == 0)
			cut(s, s->back);
		else
			separate(s, text);
		return;
	default:
		if (strip_ends_line(final))
			separate(s, text);
		return;
	}
}

static void act(struct strip *s, enum vt_act a, uint8_t c, uint32_t at, const struct out *o)
{
	switch (a) {
	case VT_NONE:
	case VT_PRINT:
		break;
	case VT_CTRL:
		control(s, c, o->text);
		break;
	case VT_ESC:
		if (!s->vt.inter && strip_esc_ends_line(c))
			separate(s, o->text);
		break;
	case VT_CSI:
		csi(s, c, o->text);
		break;
	case VT_STR_OPEN:
		graphics_open(&s->graphics, s->vt.string);
		break;
	case VT_STR_DATA:
		graphics_data(&s->graphics, c);
		if (s->graphics.kind != GRAPHICS_SIXEL)
			traced_put(o->aside, rd_of(&c, 1), at + 1, 0);
		break;
	case VT_STR_CLOSE:
		graphics_close(&s->graphics);
		traced_put(o->aside, rd_str("\n"), TRACED_OLD, 0);
		break;
	}
}

static void put_cp(struct strip *s, uint32_t cp, uint32_t src, const struct out *o)
{
	uint32_t folded;

	if (cp >= 0x80 && cp < 0xa0) {
		s->c1_bytes += 2;
		act(s, vt_c1(&s->vt, cp), (uint8_t)(cp - 0x40), src - 1, o);
		return;
	}
	if (unicode_is_usual(cp)) {
		put_char(s, cp, src, o->text);
		return;
	}
	folded = unicode_fold(cp);
	if (folded < 0x80 || unicode_width(folded) > 0)
		put_char(s, folded, src, o->text);
}

/* One byte that is text: a character when it is complete. */
static void print(struct strip *s, uint8_t c, uint32_t at, const struct out *o)
{
	int32_t cp;
	bool again;

	do {
		if (!s->utf8.need)
			s->utf8_src = at + 1;
		cp = utf8_step(&s->utf8, c, &again);
		if (cp == UTF8_BAD)
			put_char(s, UNICODE_REPLACEMENT, s->utf8_src, o->text);
		else if (cp != UTF8_MORE)
			put_cp(s, (uint32_t)cp, s->utf8_src, o);
	} while (again);
}

/* A character that a control or a run of ASCII cut short. */
static void give_up_char(struct strip *s, const struct out *o)
{
	if (!s->utf8.need)
		return;
	s->utf8.need = 0;
	put_char(s, UNICODE_REPLACEMENT, s->utf8_src, o->text);
}

/* In text, with no character open: takes a run, a sequence or a character that is all there.
 * 0: its bytes go one by one. */
static size_t put_whole(struct strip *s, const struct rd *in, uint32_t at, const struct out *o)
{
	const uint8_t c = in->p[0];
	struct rd rest = *in, run;
	size_t n = 0;
	uint8_t final;
	uint32_t cp;

	if (vt_is_ascii(c)) {
		if (s->back || !rd_take(&rest, run_ascii(in), &run))
			return 0;
		put_run(s, run, at + 1, o->text);
		return run.len;
	}
	if (c == 0x1b) {
		n = vt_take_csi(&s->vt, in, &final);
		if (n)
			csi(s, final, o->text);
	} else if (c >= 0xc0) {
		n = utf8_take(in, &cp);
		if (n)
			put_cp(s, cp, at + 1, o);
	}
	return n;
}

static void put_byte(struct strip *s, uint8_t c, uint32_t at, const struct out *o)
{
	const enum vt_act a = vt_step(&s->vt, c);

	if (a == VT_PRINT) {
		print(s, c, at, o);
		return;
	}
	give_up_char(s, o);
	act(s, a, c, at, o);
}

void strip_put(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside)
{
	const struct out o = { text, aside };
	size_t n;

	for (; in.len; at += (uint32_t)n) {
		n = vt_in_text(&s->vt) && !s->utf8.need ? put_whole(s, &in, at, &o) : 0;
		if (!n) {
			put_byte(s, in.p[0], at, &o);
			n = 1;
		}
		if (!rd_skip(&in, n))
			UNREACHABLE();
	}
	keep_run(s);
}

static bool is_line_end(uint8_t c)
{
	return c == '\n' || c == '\r';
}

/* What REP repeats, after a line that begins at offset `at`. */
static void set_last(struct strip *s, const struct rd *line, uint32_t at)
{
	s->last = line->p[line->len - 1];
	s->last_src = s->last == '\t' ? TRACED_OLD : at + (uint32_t)line->len;
}

void strip_put_lines(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside)
{
	size_t n;

	for (;;) {
		const struct rd rest = in;
		struct rd line;

		n = run_of_line(&in);
		if (n == rest.len || !rd_take(&in, n, &line))
			break;
		if (n) {
			traced_put_lines(text, line, at + 1);
			set_last(s, &line, at);
			s->open_line = true;
		}
		for (; in.len && is_line_end(in.p[0]) && rd_skip(&in, 1); n++)
			;
		separate(s, text);
		at += (uint32_t)n;
	}
	strip_put(s, in, at, text, aside);
}

bool strip_is_idle(const struct strip *s)
{
	return vt_in_text(&s->vt) && !s->utf8.need && !s->back && !s->stale;
}

void strip_flush(struct strip *s, struct traced *text)
{
	correct(s, text);
}

void strip_settle(struct strip *s, const uint8_t *masked, size_t n)
{
	for (unsigned i = (unsigned)(s->n_tail - s->n_new); i < s->n_tail; i++)
		tail_src(s)[i] = traced_settle(tail_src(s)[i], masked, n);
	s->n_new = 0;
	s->last_src = traced_settle(s->last_src, masked, n);
	s->utf8_src = traced_settle(s->utf8_src, masked, n);
}
