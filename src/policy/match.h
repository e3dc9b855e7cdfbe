/*
 * Is:        one pattern compiled to a deterministic automaton: a byte of input is one
 *            look-up, so matching is linear in the line whatever the pattern.
 * Is not:    a general regular expression library: no captures, no back references, no
 *            look-around; no backtracking anywhere.
 * Called by: classes.
 * Owns:      its automaton.
 * Trust:     patterns are the operator's, lines are hostile. Compiling is bounded in
 *            states: a pattern that would need more is refused when it is loaded.
 *
 * Why not a library: RE2 is C++; pcre2's linear mode (pcre2_dfa_match) is a simulation
 * without a bound on time; both bring far more than the 300 lines that our patterns need.
 *
 *     pattern = branch { "|" branch }            branch = { piece }
 *     piece   = atom [ "*" | "+" | "?" | "{m}" | "{m,n}" ]     m, n <= 64
 *     atom    = "(" pattern ")" | "[" ["^"] chars "]" | "." | "^" | "$" | "\b"
 *             | "\" punctuation | any other character
 *
 * Letters match both cases. Without "^" a pattern matches anywhere in the line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/def.h"
#include "base/rd.h"

enum { MATCH_PATTERN_MAX = 2048, MATCH_STATES_MAX = 8192 };

struct match;

/* Gives the automaton, or NULL with the reason in `*why` and its byte in `*at`. */
MUST_USE struct match *match_new(struct rd pattern, const char **why, size_t *at);
void match_free(struct match **m);

bool match_line(const struct match *m, struct rd line);

