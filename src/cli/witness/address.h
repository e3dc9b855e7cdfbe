/*
 * Is:        a listening TCP socket at ADDRESS:PORT.
 * Is not:    a resolver: addresses are numbers.
 * Called by: main.c of witness and mirror; up.c, which only tries.
 * Owns:      nothing.
 * Trust:     the caller's own command line.
 */
#pragma once

#include <stddef.h>

#include "base/def.h"

enum { ADDRESS_ROOM = 64 };

/* Listens at `text`, 192.0.2.1:80 or [2001:db8::1]:80; port 0 takes any. Gives the
 * descriptor and writes where it listens into `out` of ADDRESS_ROOM bytes. -EINVAL:
 * it is no address. */
MUST_USE int address_listen(const char *text, int *out_fd, char *out);
