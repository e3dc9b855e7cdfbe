/*
 * Is:        the cryptographic check of an approval made with `ssh-keygen -Y sign`.
 * Is not:    the judging of who signed (policy/approval.h).
 * Called by: `slagboom judge`; whoever keeps grants.
 * Owns:      nothing.
 * Trust:     hostile signatures and messages.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

struct sshsig;

/* For approval_world.verify; `ctx` is not used. True when `s` is a signature over
 * `message` (OpenSSH PROTOCOL.sshsig) by an Ed25519, ECDSA or RSA key, or by a hardware key
 * (PROTOCOL.u2f). RSA keys have 2048 bits or more. */
MUST_USE bool approval_check(void *ctx, const struct sshsig *s, struct rd message);
