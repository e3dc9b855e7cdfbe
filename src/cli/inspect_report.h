/*
 * Is:        what `slagboom inspect` prints, for people and for programs.
 * Is not:    what it found out.
 * Called by: inspect.c.
 * Owns:      nothing.
 * Trust:     counts; the path is the caller's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "inspect/capture.h"

struct inspect_report {
	const char *path;
	enum capture_format format;
	uint64_t bytes;
	bool members, numbers; /* subscribers were given; novel numbers were counted */
	struct capture_figures figures;
};

/* False when standard output does not take it. */
MUST_USE bool inspect_report_text(const struct inspect_report *r);
MUST_USE bool inspect_report_json(const struct inspect_report *r);
