/*
 * Is:        officers' public keys as OpenSSH's allowed_signers has them, and whether a signature
 *            over the text of a grant is one of theirs.
 * Is not:    who of them may approve what: the policy of that day says it (`slagboom judge`).
 * Called by: run.c.
 * Owns:      its text.
 * Trust:     the file is the caller's own; texts and signatures are hostile.
 *
 *     <name>[,<name>...] [namespaces="grant@slagboom"] ssh-ed25519 <base64> [comment]
 *
 * Other options are not understood, and a line with one is refused: it may say that a key does
 * not count.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { OFFICERS_TEXT_MAX = 1 << 20 };

struct officers {
	struct buf text;
	size_t n;
};

void officers_done(struct officers *o);

/* Takes the whole of `text`, which must be sound. False with the number of the bad line. */
MUST_USE bool officers_parse(struct officers *o, struct rd text, size_t *out_line);

/* NULL when `signature` (armoured) is over `text` and by a key that the file gives to `name`; or
 * why it does not count. */
const char *officers_check(const struct officers *o, struct rd name, struct rd text, struct rd signature);
