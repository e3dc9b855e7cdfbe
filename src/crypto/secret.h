/*
 * Is:        memory for secrets: locked, left out of core dumps, between guard
 *            pages, wiped when released.
 * Is not:    printable: there is no function from a secret to text.
 * Called by: everything that holds a private key or a share of one.
 * Owns:      its pages, from secret_init to secret_done.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

struct random;

/* The most that one secret may hold. */
enum { SECRET_MAX = 65536 };

struct secret {
	uint8_t *p;
	size_t len;
	bool locked;
};

/* `len` zero bytes; 1 <= len <= SECRET_MAX. Aborts when memory runs out. It costs
 * four pages of address space: for keys, not for data. */
void secret_init(struct secret *s, size_t len);

/* Wipes and releases. Accepts a zeroed one. For AUTO. */
void secret_done(struct secret *s);

/* Whether the kernel keeps it out of swap (RLIMIT_MEMLOCK may forbid that). */
bool secret_is_locked(const struct secret *s);

/* A reader over it, for the functions of this folder and for sealing. */
struct rd secret_rd(const struct secret *s);

/* As secret_init, then fills it: from `from`, or with random bytes. */
void secret_copy(struct secret *s, struct rd from);
void secret_make(struct secret *s, size_t len, struct random *r);
