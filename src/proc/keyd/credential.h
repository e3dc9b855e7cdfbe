/*
 * Is:        the named credentials with which edges log in to elements, on disk and in
 *            memory: an Ed25519 key, or a user with passwords.
 * Is not:    a vault (keyd/store.h says against whom it does not help), and not the way in
 *            or out: key_operator, key_agent.
 * Called by: keyd.
 * Owns:      the secrets in memory, and the files credential.NAME.
 * Trust:     the directory is ours alone (0700); what is added was checked by nobody yet.
 *
 * A file, and what is added, is: u8 CREDENTIAL_VERSION, u8 kind, u8-length user, then for
 * CREDENTIAL_KEY 32 bytes of seed; for CREDENTIAL_PASSWORD u16-length password and
 * u16-length enable secret, which may be empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/vec.h"
#include "crypto/ed25519.h"

struct disk;
struct wr;

enum {
	CREDENTIAL_VERSION = 1,
	CREDENTIAL_NAME_MAX = 64,
	CREDENTIAL_USER_MAX = 64,
	CREDENTIAL_PASSWORD_MAX = 256,
	CREDENTIAL_BODY_MAX = 1 + 1 + 1 + CREDENTIAL_USER_MAX + 2 * (2 + CREDENTIAL_PASSWORD_MAX),
	CREDENTIALS_MAX = 1024,
};

enum credential_kind { CREDENTIAL_KEY = 1, CREDENTIAL_PASSWORD = 2 };

struct credential {
	char name[CREDENTIAL_NAME_MAX + 1];
	enum credential_kind kind;
	struct secret body;          /* as the file; the next three point into it */
	struct rd user, password, enable;
	struct ed25519_key key;      /* CREDENTIAL_KEY */
};

struct credential_store {
	struct disk *disk;
	struct vec list; /* struct credential *, sorted by name */
};

/* A letter or digit, then letters, digits, dot, dash, underscore; no long run of digits,
 * since names stand in records. */
bool credential_name_ok(struct rd name);

/* The body of a file. The seed has 32 bytes. */
void credential_write_key(struct wr *w, struct rd user, struct rd seed);
void credential_write_password(struct wr *w, struct rd user, struct rd password, struct rd enable);

/* Loads all; `disk` is borrowed. A file that does not read is an error: -EBADMSG, with its
 * name on standard error. */
MUST_USE int credential_store_open(struct credential_store *s, struct disk *disk);
/* Wipes. */
void credential_store_close(struct credential_store *s);

/* Borrowed until it is removed; NULL: there is none. */
const struct credential *credential_find(const struct credential_store *s, struct rd name);
/* The first that sorts behind `name`, or NULL. */
const struct credential *credential_after(const struct credential_store *s, struct rd name);

/* 0 durable and in force; an outcome of enum credential_outcome; or what the disk says. */
enum credential_outcome { CREDENTIAL_OK, CREDENTIAL_EXISTS, CREDENTIAL_UNKNOWN, CREDENTIAL_BAD, CREDENTIAL_FULL };
MUST_USE int credential_add(struct credential_store *s, struct rd name, struct rd body);
MUST_USE int credential_remove(struct credential_store *s, struct rd name);
