/*
 * Is:        escape stripping (contract in the header).
 * Is not:    a screen.
 * Called by: screen.c, session.c.
 * Owns:      nothing beyond struct strip.
 * Trust:     hostile bytes, through tokens.h. Rule Zero: a run and an input are
 *            indexed below their lengths.
 */
#include "inspect/strip.h"

#include "base/assert.h"
#include "inspect/masks.h"
#include "inspect/run.h"

void strip_init(struct strip *s)
{
	*s = (struct strip){ 0 };
	tokens_init(&s->reader);
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
		traced_put_char(text, '\n', TRACED_OLD);
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

const bool strip_movers[128] = {
	['A'] = true, ['B'] = true, ['E'] = true, ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true,
	['J'] = true, ['L'] = true, ['M'] = true, ['S'] = true, ['T'] = true, ['Z'] = true, ['`'] = true,
	['d'] = true, ['e'] = true, ['f'] = true, ['r'] = true, ['s'] = true, ['u'] = true,
};

static void csi(struct strip *s, const struct vt *v, uint8_t final, struct traced *text)
{
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

static void put_cp(struct strip *s, uint32_t cp, uint32_t src, struct traced *text)
{
	uint32_t folded;

	if (unicode_is_usual(cp)) {
		put_char(s, cp, src, text);
		return;
	}
	folded = unicode_fold(cp);
	if (folded < 0x80 || unicode_width(folded) > 0)
		put_char(s, folded, src, text);
}

static void put_text(struct strip *s, const struct token *t, struct traced *text)
{
	struct rd run = t->run;
	uint32_t src = t->src;
	uint8_t c;

	if (t->cp) {
		put_cp(s, t->cp, src, text);
		return;
	}
	/* Over what the cursor went back before, one by one. */
	for (; s->back && rd_u8(&run, &c); src++)
		put_char(s, c, src, text);
	if (run.len)
		put_run(s, run, src, text);
}

static void take(struct strip *s, const struct token *t, struct traced *text, struct traced *aside)
{
	switch ((enum vt_act)t->act) {
	case VT_PRINT:
		put_text(s, t, text);
		break;
	case VT_CTRL:
		control(s, t->c, text);
		break;
	case VT_ESC:
		if (!t->vt.inter && strip_esc_ends_line(t->c))
			separate(s, text);
		break;
	case VT_CSI:
		csi(s, &t->vt, t->c, text);
		break;
	case VT_STR_DATA:
		traced_put(aside, rd_of(&t->c, 1), t->src, 0);
		break;
	case VT_STR_CLOSE:
		traced_put_char(aside, '\n', TRACED_OLD);
		break;
	case VT_NONE:
	case VT_STR_OPEN:
		break;
	}
}

void strip_take(struct strip *s, const struct tokens *tokens, struct traced *text, struct traced *aside)
{
	for (size_t i = 0; i < tokens->n; i++)
		take(s, &tokens->t[i], text, aside);
	keep_run(s);
}

void strip_put(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside)
{
	struct token few[TOKENS_FEW] UNCLEARED;
	struct tokens tokens = { .t = few, .max = TOKENS_FEW };

	for (size_t i = 0; i < in.len;) {
		i = tokens_read(&s->reader, &in, i, at, &tokens);
		strip_take(s, &tokens, text, aside);
	}
}

/* What REP repeats, after a line that begins at offset `at`. */
static void set_last(struct strip *s, const struct rd *line, uint32_t at)
{
	s->last = line->p[line->len - 1];
	s->last_src = s->last == '\t' ? TRACED_OLD : at + (uint32_t)line->len;
}

/* The number of bytes before the end of a line: of the first, or of the last of some that end with a
 * newline each, whose text they are as they stand. All of the bytes when no line ends. */
static size_t before_end(const struct rd *in)
{
	const size_t first = run_of_line(in);
	struct rd rest;
	size_t n;

	if (first == 0 || first == in->len || !rd_slice(in, first, in->len - first, &rest))
		return first;
	n = masks_to_ends(&rest);
	if (n == rest.len)
		while (--n > 0 && rest.p[n] != '\n')
			;
	return first + n;
}

void strip_put_lines(struct strip *s, struct rd in, uint32_t at, struct traced *text, struct traced *aside)
{
	size_t n;

	for (;;) {
		const struct rd rest = in;
		struct rd line;

		n = before_end(&in);
		if (n == rest.len || !rd_take(&in, n, &line))
			break;
		if (n) {
			traced_put_lines(text, line, at + 1);
			set_last(s, &line, at);
			s->open_line = true;
		}
		for (; in.len && masks_ends_line(in.p[0]) && rd_skip(&in, 1); n++)
			;
		separate(s, text);
		at += (uint32_t)n;
	}
	strip_put(s, in, at, text, aside);
}

bool strip_is_own_text(const struct strip *s, const struct rd *bytes)
{
	return tokens_are_idle(&s->reader) && !s->back && !s->stale && run_is_lines(bytes);
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
	tokens_settle(&s->reader, masked, n);
}
