/*
 * Is:        the modes of a terminal as SSH writes them (RFC 4254 section 8, RFC 8160 for IUTF8).
 * Is not:    a terminal; nothing is read from one or set here.
 * Called by: the session program (writes), the talks (check), the gate (tames, reads its keys),
 *            through edge_ssh to the element.
 * Owns:      nothing.
 * Trust:     hostile bytes, but for ttymodes_write.
 *
 * Canonical here: known opcodes only, each once, rising, with an argument that one can have, and
 * TTY_OP_END as the last byte. No modes at all is the empty text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

struct termios;

enum { TTYMODES_MAX = 320 /* all that are known: 5 bytes each, and the end */ };

/* The keys with which a terminal edits a line by itself; 255: none. */
struct ttymodes_keys {
	uint8_t intr, erase, kill, werase;
};
/* Linux's own, where nobody said anything. */
#define TTYMODES_KEYS ((struct ttymodes_keys){ .intr = 0x03, .erase = 0x7f, .kill = 0x15, .werase = 0x17 })

/* Of a terminal of this machine, as OpenSSH's client writes them. */
void ttymodes_write(struct wr *w, const struct termios *t);

/* Canonical, or empty. */
MUST_USE bool ttymodes_ok(struct rd modes);

/* The same without what would make the terminal there read another line than was typed and judged:
 * letters and line ends as special characters, letters changed on their way in, no key that wipes
 * the line, no lines at all. What is left out is as the element has it. */
void ttymodes_tame(struct wr *w, struct rd modes);

/* What the modes say of the keys, where they are in force; the others keep what is there. */
void ttymodes_keys(struct rd modes, struct ttymodes_keys *keys);
