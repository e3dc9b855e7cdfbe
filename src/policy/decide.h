/*
 * Is:        the decision: one pure, total function over a compiled policy.
 * Is not:    an explanation (explain.h) or the granting of anything (grant.h).
 * Called by: deskd at request and at every re-judgement, gate, explain, can, diff.
 * Owns:      nothing.
 * Trust:     any crossing whatever; the table passed table_check. Proved with
 *            Frama-C WP: default deny, deny wins, an allow names a rule that
 *            holds, nothing that should be allowed is refused, termination,
 *            memory safety (contracts in decide.c).
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "policy/table.h"

/* True when the table's numbers point inside it and every view's list is complete:
 * what decide relies on. Takes time in proportion to the table. */
MUST_USE bool table_check(const struct table *t);

/* The decision. `t` passed table_check. */
MUST_USE struct decision decide(const struct table *t, const struct crossing *q);

/* The conditions of one rule, for explain and for the proof. Each is NO, MAYBE
 * or YES; a deny rule applies unless one is NO, an allow rule only if all are YES. */
enum tri decide_class(const struct table_rule *r, const struct crossing *q);
enum tri decide_channel(const struct table_rule *r, const struct crossing *q);
enum tri decide_between(const struct table_rule *r, const struct crossing *q);
enum tri decide_place(const struct table *t, const struct table_rule *r, const struct crossing *q);
enum tri decide_window(const struct table *t, const struct table_rule *r, const struct crossing *q);

/* Conditions of allow rules alone: counters within limits, and approvals enough. */
bool decide_limits(const struct table_rule *r, const struct crossing *q);
uint32_t decide_approvals_needed(const struct table *t, const struct table_rule *r,
    const struct crossing *q);
uint32_t decide_approvals_held(const struct table *t, const struct table_rule *r,
    const struct crossing *q);

/* What stands before any rule: WHY_NO_RULE when nothing does. */
enum why decide_gate(const struct table *t, const struct crossing *q);
