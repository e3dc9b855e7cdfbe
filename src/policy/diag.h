/*
 * Is:        what is wrong with a policy, each with file, line and column, what
 *            was expected and what to do.
 * Is not:    printed here; diag_render writes it into a buffer.
 * Called by: parse, resolve, check, classes; rendered by `slagboom check`.
 * Owns:      its list.
 * Trust:     quotes hostile words: bytes outside printable ASCII are escaped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { DIAG_KEPT = 50, DIAG_TEXT = 240, DIAG_FILES_MAX = 64 };

struct pos {
	uint32_t file; /* index in the policy's files */
	uint32_t line;
	uint32_t col;
};

struct diag {
	struct pos pos;
	bool is_warning;
	char text[DIAG_TEXT];
	char hint[DIAG_TEXT];
};

/* Zeroed is empty. The first DIAG_KEPT are kept, all are counted. */
struct diags {
	struct diag kept[DIAG_KEPT];
	uint32_t n_kept;
	uint32_t n_errors;
	uint32_t n_warnings;
};

void diag_error(struct diags *d, struct pos at, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_warn(struct diags *d, struct pos at, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* What to do about the last one added. */
void diag_hint(struct diags *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A reader's text for "%s", quoted and shortened; good until the fourth call
 * after it. */
const char *diag_quote(struct rd r);

/* "file:line:col: error: text\n    hint\n" for each, then a line of counts.
 * `names` are the files' names. False when the buffer is full. */
MUST_USE bool diag_render(const struct diags *d, const struct rd *names, uint32_t n_names,
    struct buf *out);
