/*
 * Is:        where the parts of this installation, or of this build, are.
 * Is not:    a configuration.
 * Called by: subcommands and processes that start a program of ours or read our data.
 * Owns:      nothing.
 * Trust:     /proc/self/exe: the program that was started.
 */
#pragma once

#include <stddef.h>

#include "base/def.h"

/* The first of the places (relative to this program's folder) that has `name`: its
 * path without the name. -ENOENT when none has. */
MUST_USE int self_find(const char *const *places, size_t n, const char *name, char *out, size_t size);

/* The folder that holds our `program` that people do not start themselves: libexec beside an
 * installed bin/, or its place in a build. -ENOENT: it is in none. */
MUST_USE int self_find_program(const char *program, char *out, size_t size);
