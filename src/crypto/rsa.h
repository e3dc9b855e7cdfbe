/*
 * Is:        the check of RSA signatures: RSASSA-PKCS1-v1_5 (RFC 8017 8.2) with SHA-256 or SHA-512.
 * Is not:    a signer, or a format.
 * Called by: proc/keyd/approval_check.
 * Owns:      nothing.
 * Trust:     hostile messages, keys and signatures. Not for secrets: takes time that depends on them.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

/* Shorter keys are too weak, and longer ones too slow, to be taken. */
enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 8192, RSA_EXPONENT_MAX = 8 /* bytes */ };

enum rsa_hash { RSA_SHA256, RSA_SHA512 };

/* Modulus and exponent are unsigned and big-endian. */
MUST_USE bool rsa_check(struct rd modulus, struct rd exponent, enum rsa_hash hash, struct rd msg, struct rd signature);
