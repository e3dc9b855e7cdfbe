/*
 * Is:        assertions for programmer errors, on in every build.
 * Is not:    error handling. No ASSERT is reachable from input.
 * Called by: every folder.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include "base/def.h"

/* Aborts with the place and the text of the condition when `c` is false. */
#define ASSERT(c) ((c) ? (void)0 : assert_failed(#c, __FILE__, __LINE__))

/* A branch that the types say cannot happen. */
#define UNREACHABLE() assert_failed("unreachable", __FILE__, __LINE__)

/* Writes one line to standard error with write(2) and aborts: it allocates
 * nothing, so it works when memory is what broke. */
NORETURN COLD void assert_failed(const char *what, const char *file, int line);

/* The one way to say that memory ran out: workers are disposable and evidence
 * is crash-safe, so we stop (docs/PRINCIPLES.md). */
NORETURN COLD void assert_no_memory(void);
