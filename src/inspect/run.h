/*
 * Is:        how many bytes of a class come next, and what stands at a place: the hot loops of the
 *            terminal's layers and of the scanner.
 * Is not:    a parser.
 * Called by: tokens.c, strip.c, traced.c, grid_row.c, scan.c, win.h, inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

/* The number of bytes 0x20..0x7e at the front of `r`. */
size_t run_ascii(const struct rd *r);

/* The number of NULs at the front of `r`. */
size_t run_nul(const struct rd *r);

/* Copies the bytes 0x01..0x7f at the front of `text`, at most `n`, to out[at] and on, where there
 * is space for as many, and returns how many they are. */
size_t run_copy(const uint8_t *text, size_t n, uint8_t *out, size_t at);

/* Writes the characters at the front of `cell` that are one byte each, at most `n`, to out[at]
 * and on, where there is space for as many, and returns how many they are; 0 is none of them. */
size_t run_narrow(const uint32_t *cell, size_t n, uint8_t *out, size_t at);

/* True when all of `r` is printable ASCII and tabs: no terminal shows it otherwise than it
 * stands. The second one is for machines without SSE2. */
bool run_is_plain(const struct rd *r);
bool run_is_plain_scalar(const struct rd *r);

/* True when all of `r` is printable ASCII, tabs and line ends. */
bool run_is_lines(const struct rd *r);
bool run_is_lines_scalar(const struct rd *r);

/* The number of bytes before the first line end or byte above ASCII. */
size_t run_of_line(const struct rd *r);
size_t run_of_line_scalar(const struct rd *r);

/* What stands at a place, taken up once: 64 bytes, those behind the end being 0. */
enum { LOOK_LEN = 64 };
struct look {
	struct rd text;      /* from the place to the end; borrowed */
	uint64_t digits;     /* bit k: byte k is a digit */
	uint8_t d[LOOK_LEN]; /* byte k less '0': of a digit its value */
};
/* `at` is at most all->len. The second one is for machines without SSE2. */
void run_look(const struct rd *all, size_t at, struct look *out);
void run_look_scalar(const struct rd *all, size_t at, struct look *out);

/* Which of a look's bytes are letters of hexadecimal, and which a space or a colon. */
void run_hex(const struct look *l, uint64_t *letters, uint64_t *gaps);
void run_hex_scalar(const struct look *l, uint64_t *letters, uint64_t *gaps);

/* True when no byte of `r` is a digit, a colon or an @. The second one is for machines without SSE2. */
bool run_is_wordy(const struct rd *r);
bool run_is_wordy_scalar(const struct rd *r);

/* The number of ASCII digits at the front of `r`. The second one is for machines without SSE2. */
size_t run_digits(const struct rd *r);
size_t run_digits_scalar(const struct rd *r);
