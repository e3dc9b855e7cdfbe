/*
 * Is:        the last lines of the text, and which of them the scanner has read without a
 *            finding: a row of the screen that is one of those need not be scanned again.
 * Is not:    a cache of findings: a line with any is as if it had not been.
 * Called by: inspector_layer.c.
 * Owns:      copies of the lines.
 * Trust:     hostile bytes. Lines are found by a hash and believed when all bytes are the same.
 *
 * What a line of the text says, a row says that holds the same and nothing else: both end
 * where neither a word nor a number goes on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum {
	CLEAN_LINES = 128,
	CLEAN_LINE_MAX = 240,	/* longer ones are not kept */
};

struct clean {
	uint64_t base;		/* offset of the next byte of the text */
	uint32_t n_open;	/* of the line that is open; above CLEAN_LINE_MAX it is too long */
	uint64_t begin[CLEAN_LINES], end[CLEAN_LINES];	/* of each; end 0: none, or not a clean one */
	uint16_t len[CLEAN_LINES];
	uint8_t open[CLEAN_LINE_MAX], line[CLEAN_LINES][CLEAN_LINE_MAX];
};

/* All zero is none. The text's next bytes, before they are scanned. */
void clean_put(struct clean *c, struct rd text);

/* Something was found in the text. */
void clean_found(struct clean *c, uint64_t offset, size_t len);

/* True when the same line stood in the text before `judged`, and nothing was found in it. */
MUST_USE bool clean_has(const struct clean *c, struct rd line, uint64_t judged);
