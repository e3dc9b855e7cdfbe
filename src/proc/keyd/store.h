/*
 * Is:        the private keys on disk: one file of 32 bytes a key, made when it is
 *            first asked for.
 * Is not:    a vault: whoever is root on the machine, or takes its disk, has them. A
 *            hardware token takes this file's place where there is one.
 * Called by: keyd and the witness, before their sandboxes close.
 * Owns:      the keys in memory.
 * Trust:     the directory is ours alone (0700); a file that others can read or that
 *            has another size is refused.
 */
#pragma once

#include "base/def.h"
#include "crypto/ed25519.h"
#include "crypto/random.h"

enum key_id { KEY_LOG_CORE, KEY_LOG_INTERCEPT, KEY_RECEIPTS, KEY_N };

struct key_store {
	struct ed25519_key key[KEY_N];
};

/* "log-core", "log-intercept", "receipts". */
const char *key_name(enum key_id id);

/* The 32 bytes of `file`, made with mode 0400 at first, durably. -EPERM: others may
 * read it; -EBADMSG: it has another size. */
MUST_USE int key_file_open(struct secret *seed, int dir_fd, const char *file, struct random *random);

/* Loads every key from `dir_fd`, making those that are not there yet, durably. */
MUST_USE int key_store_open(struct key_store *s, int dir_fd, struct random *random);
/* Wipes. */
void key_store_close(struct key_store *s);
