/*
 * Is:        what one policy says and another does not, statement by statement.
 * Is not:    what that changes for anybody (diff.h), or a comparison of lines: how a statement is
 *            laid out, where it stands and in which file make no difference.
 * Called by: diff; `slagboom check --against`.
 * Owns:      nothing.
 * Trust:     both policies have no errors.
 *
 * Rules have no order and names no place, so two policies that say the same statements decide the
 * same. Only of `command` lines the first that fits decides: one that comes before another which
 * it stood behind is told too.
 */
#pragma once

#include "base/def.h"
#include "policy/policy.h"

enum said { SAID_NO_MORE, SAID_ANEW, SAID_IN_OTHER_ORDER, SAID_N };
extern const char *const said_texts[SAID_N];

/* Calls `found` for every such statement: what is said no more first. The text is one statement with
 * single blanks; the clauses of a rule stand on lines of their own, four blanks in front. */
void statements_differ(const struct policy *before, const struct policy *after,
    void (*found)(void *ctx, enum said what, struct rd text), void *ctx);
