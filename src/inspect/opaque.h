/*
 * Is:        a measure of text: how many bytes read like nothing that people or
 *            programs write, by a model of letters (trigrams of character classes).
 * Is not:    a decoder, and no proof: text that hides in ordinary words passes.
 * Called by: inspector.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 * A window of OPAQUE_WINDOW bytes above OPAQUE_BITS bits a character counts, less what
 * a decoder explained. Bytes that are no UTF-8 (which come as U+FFFD, and count as one
 * each), and dense block or braille art, cost more than the threshold. Base64 inside PEM
 * armour is exempt up to OPAQUE_PEM_MAX bytes a session.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

enum { OPAQUE_WINDOW = 512, OPAQUE_BITS = 7, OPAQUE_PEM_MAX = 64 << 10, OPAQUE_CLASSES = 32 };

struct opaque {
	uint8_t x, y;		/* classes of the last two characters */
	uint8_t high[2];	/* the last two bytes */
	uint32_t n, cost, added; /* of the window; cost in quarter bits; bytes of U+FFFD beyond the one that it stands for */
	uint64_t explained, credit;
	uint64_t bytes;		/* counted so far */
	uint8_t dashes, line_len;
	bool pem, pem_line_ok;
	uint32_t pem_used;
};

void opaque_init(struct opaque *o);

/* Takes text; `explained` bytes of it, or of what was before it, were understood by a decoder. */
void opaque_put(struct opaque *o, struct rd text, uint64_t explained);

/* The same where each of the first `n` bytes shows how many were understood: those behind the text, at
 * its end. What counts as opaque does not depend then on how the text came in pieces. */
void opaque_put_explained(struct opaque *o, struct rd text, const uint32_t *explained, size_t n);

/* The same for text each byte of which was understood. */
void opaque_put_understood(struct opaque *o, struct rd text);

/* The same, a byte at a time: for the test of the quick way. */
void opaque_put_each(struct opaque *o, struct rd text, uint64_t explained);

/* Bytes counted, the open window included. */
uint64_t opaque_total(const struct opaque *o);

/* The cost of one character after two others, in quarter bits, from class to class;
 * and within its class. For the model's test. */
extern const char opaque_model[OPAQUE_CLASSES * OPAQUE_CLASSES * OPAQUE_CLASSES + 1];
extern const char opaque_within[256 + 1];
extern const char opaque_class[256 + 1];
