/*
 * Is:        reference documents that are made from our tables, so that they cannot
 *            be out of date: docs/EVENTS.md, docs/PROCESSES.md, docs/record.schema.json.
 * Is not:    the tables (evidence/events.def, proc/table.c).
 * Called by: `slagboom help --document NAME`, the test that compares.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/wr.h"

/* Writes the document called "events", "processes" or "record-schema"; false for
 * another name. */
MUST_USE bool reference_write(struct wr *w, const char *name);
