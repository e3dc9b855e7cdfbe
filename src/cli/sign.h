/*
 * Is:        a signature by ssh-keygen with an officer's own key, ordinary or hardware.
 * Is not:    a holder of keys: ssh-keygen asks for passphrase, PIN or touch itself.
 * Called by: approve.c, desk_client.c.
 * Owns:      nothing.
 * Trust:     the officer's own key and terminal.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"

struct args;
struct buf;

/* Signs `text` (PROTOCOL.sshsig, armoured) into `signature`. 0, or a negative errno after a
 * complaint. */
MUST_USE int sign_with(const struct args *a, const char *key, const char *name_space, struct rd text,
    struct buf *signature);
