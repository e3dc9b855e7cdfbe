/*
 * Is:        the compiler attributes and tiny macros that every file may use.
 * Is not:    an umbrella header; it includes nothing of ours.
 * Called by: every folder.
 * Owns:      nothing.
 * Trust:     no input.
 */
#pragma once

#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))
#define COLD __attribute__((cold))
#define UNUSED __attribute__((unused))
/* A char array that is bytes, not text: its last one need not be NUL. */
#define NONSTRING __attribute__((nonstring))

/* A variable that is written before it is read: the release build, which clears all
 * others, leaves it alone. For arrays in measured hot loops. */
#define UNCLEARED __attribute__((uninitialized))

/* AUTO(foo_free) struct foo *f = NULL;  frees f at the end of its scope. The
 * function takes a pointer to the variable and accepts NULL in it. */
#define AUTO(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The structure that holds member `m` at address `p`. */
#define CONTAINER_OF(p, type, m) ((type *)(void *)((char *)(p) - offsetof(type, m)))
