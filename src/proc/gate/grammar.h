/*
 * Is:        the command grammars that line lanes need, loaded once before the sandbox.
 * Is not:    a choice of dialect: the asset's policy has it.
 * Called by: gate.c (prepare), gate/session.c.
 * Owns:      the grammars.
 * Trust:     the installed files are ours, and are parsed as hostile all the same.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "lane/lane_any.h"

struct gate_grammars;

/* Directories of grammars, the operator's before the installed one: of a name in both, the first
 * counts. Either may be NULL, or not there. */
MUST_USE struct gate_grammars *gate_grammars_load(const char *own, const char *installed);
void gate_grammars_free(struct gate_grammars **g);

/* Sets what the dialect needs in `c`: the file called as the asset, or else as the dialect; with
 * .xml (Osmocom's own reference), .list (FRR's) or .mml. False: there is none, or it is not good. */
MUST_USE bool gate_grammars_find(struct gate_grammars *g, enum dialect d, struct rd asset, struct lane_any_config *c);
