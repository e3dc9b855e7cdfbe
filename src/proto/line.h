/*
 * Is:        the gate's own line editor: an engineer's raw keystrokes in; out come the
 *            bytes to show to him, and whole lines.
 * Is not:    a terminal, a shell or a judge. It knows no commands; help comes from a
 *            callback.
 * Called by: the telnet/VTY/MML lanes; the front door's questions.
 * Owns:      the line, its history and the text cut last.
 * Trust:     hostile keystrokes. No escape sequence can produce a line or hide one: only
 *            CR, LF and Ctrl-J/M end a line, inside any sequence too.
 *
 * The element never sees a keystroke. What it gets is a line that was finished here, so
 * arrow-up, backspace, Ctrl-R, Tab, `?` and pasted escapes cannot differ from what is
 * judged. Lines are printable UTF-8 without marks that hide or reorder text.
 *
 * Keys: Ctrl-A/E/B/F and arrows, Home, End; Ctrl-H, DEL, Ctrl-D, Delete; Ctrl-U (all in
 * front), Ctrl-K (all behind), Ctrl-W, Alt-D, Alt-DEL (words), Ctrl-Y (what was cut last);
 * Alt-B/F, Ctrl-arrows; Ctrl-T; Ctrl-P/N and arrows up and down, Ctrl-R; Ctrl-L; Ctrl-C;
 * Tab; `?`. Pasting between ESC[200~ and ESC[201~ takes text as it is, Tab as a space, and
 * a line end as a line end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "base/vec.h"

enum {
	LINE_RUNES_MAX = 2000,
	LINE_BYTES_MAX = LINE_RUNES_MAX * 4,
	LINE_PROMPT_MAX = 200,
	LINE_HISTORY_MAX = 200,
	LINE_ESCAPE_MAX = 64, /* bytes of an escape sequence before it is given up */
	LINE_WIDTH_MIN = 20,
};

/* Outcomes of line_feed; 0: all keys are used up and the line goes on. */
enum {
	LINE_DONE = 1,      /* a line is in `out` */
	LINE_INTERRUPT = 2, /* Ctrl-C: the line was thrown away */
	LINE_END = 3,       /* Ctrl-D on an empty line */
	LINE_FULL = 4,      /* `echo` or `out` is full */
};

typedef void (*line_each)(void *arg, struct rd word, struct rd doc, bool is_keyword);

/* Tells what may stand behind `before` (see vty_candidates); returns how many. NULL `ask`:
 * Tab and `?` are ordinary. The words told live until the callback's owner changes. */
struct line_help {
	unsigned (*ask)(void *ask_arg, struct rd before, line_each each, void *arg);
	void *ask_arg;
};

struct line {
	struct line_help help;
	uint32_t text[LINE_RUNES_MAX];
	uint32_t n, at;           /* runes; the cursor stands in front of text[at] */
	uint32_t cut[LINE_RUNES_MAX];
	uint32_t n_cut;
	uint32_t from;            /* first rune shown, when the line is wider than the window */
	uint8_t prompt[LINE_PROMPT_MAX];
	uint32_t n_prompt;
	uint32_t width;
	bool no_echo, pasting, after_cr;
	struct vec history;       /* struct line_past */
	size_t past;              /* the entry shown; history.n is the line being written */
	uint32_t draft[LINE_RUNES_MAX], n_draft;
	bool searching;
	uint32_t search[64], n_search;
	size_t hit;               /* entry found, history.n for none */
	uint8_t state;            /* of the key decoder */
	uint32_t n_escape, param[2], n_param;
	uint8_t utf8[4], n_utf8;
};

void line_init(struct line *l, struct line_help help);
/* Frees what it owns. For AUTO. */
void line_done(struct line *l);

/* The prompt that stands in front of the line, shown already: its last LINE_PROMPT_MAX
 * bytes, without control bytes. */
void line_prompt(struct line *l, struct rd prompt);
/* The window's width in columns; 0 means 80. */
void line_width(struct line *l, unsigned width);
/* While on, nothing typed is shown, remembered or completed: for passwords. */
void line_no_echo(struct line *l, bool on);

/* Takes keys from `*keys` up to the end of one line at most: what follows a finished line
 * stays in `*keys`, so that a pasted second line waits for the first one's verdict.
 * Appends to `echo`, and on LINE_DONE sets `out` to the line. */
MUST_USE int line_feed(struct line *l, struct rd *keys, struct buf *echo, struct buf *out);

/* Shows prompt and line anew, after something else was printed. */
MUST_USE bool line_redraw(const struct line *l, struct buf *echo);

/* Forgets the line being written, and keeps the history. */
void line_reset(struct line *l);
