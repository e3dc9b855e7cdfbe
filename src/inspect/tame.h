/*
 * Is:        what of a recorded terminal stream may reach the terminal of whoever
 *            looks: text, colours, cursor, erasing; written anew, never passed on.
 * Is not:    a mask or a meter (inspector.h), and no screen (grid.h).
 * Called by: play, watch, exports.
 * Owns:      nothing but its few bytes of state.
 * Trust:     hostile bytes: they were made by somebody who knows that an officer will
 *            look. Nothing that asks the terminal for an answer, sets its title or its
 *            clipboard, loads a key, draws a picture, opens a link, prints, or turns the
 *            direction of text comes out.
 *
 * The output is the same however the input is cut. One byte in yields at most
 * TAME_GROWTH bytes out, and all of them are from: printable UTF-8 without controls of
 * direction or width, BS, TAB, LF, CR, and the sequences of tame.c's table.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "inspect/unicode.h"
#include "inspect/vt.h"

enum { TAME_GROWTH = 96 };

struct tame {
	struct vt vt;
	struct utf8 utf8;
};

void tame_init(struct tame *t);

/* Appends what may be shown of `in`. False, and nothing is taken, when `out` has less
 * than in.len * TAME_GROWTH bytes of room. */
MUST_USE bool tame_put(struct tame *t, struct rd in, struct buf *out);

/* Puts a terminal back in order after the last byte: colours, cursor, wrapping, screen. */
#define TAME_END "\033[0m\033[?25h\033[?7h\033[r\033[?1049l"
