/*
 * Is:        words to the engineer (contracts in the header).
 * Is not:    the lanes' editor.
 * Called by: gate/session.c.
 * Owns:      the line being typed.
 * Trust:     what is typed is hostile.
 */
#include "proc/gate/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "proc/gate/gate.h"
#include "proc/gate/session.h"
#include "proc/gate/state.h"

enum { BELL = 7, CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, ESCAPE = 27, LINE_MAX = 500, COLS_MIN = 20, NEEDS_PURPOSE = 1, NEEDS_TICKET = 2 };

static void put_clean(struct buf *out, struct rd text, bool crlf)
{
	struct wr w = wr_to(out);
	struct rd rest;
	uint32_t rune;

	while (text.len) {
		rest = text;
		if (!rd_rune(&rest, &rune)) {
			(void)!rd_skip(&text, 1);
			wr_str(&w, "?");
			continue;
		}
		text = rest;
		if (rune == '\n')
			wr_str(&w, crlf ? "\r\n" : "\n");
		else if (rune >= ' ' && (rune < 0x7f || rune > 0x9f))
			wr_rune(&w, rune);
	}
}

static size_t width_of(struct rd text)
{
	size_t n = 0;
	uint32_t rune;

	while (rd_rune(&text, &rune))
		n += rune_width(rune);
	return n;
}

/* A word that a terminal of so many columns would break begins a new line. */
static void put_wrapped(struct buf *out, struct rd text, size_t cols)
{
	struct wr w = wr_to(out);
	struct rd line, word;

	while (text.len) {
		bool ends = rd_until(&text, '\n', &line);
		if (!ends) {
			line = text;
			text.len = 0;
		}
		bool more = rd_until(&line, ' ', &word);
		size_t at = width_of(more ? word : line);
		wr_bytes(&w, more ? word : line);
		while (more) {
			more = rd_until(&line, ' ', &word);
			size_t width = width_of(more ? word : line);
			bool fits = at + 1 + width <= cols;
			wr_u8(&w, fits ? ' ' : '\n');
			wr_bytes(&w, more ? word : line);
			at = (fits ? at + 1 : 0) + width;
		}
		if (ends)
			wr_u8(&w, '\n');
	}
}

static bool is_recorded(const struct session *s)
{
	return s->has_tape && !s->is_failed && (s->phase == PHASE_JOINED || s->phase == PHASE_ENDING);
}

static void show(struct session *s, struct rd text)
{
	/* sshd throws away what a subsystem says on its standard error. Of a client of SFTP, words in its
	 * stream would be a broken packet. */
	bool to_err = !s->has_tty && s->err_fd >= 0 && (s->kind != SESSION_SUBSYSTEM || s->has_lane || rd_is(&s->command, "sftp"));

	if (s->out_fd < 0)
		return;
	if (!is_recorded(s))
		release_tell(&s->release, to_err, text);
	else if (!release_put(&s->release, to_err ? STEP_ERR : STEP_OUT, 0,
		     to_err ? FRAME_TO_SUPPLIER_STDERR : FRAME_TO_SUPPLIER, text))
		s->is_failed = true;
}

void gate_terminal_tell(struct session *s, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, 4 * GATE_TEXT_MAX);
	if (text.len > GATE_TEXT_MAX && !rd_take(&text, GATE_TEXT_MAX, &text))
		return;
	put_clean(&b, text, s->has_tty || s->is_forward);
	show(s, buf_rd(&b));
}

static void tell_wrapped(struct session *s, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };

	buf_init(&b, GATE_TEXT_MAX);
	put_wrapped(&b, text, s->has_tty && s->cols >= COLS_MIN ? s->cols : SIZE_MAX / 2);
	gate_terminal_tell(s, buf_rd(&b));
}

void gate_terminal_line(struct session *s, struct rd text)
{
	AUTO(buf_done) struct buf b = { 0 };
	uint8_t last;

	while (text.len && rd_at(&text, text.len - 1, &last) && last == '\n')
		text.len--;
	if (text.len > GATE_TEXT_MAX - 1)
		text.len = GATE_TEXT_MAX - 1;
	buf_init(&b, GATE_TEXT_MAX);
	if (buf_put_rd(&b, text) && buf_put_u8(&b, '\n'))
		tell_wrapped(s, buf_rd(&b));
}

void gate_terminal_say(struct session *s, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	tell_wrapped(s, rd_str(text));
}

static void prompt(struct session *s)
{
	gate_terminal_tell(s, rd_str(s->typed.asks & NEEDS_PURPOSE ? "purpose: " : "ticket: "));
}

void gate_terminal_ask(struct session *s, uint8_t what)
{
	s->typed.asks = what & (NEEDS_PURPOSE | NEEDS_TICKET);
	buf_reset(&s->typed.line);
	gate_terminal_say(s, "Nothing is granted yet: say why you come. Ctrl-C leaves.\n");
	prompt(s);
}

static bool is_blank(struct rd line)
{
	while (rd_word(&line, " "))
		;
	return line.len == 0;
}

static enum gate_typing line_done(struct session *s)
{
	struct gate_typed *t = &s->typed;
	struct buf *into = t->asks & NEEDS_PURPOSE ? &t->purpose : &t->ticket;

	show(s, rd_str("\r\n"));
	if (!is_blank(buf_rd(&t->line)) && text_is_utf8(buf_rd(&t->line))) {
		buf_reset(into);
		(void)!buf_put_rd(into, buf_rd(&t->line));
		t->asks &= t->asks & NEEDS_PURPOSE ? NEEDS_TICKET : 0;
	}
	buf_reset(&t->line);
	if (!t->asks)
		return TYPING_DONE;
	prompt(s);
	return TYPING_MORE;
}

static void erase(struct session *s)
{
	struct rd all = buf_rd(&s->typed.line), last = { NULL, 0 };
	uint8_t c = 0x80;
	size_t n = all.len;

	/* A character is its first byte and what follows it. */
	while (n && (c & 0xc0) == 0x80)
		(void)!rd_at(&all, --n, &c);
	if (rd_slice(&all, n, all.len - n, &last))
		for (size_t i = width_of(last); i; i--)
			show(s, rd_str("\b \b"));
	buf_cut(&s->typed.line, n);
}

/* Arrows and their like come as sequences, and none of them means anything here. */
static bool is_escape(struct gate_typed *t, uint8_t c)
{
	bool was = t->escape != ESCAPE_NONE;

	if (c == ESCAPE)
		t->escape = ESCAPE_BEGUN;
	else if (t->escape == ESCAPE_BEGUN)
		t->escape = c == '[' || c == 'O' ? ESCAPE_INSIDE : ESCAPE_NONE;
	else if (t->escape == ESCAPE_INSIDE && c >= '@' && c <= '~')
		t->escape = ESCAPE_NONE;
	return was || c == ESCAPE;
}

static enum gate_typing key(struct session *s, uint8_t c)
{
	struct gate_typed *t = &s->typed;

	if (c == CTRL_C)
		return TYPING_BREAK;
	if (c == CTRL_D && t->line.len == 0)
		return TYPING_LEAVE;
	if (!t->asks) {
		/* Ahead of the element; or, while he waits for people, in vain. */
		if (!s->has_waited)
			(void)!buf_put_u8(&t->line, c);
		return TYPING_MORE;
	}
	if (is_escape(t, c))
		return TYPING_MORE;
	if (c == '\r' || c == '\n')
		return line_done(s);
	if (c == 0x7f || c == '\b') {
		if (t->line.len)
			erase(s);
	} else if (c == CTRL_U) {
		while (t->line.len)
			erase(s);
	} else if (c >= ' ') {
		uint8_t shown = t->line.len < LINE_MAX && buf_put_u8(&t->line, c) ? c : BELL;
		show(s, rd_of(&shown, 1));
	}
	return TYPING_MORE;
}

enum gate_typing gate_terminal_type(struct session *s, struct rd keys)
{
	enum gate_typing r = TYPING_MORE;
	uint8_t c;

	while (r == TYPING_MORE && rd_u8(&keys, &c))
		r = key(s, c);
	return r;
}
