/*
 * Is:        OpenSSH's private key files (PROTOCOL.key), as far as credentials need them: one
 *            Ed25519 key, without a passphrase.
 * Is not:    a decryptor; a key with a passphrase is told apart, so that people can be told.
 * Called by: `slagboom credential add`.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum { SSHKEY_FILE_MAX = 16384, SSHKEY_SEED_LEN = 32 };

enum sshkey_outcome { SSHKEY_OK, SSHKEY_BAD, SSHKEY_ENCRYPTED, SSHKEY_OTHER_TYPE };

struct sshkey {
	struct rd public; /* 32 bytes */
	struct rd seed;   /* 32 bytes: secret */
	struct rd comment;
};

/* Reads the whole file; decodes into `scratch`, which `*out` borrows and which the caller
 * wipes, whatever the outcome. */
MUST_USE enum sshkey_outcome sshkey_read(struct rd file, struct buf *scratch, struct sshkey *out);
