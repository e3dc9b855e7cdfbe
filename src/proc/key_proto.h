/*
 * Is:        what evidenced and keyd say to each other.
 * Is not:    a way to sign anything but a checkpoint: keyd writes the text itself.
 * Called by: evidenced, keyd.
 * Owns:      nothing.
 * Trust:     keyd takes nothing from evidenced but a size and a root.
 */
#pragma once

/* evidenced asks: u64 size, 32 bytes root. Which log it is follows from the link. */
enum { KEY_SIGN = 1 };

/* keyd answers: the whole signed checkpoint, or nothing at all when it refuses: a
 * size smaller than one it signed, or another root for the same size. */
enum { KEY_SIGNED = 2, KEY_REFUSED = 3 };

enum { KEY_SIGN_LEN = 8 + 32, KEY_NOTE_MAX = 4096 };
