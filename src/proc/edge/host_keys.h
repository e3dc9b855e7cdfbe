/*
 * Is:        the public halves of the door's host keys, asked of keyd in the ssh-agent
 *            protocol, as the lines that sshd wants in files.
 * Is not:    a signer, and not an agent.
 * Called by: door.
 * Owns:      nothing.
 * Trust:     keyd is trusted; the answer's form is checked all the same.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

enum { HOST_KEYS_ANSWER_MAX = 8192, HOST_KEYS_MAX = 8 };

void host_keys_ask(struct wr *w);

/* 0 and "TYPE BASE64\n" for each key; HOST_KEYS_MORE: the answer is not whole yet; or
 * -EBADMSG: it is no answer, or holds no key. */
enum { HOST_KEYS_MORE = 1 };
MUST_USE int host_keys_read(struct rd answer, struct wr *out);
