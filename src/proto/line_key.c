/*
 * Is:        bytes to keys: UTF-8, control keys, escape sequences (ECMA-48, xterm).
 * Is not:    what a key does (line.c).
 * Called by: line.c.
 * Owns:      nothing.
 * Trust:     hostile bytes. A control byte inside a sequence ends the sequence and acts,
 *            so nothing can swallow a line end.
 */
#include "proto/line_key.h"

#include "base/ascii.h"
#include "base/text.h"

enum state { PLAIN, ESCAPE, CSI, SS3, STRING, STRING_ESCAPE };

static enum line_key control(struct line *l, uint8_t c)
{
	static const uint8_t keys[32] = {
		[1] = KEY_HOME, [2] = KEY_LEFT, [3] = KEY_INTERRUPT, [4] = KEY_EOF, [5] = KEY_END,
		[6] = KEY_RIGHT, [7] = KEY_CANCEL, [8] = KEY_BACKSPACE, [9] = KEY_TAB, [10] = KEY_ENTER,
		[11] = KEY_CUT_BEHIND, [12] = KEY_CLEAR, [13] = KEY_ENTER, [14] = KEY_DOWN, [16] = KEY_UP,
		[18] = KEY_SEARCH, [20] = KEY_SWAP, [21] = KEY_CUT_FRONT, [23] = KEY_WORD_BACKSPACE,
		[25] = KEY_PASTE,
	};
	bool after_cr = l->after_cr;

	l->after_cr = c == '\r';
	if (c == '\n' && after_cr)
		return KEY_NONE; /* CR LF is one line end */
	if (c == 0x7f)
		return KEY_BACKSPACE;
	return keys[c] ? (enum line_key)keys[c] : KEY_BELL;
}

/* ESC and one byte. */
static enum line_key meta(uint8_t c)
{
	switch (c) {
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	case 'd':
		return KEY_WORD_DELETE;
	case 0x7f:
	case 8:
		return KEY_WORD_BACKSPACE;
	default:
		return KEY_NONE;
	}
}

static enum line_key tilde(struct line *l)
{
	switch (l->param[0]) {
	case 1:
	case 7:
		return KEY_HOME;
	case 4:
	case 8:
		return KEY_END;
	case 3:
		return KEY_DELETE;
	case 200:
		l->pasting = true;
		return KEY_NONE;
	case 201:
		l->pasting = false;
		return KEY_NONE;
	default:
		return KEY_NONE;
	}
}

/* The last byte of ESC [ PARAMS or ESC O. */
static enum line_key final(struct line *l, uint8_t c)
{
	bool with_control = l->n_param == 1 && l->param[1] == 5;

	switch (c) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return with_control ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return with_control ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H':
		return KEY_HOME;
	case 'F':
		return KEY_END;
	case '~':
		return tilde(l);
	default:
		return KEY_NONE;
	}
}

static enum line_key after_escape(struct line *l, uint8_t c)
{
	l->state = PLAIN;
	l->n_param = l->param[0] = l->param[1] = 0;
	if (c == '[') {
		l->state = CSI;
	} else if (c == 'O') {
		l->state = SS3;
	} else if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X') {
		l->state = STRING; /* a terminal's answer to something, or a forgery of one */
	} else {
		return meta(c);
	}
	return KEY_NONE;
}

static enum line_key in_csi(struct line *l, uint8_t c)
{
	if (is_digit(c)) {
		if (l->n_param < 2 && l->param[l->n_param] < 10000)
			l->param[l->n_param] = l->param[l->n_param] * 10 + (uint32_t)(c - '0');
		return KEY_NONE;
	}
	if (c == ';') {
		l->n_param++;
		return KEY_NONE;
	}
	if (c < 0x40)
		return KEY_NONE;
	l->state = PLAIN;
	return c < 0x7f ? final(l, c) : KEY_NONE;
}

static enum line_key in_escape(struct line *l, uint8_t c)
{
	if (++l->n_escape > LINE_ESCAPE_MAX) {
		l->state = PLAIN;
		return KEY_BELL;
	}
	switch ((enum state)l->state) {
	case ESCAPE:
		return after_escape(l, c);
	case CSI:
		return in_csi(l, c);
	case SS3:
		l->state = PLAIN;
		return final(l, c);
	case STRING:
		return KEY_NONE;
	case STRING_ESCAPE:
		l->state = c == '\\' ? PLAIN : ESCAPE;
		return c == '\\' ? KEY_NONE : in_escape(l, c);
	case PLAIN:
		break;
	}
	return KEY_NONE;
}

/* May this stand in a line? Not what hides, joins or reorders. */
static bool is_shown(uint32_t r)
{
	if (r < 0x20 || (r >= 0x7f && r < 0xa1) || r == 0xad || rune_width(r) == 0)
		return false;
	return !((r >= 0x2028 && r <= 0x202e) || (r >= 0xe000 && r <= 0xf8ff) || r >= 0xe0000 ||
	    (r & 0xfffe) == 0xfffe);
}

/* How many bytes the first byte of a sequence announces; 0 for none. */
static unsigned utf8_len(uint8_t c)
{
	return c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
}

static enum line_key rune_byte(struct line *l, uint8_t c, uint32_t *rune)
{
	struct rd whole;

	/* A byte that cannot continue drops what was begun and begins anew. */
	if (l->n_utf8 && (c & 0xc0) != 0x80)
		l->n_utf8 = 0;
	if (l->n_utf8 == 0 && utf8_len(c) == 0)
		return KEY_BELL;
	l->utf8[l->n_utf8++] = c;
	if (l->n_utf8 < utf8_len(l->utf8[0]))
		return KEY_NONE;
	whole = rd_of(l->utf8, l->n_utf8);
	l->n_utf8 = 0;
	return rd_rune(&whole, rune) && is_shown(*rune) ? KEY_RUNE : KEY_BELL;
}

enum line_key line_key(struct line *l, uint8_t c, uint32_t *rune)
{
	if (c == 0x1b) {
		l->state = l->state == STRING ? STRING_ESCAPE : ESCAPE;
		l->n_escape = l->state == STRING_ESCAPE ? l->n_escape : 0;
		l->n_utf8 = 0;
		l->after_cr = false;
		return KEY_NONE;
	}
	if (l->state != PLAIN && (c >= 0x20 || (c == 8 && l->state == ESCAPE)))
		return in_escape(l, c);
	if (l->state == STRING && c == 7) { /* BEL ends it too */
		l->state = PLAIN;
		return KEY_NONE;
	}
	l->state = PLAIN;
	if (c < 0x20 || c == 0x7f) {
		l->n_utf8 = 0;
		return control(l, c);
	}
	l->after_cr = false;
	return rune_byte(l, c, rune);
}
