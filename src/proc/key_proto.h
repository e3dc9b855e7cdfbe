/*
 * Is:        what evidenced, and deskd, say to keyd and it to them.
 * Is not:    a way to sign anything but a checkpoint, whose text keyd writes itself, and a
 *            receipt, which has a key of its own and says in its first line what it is.
 * Called by: evidenced, deskd, keyd.
 * Owns:      nothing.
 * Trust:     keyd takes nothing from evidenced but a size and a root, and from deskd nothing
 *            but receipts.
 */
#pragma once

/* evidenced asks: u64 size, 32 bytes root. Which log it is follows from the link. */
enum { KEY_SIGN = 1 };

/* keyd answers: the whole signed checkpoint, or nothing at all when it refuses: a
 * size smaller than one it signed, or another root for the same size. */
enum { KEY_SIGNED = 2, KEY_REFUSED = 3 };

enum { KEY_SIGN_LEN = 8 + 32, KEY_NOTE_MAX = 4096 };

/* deskd asks: u64 its own number, and the text of a receipt. keyd answers with that number and
 * the signed note; with nothing behind the number when the text is not that of a receipt. */
enum { KEY_RECEIPT = 4, KEY_RECEIPT_SIGNED = 5, KEY_RECEIPT_MAX = 3072 };
#define RECEIPT_FIRST_LINE "slagboom-receipt/1\n"
