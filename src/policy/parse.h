/*
 * Is:        from a policy file's text to a policy, or to all that is wrong with it.
 * Is not:    a reader of files: includes come through a callback.
 * Called by: deskd, `slagboom check`.
 * Owns:      nothing; gives the policy.
 * Trust:     hostile text: every count, length and depth has a limit. The grammar
 *            is docs/POLICY.md.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "policy/diag.h"
#include "policy/policy.h"

enum {
	PARSE_TEXT_MAX = 32 << 20, /* bytes of one file */
	PARSE_DEPTH_MAX = 8,       /* includes inside includes */
	PARSE_BAD = 1,             /* the policy has errors; they are in the diags */
};

/* Where texts come from. `open` gives the text of the file that `name` means when
 * `from` (empty at the top) includes it; false when it cannot be read. */
struct parse_files {
	bool (*open)(void *ctx, struct rd name, struct rd from, char **out_text, size_t *out_len);
	void *ctx;
};

/* 0 and gives a policy, or PARSE_BAD and no policy. Reads to the end whatever it
 * meets, so that one run reports every error. */
MUST_USE int policy_load(struct rd name, const struct parse_files *files, struct diags *d,
    struct policy **out);

/* The same for one text without includes. */
MUST_USE int policy_load_text(struct rd name, struct rd text, struct diags *d, struct policy **out);
