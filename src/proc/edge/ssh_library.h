/*
 * Is:        whether the libssh that was loaded is one that may parse an element's bytes.
 * Is not:    a check of the build: meson.build does that.
 * Called by: edge_ssh, before its belts.
 * Owns:      nothing.
 * Trust:     the machine's own package database.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

/* Older ones accepted a packet under AES-GCM that had been altered on its way. */
#define SSH_LIBRARY_MIN "0.10.6-0+deb12u3"

/* 0, or -ELIBBAD with a line on standard error. */
MUST_USE int ssh_library_check(void);

/* The version of `package` in dpkg's status file; false: not installed. */
MUST_USE bool dpkg_version(struct rd status, const char *package, struct rd *out);

/* Below zero, 0 or above zero, in the order of deb-version(7). */
int dpkg_compare(struct rd a, struct rd b);
