/*
 * Is:        allocation that cannot fail (it aborts), and wiping.
 * Is not:    a pool or an arena.
 * Called by: every folder.
 * Owns:      nothing.
 * Trust:     sizes come from code or from a quota already checked.
 */
#pragma once

#include "base/def.h"

/* Zeroed memory for `n` elements of `size` bytes; gives. Aborts when memory
 * runs out or the product overflows. */
MUST_USE void *mem_new(size_t n, size_t size);

/* The same for `n` bytes that begin at a multiple of `align`, a power of two. */
MUST_USE void *mem_new_aligned(size_t n, size_t align);

/* Resizes `p` (takes it) to `n` elements of `size` bytes; gives. New bytes are
 * not zeroed. */
MUST_USE void *mem_resize(void *p, size_t n, size_t size);

/* A copy of the NUL-terminated `s`; gives. */
MUST_USE char *mem_strdup(const char *s);

/* Frees what `p`, the address of a pointer, points at, and nulls it. For AUTO. */
void mem_free(void *p);

/* Overwrites `n` bytes in a way the compiler may not drop. */
void mem_wipe(void *p, size_t n);
