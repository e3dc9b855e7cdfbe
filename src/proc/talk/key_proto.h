/*
 * Is:        what evidenced, and deskd, say to keyd and it to them.
 * Is not:    a way to sign anything but a checkpoint, whose text keyd writes itself, and a
 *            receipt, which has a key of its own and says in its first line what it is.
 * Called by: evidenced, deskd, keyd.
 * Owns:      nothing.
 * Trust:     keyd takes nothing from evidenced but a size and a root, and from deskd nothing
 *            but receipts and signatures to check, in fields that deskd has parsed.
 */
#pragma once

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"
#include "policy/sshsig.h"

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

/* deskd asks: u64 its own number, and a struct key_check. keyd answers with that number and a u8:
 * 1 when the signature is one of that key over that message. */
enum { KEY_CHECK = 6, KEY_CHECKED = 7 };

struct key_check {
	struct sshsig sig; /* all of it but key_blob and key_type */
	struct rd message;
};

/* No longer than keyd takes: what does not fit is not sent. */
bool key_check_fits(const struct key_check *c);
void key_check_write(struct wr *w, const struct key_check *c);
MUST_USE bool key_check_read(struct rd *r, struct key_check *out);
