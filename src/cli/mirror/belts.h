/*
 * Is:        what the mirror may do once it serves: its system calls, as data.
 * Is not:    how that is enforced (os/sandbox.h).
 * Called by: main.c.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <sys/types.h>

#include "base/def.h"

/* As root, who it becomes. */
uid_t belts_uid(void);

/* Puts the belts on; `dir_fd` becomes the root directory. Contract of sandbox_apply. */
MUST_USE int belts_put_on(int dir_fd, unsigned *out_belts, const char **out_what);
