/*
 * Is:        keyd's links to the command line: credentials in, public keys out.
 * Is not:    a way to read a secret.
 * Called by: keyd.
 * Owns:      its links.
 * Trust:     the supervisor has checked who it is; messages go through a table.
 */
#pragma once

#include <stdint.h>

#include "base/def.h"
#include "crypto/ed25519.h"
#include "evidence/event.h"

struct credential_store;
struct ipc;
struct loop;

enum { KEY_OPERATORS_MAX = 4 };

struct key_operators {
	struct loop *loop;
	struct credential_store *store;
	const struct ed25519_key *host;
	void (*event)(const struct event *e);
	struct key_operator {
		struct key_operators *all;
		struct ipc *link;
		uint64_t uid;
	} one[KEY_OPERATORS_MAX];
};

/* A link for the user `uid`: takes `fd`, and closes it when there are too many. */
MUST_USE int key_operators_join(struct key_operators *o, uint64_t uid, int fd);
void key_operators_done(struct key_operators *o);
