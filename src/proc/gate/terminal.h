/*
 * Is:        words to the engineer in his terminal, and what he types before his session
 *            begins: a purpose, a ticket, Ctrl-C.
 * Is not:    the lanes' editor.
 * Called by: gate/session.c.
 * Owns:      the line being typed.
 * Trust:     what is typed is hostile; texts of deskd are shown as text alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct session;

/* Text of ours or of deskd: control bytes but line ends are not shown. While the session is
 * recorded this is too. */
void gate_terminal_tell(struct session *s, struct rd text);
/* The same, as lines of its own that fit his terminal: they end with a line end, whether `text` does or not. */
void gate_terminal_line(struct session *s, struct rd text);
void gate_terminal_say(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Begins to ask for what deskd misses. */
void gate_terminal_ask(struct session *s, uint8_t what);

/* BREAK is Ctrl-C, LEAVE is Ctrl-D. */
enum gate_typing { TYPING_MORE, TYPING_DONE, TYPING_LEAVE, TYPING_BREAK };
/* Takes what was typed. DONE: all that was asked for is there. */
enum gate_typing gate_terminal_type(struct session *s, struct rd keys);
