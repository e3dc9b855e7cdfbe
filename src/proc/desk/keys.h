/*
 * Is:        host keys of elements: pinned once an officer has accepted them.
 * Is not:    the check, which the edge makes.
 * Called by: sessions, officers.
 * Owns:      the table host_key.
 * Trust:     keys come from an officer.
 */
#pragma once

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

struct question;

enum { KEYS_TEXT_MAX = 8192, KEYS_SEEN_MAX = 4 };

/* Appends the pinned public keys, one a line; nothing when there are none. False when they do
 * not fit. */
MUST_USE bool keys_of(struct rd asset, struct buf *out);

/* An element showed a key that a session did not accept. Kept for an officer to look at, a few an
 * asset, and recorded when it is seen first; nothing that is no key. */
void keys_seen(struct rd asset, struct rd key);

/* Pins a key ("ssh-ed25519 AAAA...") whose fingerprint ("SHA256:...", as ssh-keygen -l prints it)
 * the officer has compared; without `key`, the one with this fingerprint that the element showed.
 * False, and why: nothing is pinned. */
MUST_USE bool keys_accept(struct rd asset, struct rd key, struct rd fingerprint, struct rd by, const char **why,
    int64_t *out_event);

/* `slagboom element-key`: those that are accepted, and those that wait for an officer. */
void verb_host_keys(struct question *q);
