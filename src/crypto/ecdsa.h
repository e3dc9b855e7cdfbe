/*
 * Is:        the check of ECDSA signatures (FIPS 186-4) over the NIST curves, with the hash that goes
 *            with the curve (RFC 5656 6.2.1).
 * Is not:    a signer, or a format: r and s come as unsigned integers.
 * Called by: proc/keyd/approval_check.
 * Owns:      nothing.
 * Trust:     hostile messages, keys and signatures. Not for secrets: takes time that depends on them.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

enum ecdsa_curve { ECDSA_P256, ECDSA_P384, ECDSA_P521 };

enum { ECDSA_INT_MAX = 66 };

/* True when r and s (big-endian, at most ECDSA_INT_MAX bytes) are the signature of `msg` by the key `point`,
 * which is uncompressed (SEC 1 2.3.3): 4, x, y. Refuses points that are not on the curve. */
MUST_USE bool ecdsa_check(enum ecdsa_curve curve, struct rd point, struct rd msg, struct rd r, struct rd s);
