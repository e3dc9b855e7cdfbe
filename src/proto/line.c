/*
 * Is:        the line editor: what each key does (contracts in line.h).
 * Is not:    the decoding of keys (line_key.c) or drawing (line_draw.c).
 * Called by: lanes.
 * Owns:      the line.
 * Trust:     hostile keystrokes.
 */
#include "proto/line_key.h"

#include "base/quote.h"
#include "base/text.h"

void line_init(struct line *l, struct line_help help)
{
	*l = (struct line){ .help = help, .width = 80 };
	vec_init(&l->history, sizeof(struct line_past));
}

void line_done(struct line *l)
{
	line_past_done(l);
	mem_wipe(l, sizeof(*l));
}

void line_prompt(struct line *l, struct rd prompt)
{
	uint8_t c;

	if (prompt.len > LINE_PROMPT_MAX)
		(void)!rd_skip(&prompt, prompt.len - LINE_PROMPT_MAX);
	l->n_prompt = 0;
	while (rd_u8(&prompt, &c))
		if (c >= 0x20 && c < 0x7f)
			l->prompt[l->n_prompt++] = c;
}

void line_width(struct line *l, unsigned width)
{
	l->width = width == 0 ? 80 : width < LINE_WIDTH_MIN ? LINE_WIDTH_MIN : width > 1000 ? 1000 : width;
}

void line_no_echo(struct line *l, bool on)
{
	line_reset(l);
	l->no_echo = on;
	mem_wipe(l->cut, sizeof(l->cut));
	l->n_cut = 0;
}

void line_reset(struct line *l)
{
	if (l->no_echo)
		mem_wipe(l->text, sizeof(l->text));
	l->n = l->at = l->from = l->n_draft = 0;
	l->searching = false;
	l->past = l->history.n;
}

static bool insert(struct line *l, uint32_t rune)
{
	if (l->n == LINE_RUNES_MAX)
		return false;
	for (uint32_t i = l->n; i > l->at; i--)
		l->text[i] = l->text[i - 1];
	l->text[l->at++] = rune;
	l->n++;
	return true;
}

/* Takes [from, to) out; it becomes what Ctrl-Y brings back when `keep`. */
static void cut(struct line *l, uint32_t from, uint32_t to, bool keep)
{
	if (keep && !l->no_echo && to > from) {
		l->n_cut = to - from;
		for (uint32_t i = 0; i < l->n_cut; i++)
			l->cut[i] = l->text[from + i];
	}
	for (uint32_t i = to; i < l->n; i++)
		l->text[from + i - to] = l->text[i];
	l->n -= to - from;
	l->at = from;
}

static uint32_t word_left(const struct line *l)
{
	uint32_t i = l->at;

	while (i > 0 && l->text[i - 1] == ' ')
		i--;
	while (i > 0 && l->text[i - 1] != ' ')
		i--;
	return i;
}

static uint32_t word_right(const struct line *l)
{
	uint32_t i = l->at;

	while (i < l->n && l->text[i] == ' ')
		i++;
	while (i < l->n && l->text[i] != ' ')
		i++;
	return i;
}

static void swap(struct line *l)
{
	uint32_t at = l->at == l->n && l->n ? l->at - 1 : l->at, rune;

	if (at == 0 || at >= l->n)
		return;
	rune = l->text[at];
	l->text[at] = l->text[at - 1];
	l->text[at - 1] = rune;
	l->at = at + 1;
}

static void paste_cut(struct line *l)
{
	for (uint32_t i = 0; i < l->n_cut; i++)
		if (!insert(l, l->cut[i]))
			return;
}

/* Keys that change or move in the line. False: nothing of the kind. */
static bool edit(struct line *l, enum line_key key)
{
	uint32_t at = l->at, n = l->n;

	if (key == KEY_LEFT)
		l->at -= at > 0;
	else if (key == KEY_RIGHT)
		l->at += at < n;
	else if (key == KEY_HOME)
		l->at = 0;
	else if (key == KEY_END)
		l->at = n;
	else if (key == KEY_WORD_LEFT)
		l->at = word_left(l);
	else if (key == KEY_WORD_RIGHT)
		l->at = word_right(l);
	else if (key == KEY_BACKSPACE)
		cut(l, at > 0 ? at - 1 : 0, at, false);
	else if (key == KEY_DELETE || key == KEY_EOF)
		cut(l, at, at < n ? at + 1 : at, false);
	else if (key == KEY_WORD_BACKSPACE)
		cut(l, word_left(l), at, true);
	else if (key == KEY_WORD_DELETE)
		cut(l, at, word_right(l), true);
	else if (key == KEY_CUT_FRONT)
		cut(l, 0, at, true);
	else if (key == KEY_CUT_BEHIND)
		cut(l, at, n, true);
	else if (key == KEY_PASTE)
		paste_cut(l);
	else if (key == KEY_SWAP)
		swap(l);
	else
		return false;
	return true;
}

static int shown(bool ok)
{
	return ok ? 0 : LINE_FULL;
}

static int bell(const struct line *l, struct buf *echo)
{
	return l->no_echo ? 0 : shown(buf_put_u8(echo, 7));
}

static int type(struct line *l, uint32_t rune, struct buf *echo)
{
	struct wr w = wr_to(echo);
	bool at_end = l->at == l->n;
	unsigned columns = l->n_prompt;

	if (!insert(l, rune))
		return bell(l, echo);
	for (uint32_t i = 0; at_end && i < l->n; i++)
		columns += rune_width(l->text[i]);
	if (!at_end || l->from || columns >= l->width || l->n_prompt > l->width / 2)
		return shown(line_draw(l, echo));
	if (!l->no_echo)
		wr_rune(&w, rune);
	return shown(wr_ok(&w));
}

/* --- help ------------------------------------------------------------------------------ */

struct told {
	struct wr w;
	struct rd begun;    /* the word being typed */
	struct rd common;   /* what all keywords that begin so have in common */
	unsigned n_keywords, n_others;
	bool list;
};

static void tell(void *arg, struct rd word, struct rd doc, bool is_keyword)
{
	struct told *t = arg;
	size_t n = 0;

	if (t->list) {
		wr_str(&t->w, "\r\n  ");
		wr_quoted(&t->w, word, 60);
		for (size_t i = word.len; i < 16; i++)
			wr_u8(&t->w, ' ');
		wr_u8(&t->w, ' ');
		wr_quoted(&t->w, doc, 120);
		return;
	}
	if (!is_keyword) {
		t->n_others++;
		return;
	}
	if (t->n_keywords++ == 0) {
		t->common = word;
		return;
	}
	while (n < t->common.len && n < word.len && t->common.p[n] == word.p[n])
		n++;
	(void)!rd_slice(&t->common, 0, n, &t->common);
}

/* The line in front of the cursor as bytes, and its last word begun. */
static bool before_cursor(const struct line *l, struct buf *out, struct rd *begun)
{
	struct wr w = wr_to(out);
	size_t n = 0;
	uint8_t c;

	line_put_runes(&w, l->text, l->at);
	if (!wr_ok(&w))
		return false;
	*begun = buf_rd(out);
	while (n < begun->len && rd_at(begun, begun->len - 1 - n, &c) && c != ' ')
		n++;
	return rd_slice(begun, begun->len - n, n, begun);
}

static int help(struct line *l, struct rd before, struct buf *echo)
{
	struct told t = { .w = wr_to(echo), .list = true };

	if (l->help.ask(l->help.ask_arg, before, tell, &t) == 0)
		wr_str(&t.w, "\r\n  % nothing fits");
	wr_str(&t.w, "\r\n");
	return shown(wr_ok(&t.w) && line_draw(l, echo));
}

static int complete(struct line *l, struct rd before, struct rd begun, struct buf *echo)
{
	struct told t = { .begun = begun };
	struct rd more;
	uint32_t at = l->at;
	uint8_t c;

	(void)l->help.ask(l->help.ask_arg, before, tell, &t);
	if (t.n_keywords == 0)
		return bell(l, echo);
	if (rd_slice(&t.common, begun.len, t.common.len - begun.len, &more))
		while (rd_u8(&more, &c) && insert(l, c))
			;
	if (t.n_keywords == 1 && t.n_others == 0)
		(void)insert(l, ' ');
	return l->at != at ? shown(line_draw(l, echo)) : help(l, before, echo);
}

static int assist(struct line *l, bool tab, struct buf *echo)
{
	AUTO(buf_done) struct buf text = { 0 };
	struct rd begun;

	buf_init(&text, LINE_BYTES_MAX);
	if (!before_cursor(l, &text, &begun))
		return bell(l, echo);
	return tab ? complete(l, buf_rd(&text), begun, echo) : help(l, buf_rd(&text), echo);
}

/* --- ends of a line --------------------------------------------------------------------- */

static int finish(struct line *l, struct buf *echo, struct buf *out)
{
	struct wr w = wr_to(out);

	buf_reset(out);
	line_put_runes(&w, l->text, l->n);
	if (!wr_ok(&w) || !buf_put_str(echo, "\r\n"))
		return LINE_FULL;
	line_remember(l);
	line_reset(l);
	return LINE_DONE;
}

static int interrupt(struct line *l, struct buf *echo)
{
	line_reset(l);
	return buf_put_str(echo, l->no_echo ? "\r\n" : "^C\r\n") ? LINE_INTERRUPT : LINE_FULL;
}

/* --- search ------------------------------------------------------------------------------ */

static int search_begin(struct line *l, struct buf *echo)
{
	if (l->no_echo)
		return 0;
	l->searching = true;
	l->n_search = 0;
	l->hit = l->history.n;
	return shown(line_draw_search(l, echo));
}

/* True when the key belonged to the search; else the search is over and it acts. */
static bool search_key(struct line *l, enum line_key key, uint32_t rune)
{
	size_t found;

	if (key == KEY_RUNE) {
		if (l->n_search < ARRAY_LEN(l->search))
			l->search[l->n_search++] = rune;
		l->hit = line_find(l, l->hit < l->history.n ? l->hit + 1 : l->history.n);
	} else if (key == KEY_BACKSPACE) {
		l->n_search -= l->n_search > 0;
		l->hit = line_find(l, l->history.n);
	} else if (key == KEY_SEARCH) {
		found = line_find(l, l->hit);
		l->hit = found < l->history.n ? found : l->hit;
	} else if (key == KEY_CANCEL) {
		l->searching = false;
	} else {
		l->searching = false;
		if (l->hit < l->history.n)
			line_take(l, l->hit);
		return false;
	}
	return true;
}

/* --- keys -------------------------------------------------------------------------------- */

static int pasted(struct line *l, enum line_key key, uint32_t rune, struct buf *echo, struct buf *out)
{
	if (key == KEY_RUNE)
		return type(l, rune, echo);
	if (key == KEY_TAB)
		return type(l, ' ', echo);
	if (key == KEY_ENTER)
		return finish(l, echo, out);
	return 0;
}

static int move_past(struct line *l, bool older, struct buf *echo)
{
	if (l->no_echo || !line_move_past(l, older))
		return bell(l, echo);
	return shown(line_draw(l, echo));
}

static int act(struct line *l, enum line_key key, uint32_t rune, struct buf *echo, struct buf *out)
{
	bool helped = l->help.ask && !l->no_echo;

	switch (key) {
	case KEY_NONE:
		return 0;
	case KEY_RUNE:
		return rune == '?' && helped ? assist(l, false, echo) : type(l, rune, echo);
	case KEY_TAB:
		return helped ? assist(l, true, echo) : bell(l, echo);
	case KEY_ENTER:
		return finish(l, echo, out);
	case KEY_INTERRUPT:
		return interrupt(l, echo);
	case KEY_UP:
	case KEY_DOWN:
		return move_past(l, key == KEY_UP, echo);
	case KEY_SEARCH:
		return search_begin(l, echo);
	case KEY_CLEAR:
		return shown(buf_put_str(echo, l->no_echo ? "" : "\x1b[H\x1b[2J") && line_draw(l, echo));
	case KEY_LEFT:
	case KEY_RIGHT:
	case KEY_HOME:
	case KEY_END:
	case KEY_BACKSPACE:
	case KEY_DELETE:
	case KEY_WORD_LEFT:
	case KEY_WORD_RIGHT:
	case KEY_WORD_BACKSPACE:
	case KEY_WORD_DELETE:
	case KEY_CUT_FRONT:
	case KEY_CUT_BEHIND:
	case KEY_PASTE:
	case KEY_SWAP:
	case KEY_EOF:
	case KEY_CANCEL:
	case KEY_BELL:
		break;
	}
	if (key == KEY_EOF && l->n == 0)
		return LINE_END;
	return edit(l, key) ? shown(line_draw(l, echo)) : bell(l, echo);
}

static int one_key(struct line *l, enum line_key key, uint32_t rune, struct buf *echo, struct buf *out)
{
	if (key == KEY_NONE)
		return 0;
	if (l->pasting)
		return pasted(l, key, rune, echo, out);
	if (!l->searching)
		return act(l, key, rune, echo, out);
	if (search_key(l, key, rune))
		return shown(l->searching ? line_draw_search(l, echo) : line_draw(l, echo));
	if (!line_draw(l, echo))
		return LINE_FULL;
	return act(l, key, rune, echo, out);
}

int line_feed(struct line *l, struct rd *keys, struct buf *echo, struct buf *out)
{
	uint32_t rune = 0;
	uint8_t c;
	int rc = 0;

	while (rc == 0 && rd_u8(keys, &c)) {
		enum line_key key = line_key(l, c, &rune);
		rc = one_key(l, key, rune, echo, out);
	}
	return rc;
}
