/*
 * Is:        what an SSH client is told by a server that wants no more of it: a version line and
 *            SSH_MSG_DISCONNECT with words (RFC 4253 sections 4.2, 6 and 11.1), before any keys.
 *            OpenSSH's client shows the words: "Received disconnect from ...: WORDS".
 * Is not:    an SSH server; it reads nothing.
 * Called by: the door, for whom it turns away; the gate, for who wants to speak SSH through it.
 * Owns:      nothing.
 * Trust:     our own words.
 */
#pragma once

#include "base/wr.h"

enum sshbye_reason { SSHBYE_NOT_ALLOWED = 1, SSHBYE_TOO_MANY = 12 };

enum { SSHBYE_WORDS_MAX = 400 /* of which clients show no more */, SSHBYE_MAX = SSHBYE_WORDS_MAX + 64 };

/* Fails when the words are too long. */
void sshbye_write(struct wr *w, enum sshbye_reason reason, const char *words);
