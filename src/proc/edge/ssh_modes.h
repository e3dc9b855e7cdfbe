/*
 * Is:        the request for a terminal with modes, on a libssh that has a call for it and on
 *            one that has none.
 * Is not:    a judge of modes: the gate has tamed them.
 * Called by: edge_ssh.
 * Owns:      the symbol ssh_buffer_add_data of its process.
 * Trust:     our own values; of libssh, only what was looked at.
 *
 * libssh has ssh_channel_request_pty_size_modes from 0.11 on. Debian 12's 0.10 puts an empty list
 * of modes into the request, but adds the request's whole body to its packet by one call of its
 * public function ssh_buffer_add_data. The dynamic linker finds the program's own function of that
 * name first: ours, which passes on what it is given, but for that one body, while such a request
 * is being made: in it the modes take the place of the empty list. A body that is not, byte for
 * byte, what 0.10 makes of our request goes on as it is, and that is told.
 */
#pragma once

#include <libssh/libssh.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

struct pty_request {
	const char *term;
	uint16_t cols, rows;
	struct rd modes; /* may be empty: then they are not asked for */
};

/* Once, before the belts: looks the library up. -ELIBBAD: it is none that we know. */
MUST_USE int ssh_modes_prepare(void);

/* As ssh_channel_request_pty_size. Asked again after SSH_AGAIN, with the same. */
MUST_USE int ssh_modes_request_pty(ssh_channel c, const struct pty_request *p);

/* The request that was made last has its modes, or wanted none. */
bool ssh_modes_were_sent(void);

/* Writes the body with the modes when `body` is that of `p` without; else nothing. */
MUST_USE bool ssh_modes_put(struct rd body, const struct pty_request *p, struct buf *out);
