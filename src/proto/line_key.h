/*
 * Is:        keystrokes as one key each, and the drawing of the line: what the files
 *            line*.c share.
 * Is not:    for anybody else.
 * Called by: line.c, line_key.c, line_draw.c, line_past.c.
 * Owns:      see line.h.
 * Trust:     hostile keystrokes.
 */
#pragma once

#include "base/wr.h"
#include "proto/line.h"

enum line_key {
	KEY_NONE, /* nothing yet, or nothing to act on */
	KEY_RUNE, KEY_LEFT, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_BACKSPACE, KEY_DELETE,
	KEY_WORD_LEFT, KEY_WORD_RIGHT, KEY_WORD_BACKSPACE, KEY_WORD_DELETE, KEY_CUT_FRONT, KEY_CUT_BEHIND,
	KEY_PASTE, KEY_SWAP, KEY_ENTER, KEY_INTERRUPT, KEY_EOF, KEY_TAB, KEY_SEARCH, KEY_CANCEL,
	KEY_CLEAR, KEY_BELL,
};

struct line_past {
	uint32_t *text;
	uint32_t n;
};

/* line_key.c: one byte; KEY_RUNE sets `*rune`. */
enum line_key line_key(struct line *l, uint8_t byte, uint32_t *rune);

/* line_draw.c */
MUST_USE bool line_draw(struct line *l, struct buf *echo);
MUST_USE bool line_draw_search(struct line *l, struct buf *echo);
void line_put_runes(struct wr *w, const uint32_t *text, uint32_t n);

/* line_past.c: remembers the line; moves through the past; finds. */
void line_remember(struct line *l);
bool line_move_past(struct line *l, bool older);
/* From entry `from` downwards; history.n when nothing holds the search text. */
size_t line_find(const struct line *l, size_t from);
void line_take(struct line *l, size_t entry);
void line_past_done(struct line *l);
