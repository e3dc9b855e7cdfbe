/*
 * Is:        a file as the inspector would have seen it pass: plain text, the bytes of a
 *            terminal, an asciicast (version 2), CSV, lines of JSON.
 * Is not:    a judge of the format: a line that is not of it is read as text, and counted.
 * Called by: cli/inspect.c.
 * Owns:      an inspector, a line of at most CAPTURE_LINE_MAX bytes, and names of columns.
 * Trust:     hostile bytes. Memory does not grow with the file: a longer line is read as
 *            text, as it comes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/inspector.h"

enum { CAPTURE_LINE_MAX = 1 << 20, CAPTURE_COLUMNS_MAX = 1024, CAPTURE_NAME_MAX = 64 };

enum capture_format {
	CAPTURE_TEXT,
	CAPTURE_TERMINAL,
	CAPTURE_CAST,
	CAPTURE_CSV,
	CAPTURE_JSONL,
	CAPTURE_FORMATS
};

struct capture;

/* `o` as for the inspector; whether there is a screen follows from the format. */
MUST_USE struct capture *capture_new(enum capture_format format, const struct inspector_options *o);
void capture_free(struct capture **c);

void capture_feed(struct capture *c, struct rd data);
/* The file has ended; then only figures. */
void capture_end(struct capture *c);

struct capture_figures {
	uint64_t lines, as_text;       /* of cast, CSV and JSON: all, and those read as text */
	struct inspect_figures seen;
	/* What was typed, and in a cast also what was no event: judged apart. */
	struct inspect_figures beside;
};
void capture_figures(struct capture *c, struct capture_figures *out);

/* What a file that begins so is likely to be; `name` is its file name, or "". */
enum capture_format capture_guess(struct rd head, const char *name);
/* "text" ...; and back: false when no format has that name. */
const char *capture_format_name(enum capture_format f);
MUST_USE bool capture_format_of(const char *name, enum capture_format *out);
