/*
 * Is:        one identifier of a known kind, in whatever spelling, to its canonical
 *            value: the same that the scanner reports for it (scan.h).
 * Is not:    a search in text.
 * Called by: members_csv.c; look-ups of one person; structured lanes that know a column.
 * Owns:      nothing.
 * Trust:     hostile text.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"
#include "inspect/plan.h"
#include "inspect/scan.h"

struct canon {
	uint8_t text[SCAN_VALUE_MAX];
	size_t n;
};

/* True: `*out` holds the canonical value. False: the text is no identifier of that
 * kind, or the kind has no single spelling (NUMBER, MRZ, SUCI, NAI, IP addresses). */
MUST_USE bool canon(enum scan_kind kind, struct rd text, const struct plan *plan, struct canon *out);

/* The kind that a column or attribute of that name holds; false: none that is known. */
MUST_USE bool canon_kind_of(struct rd name, enum scan_kind *out);
