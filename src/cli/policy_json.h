/*
 * Is:        pieces of a policy as canonical JSON, the same in every subcommand.
 * Is not:    text for people (policy/explain.h, policy/diag.h).
 * Called by: check, explain, can, fmt.
 * Owns:      nothing.
 * Trust:     names were checked by the parser; quoted words by diag.
 */
#pragma once

#include "base/json.h"
#include "policy/diag.h"
#include "policy/policy.h"

/* Ends standard output's one value: false when it could not be written. */
MUST_USE bool policy_json_print(const struct json *j, const struct buf *b);

/* {"asset","at","channel","class","country","customers","engineer","opaque","site",
 * "subscribers"}: null is unknown. */
void policy_json_crossing(struct json *j, const struct policy *p, const struct crossing *q);

/* {"file","line","name"}; a top-level deny has no name. */
void policy_json_rule(struct json *j, const struct policy *p, uint32_t rule);

/* ["approver", ...] */
void policy_json_roles(struct json *j, uint32_t roles);

/* [{"column","file","hint","line","severity","text"}, ...] */
void policy_json_findings(struct json *j, const struct diags *d, const struct rd *names, uint32_t n_names);
