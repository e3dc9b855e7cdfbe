/*
 * Is:        SHA-512 (FIPS 180-4) in one call.
 * Is not:    for what we hash ourselves (sha256.h): OpenSSH hashes with it what a person
 *            signs with ssh-keygen.
 * Called by: proc/approval_check.
 * Owns:      nothing.
 * Trust:     hostile bytes; any length.
 */
#pragma once

#include <stdint.h>

#include "base/rd.h"

enum { SHA512_LEN = 64 };

/* The hash of `data`. */
void sha512_of(struct rd data, uint8_t out[SHA512_LEN]);
