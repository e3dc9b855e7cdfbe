/*
 * Is:        a cross-check of what an element echoes with what was sent to it, and the
 *            recognition of its prompts.
 * Is not:    a filter: output is never changed or held here.
 * Called by: the telnet/VTY/MML lanes.
 * Owns:      nothing outside its structs; sizes are fixed.
 * Trust:     hostile output: an element can print anything. A mismatch is a finding, not
 *            an attack proved; a match proves little. A prompt that was printed by a
 *            command's output can only make the lane believe that the element is ready.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "proto/dialect.h"

enum { ECHO_TEXT_MAX = 4096, PROMPT_TAIL_MAX = 256 };

enum echo_state {
	ECHO_NOTHING,  /* nothing was sent, or the check is over */
	ECHO_WAITING,  /* part of the line came back so far */
	ECHO_SAME,     /* the whole line and a line end came back */
	ECHO_DIFFERS,  /* something else came: `at` bytes of the line had come back */
};

struct echo {
	uint8_t sent[ECHO_TEXT_MAX];
	size_t n_sent, at;
	enum echo_state state;
	uint8_t escape; /* inside an escape sequence, which an echo may hold */
	uint8_t got;    /* ECHO_DIFFERS: the byte that came instead */
};

void echo_init(struct echo *e);
/* `line` went to the element now (without its line end). False when it is longer than
 * ECHO_TEXT_MAX; then nothing is expected. */
MUST_USE bool echo_expect(struct echo *e, struct rd line);
/* Output of the element. Returns the state after it; SAME and DIFFERS are told once and
 * the state is NOTHING at the next call. `*used` is how many bytes belonged to the echo. */
enum echo_state echo_feed(struct echo *e, struct rd output, size_t *used);

enum prompt_kind {
	PROMPT_NONE,     /* the element is still printing */
	PROMPT_READY,    /* waits for a command */
	PROMPT_PASSWORD, /* waits for a secret: no echo */
	PROMPT_LOGIN,    /* waits for a user name */
	PROMPT_MORE,     /* a pager waits for a key */
	PROMPT_CONFIRM,  /* waits for yes or no */
};

/* The last, unfinished line of an element's output, as it stands on the screen. */
struct prompt {
	uint8_t tail[PROMPT_TAIL_MAX];
	size_t n, at;
	size_t n_lines; /* before it, with something on them, since prompt_init */
	uint8_t escape;
	bool too_long;
};

void prompt_init(struct prompt *p);
void prompt_feed(struct prompt *p, struct rd output);
/* What the tail is in this dialect. `*out` is the tail without spaces at its end. */
enum prompt_kind prompt_is(const struct prompt *p, enum dialect d, struct rd *out);
