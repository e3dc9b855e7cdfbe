/*
 * Is:        a mount namespace made one's own, also where this machine's "/" is a plain
 *            directory (a chroot): there the mounts are cut off, and the root exchanged, from
 *            above.
 * Is not:    the mounts themselves (proc/door/room_build.c).
 * Called by: rooms; tests.
 * Owns:      nothing.
 * Trust:     no input. As root in a namespace of one's own.
 */
#pragma once

#include "base/def.h"

/* Nothing that is mounted or unmounted from here on is seen outside. */
MUST_USE int mounts_cut_off(void);

/* The mount that `root` is the top of becomes "/"; everything else is gone. */
MUST_USE int mounts_enter(int root);
