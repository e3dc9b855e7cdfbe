/*
 * Is:        landlock(7): no file outside one directory, told to the kernel.
 * Is not:    the only wall; seccomp and an own root stand beside it.
 * Called by: sandbox.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"

enum { LANDLOCK_ABSENT = 1 };

/* From now on files can be reached only below `dir_fd`, and made or changed there
 * only with `may_write`. Where the kernel knows these rules: TCP can be used only to
 * connect to the `n` ports given (ABI 4), and no abstract Unix socket of others can
 * be reached nor another process signalled (ABI 6). 0, LANDLOCK_ABSENT when the kernel
 * has no landlock, or a negative errno. Needs no-new-privs. */
MUST_USE int landlock_confine(int dir_fd, bool may_write, const uint16_t *tcp_ports, size_t n);
