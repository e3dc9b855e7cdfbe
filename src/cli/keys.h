/*
 * Is:        one question to keyd about credentials, and its answer row by row.
 * Is not:    keyd's side (proc/keyd/operator.h).
 * Called by: credential, host_key.
 * Owns:      its link, for the time of the question.
 * Trust:     keyd; its answer is bounded all the same.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

struct args;
struct wr;

/* Borrowed for the time of the call. */
struct key_row {
	struct rd name, user;
	unsigned kind;        /* enum credential_kind */
	struct rd public_key; /* as a blob, or empty */
};
typedef void key_row_fn(void *ctx, const struct key_row *row);

/* Asks, calls `each` for every row. 0, an outcome of enum credential_outcome, or a negative
 * errno, of which -ENOENT and -ECONNREFUSED mean that nothing runs there. */
MUST_USE int keys_ask(const struct args *a, uint16_t type, struct rd body, key_row_fn *each, void *ctx);

/* Complains about what keys_ask gave, and the exit code for it. */
MUST_USE int keys_failed(const struct args *a, int outcome, const char *name);

/* "ssh-ed25519 AAAA...", and "SHA256:..." as ssh-keygen -l shows it. */
void wr_public_key(struct wr *w, struct rd blob);
void wr_fingerprint(struct wr *w, struct rd blob);
