/*
 * Is:        what class a command is of, per dialect, from data: the operator's own
 *            patterns, then those of the policy pack (data/policy-pack).
 * Is not:    a parser of commands: a lane takes a line apart, or joins it, first.
 * Called by: lanes through the session; `slagboom check` and `explain`.
 * Owns:      its patterns.
 * Trust:     commands are hostile; what no pattern knows is CLASS_UNKNOWN, which is
 *            always denied.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "policy/diag.h"
#include "policy/policy.h"

enum { CLASSES_COMMAND_MAX = 65536 };

struct classes;

/* What a pack's line says of a command. All of `cls` and (when it is not 0) `also`
 * must be permitted. */
struct class_of {
	uint32_t cls;
	uint32_t also;
	char evidence;  /* 'A' tried, 'B' documented, 'C' to be confirmed, 'O' the operator's */
	uint32_t file, line; /* of the pattern: the pack's number, or a file of the policy */
	bool dialect_known;
};

/* Gives the patterns of the policy's `command` lines, then of the pack. What is wrong
 * is added to `d` (positions in the pack have file `pack_file`); NULL then. */
MUST_USE struct classes *classes_new(const struct policy *p, struct rd pack, uint32_t pack_file,
    struct diags *d);
void classes_free(struct classes **c);

/* Writes the command as patterns want it: blanks, tabs and line ends become single
 * blanks, none at either end. False when it is longer than CLASSES_COMMAND_MAX, not
 * UTF-8, or holds other control characters: such a command is of no class. */
MUST_USE bool classes_normalise(struct rd command, struct buf *out);

/* Of a normalised command. */
struct class_of classes_of(const struct classes *c, struct rd dialect, struct rd command);

/* Whether any pattern is for this dialect. */
bool classes_knows(const struct classes *c, struct rd dialect);
