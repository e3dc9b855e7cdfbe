/*
 * Is:        the header of an age file: who can have its key.
 * Is not:    its payload (age.h).
 * Called by: age.c.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 *     age-encryption.org/v1 LF
 *     (-> SP argument (SP argument)* LF  base64 body in lines of 64, the last shorter)+
 *     --- SP base64(HMAC of all up to and including ---) LF
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"
#include "evidence/age.h"

enum { AGE_FILE_KEY_LEN = 16 };

/* Writes a header that gives `file_key` to each recipient. */
MUST_USE bool age_header_write(const struct x25519_pub *recipients, size_t n,
    const struct secret *file_key, struct random *rnd, struct buf *out);

/* Reads the header at the front of `in`. AGE_OK: *out_key is an initialised secret
 * and *out_used the length of the header. */
MUST_USE enum age_result age_header_read(struct rd in, const struct secret *identities, size_t n,
    struct secret *out_key, size_t *out_used);
