/*
 * Is:        where our programs are that people do not start themselves.
 * Is not:    a search of PATH.
 * Called by: subcommands that start one.
 * Owns:      nothing.
 * Trust:     our own installation.
 */
#pragma once

#include <stddef.h>

#include "base/def.h"

/* Writes the folder that holds `program`: libexec beside an installed bin/, or its
 * place in a build. -ENOENT: it is in none. */
MUST_USE int libexec_find(const char *program, char *out, size_t size);
