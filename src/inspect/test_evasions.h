/*
 * Is:        the catalogue of evasions: each takes lines of text with subscriber
 *            numbers and writes them in another dress.
 * Is not:    part of the product.
 * Called by: test_decode.c, test_session.c.
 * Owns:      nothing.
 * Trust:     our own text.
 */
#pragma once

#include "base/buf.h"

enum evasion_fate { EVASION_DECODED, EVASION_OPAQUE };

struct evasion {
	const char *name;
	enum evasion_fate fate;
	bool numbers_only;	/* takes a list of numbers, not prose */
	void (*write)(struct rd in, struct buf *out);
};

extern const struct evasion evasions[];
extern const unsigned n_evasions;
