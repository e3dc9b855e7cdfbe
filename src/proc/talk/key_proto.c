/*
 * Is:        the wire form of a signature that keyd is to check.
 * Is not:    the check.
 * Called by: deskd, keyd.
 * Owns:      nothing.
 * Trust:     deskd may have been taken over: lengths are checked here, the rest by the check.
 */
#include "proc/talk/key_proto.h"

enum { KEY_MAX = 1025, SIGNATURE_MAX = 1024, EXPONENT_MAX = 8, WORD_MAX = 64, MESSAGE_MAX = 12000 };

bool key_check_fits(const struct key_check *c)
{
	return c->sig.kind <= SSHSIG_RSA && c->sig.key.len <= KEY_MAX && c->sig.signature.len <= SIGNATURE_MAX &&
	    c->sig.curve.len <= WORD_MAX && c->sig.exponent.len <= EXPONENT_MAX && c->sig.signature_type.len <= WORD_MAX &&
	    c->sig.application.len <= WORD_MAX && c->sig.name_space.len <= WORD_MAX && c->sig.hash.len <= WORD_MAX &&
	    c->message.len <= MESSAGE_MAX;
}

/* u8 kind | u8 flags | u32 counter | key | curve | exponent | application | name_space | hash |
 * signature_type | signature | message, the last nine each u16 length and bytes. */
void key_check_write(struct wr *w, const struct key_check *c)
{
	wr_u8(w, (uint8_t)c->sig.kind);
	wr_u8(w, c->sig.flags);
	wr_u32(w, c->sig.counter);
	wr_part16(w, c->sig.key);
	wr_part16(w, c->sig.curve);
	wr_part16(w, c->sig.exponent);
	wr_part16(w, c->sig.application);
	wr_part16(w, c->sig.name_space);
	wr_part16(w, c->sig.hash);
	wr_part16(w, c->sig.signature_type);
	wr_part16(w, c->sig.signature);
	wr_part16(w, c->message);
}

bool key_check_read(struct rd *r, struct key_check *out)
{
	struct key_check c = { .message = { NULL, 0 } };
	struct rd t = *r;
	uint8_t kind;

	if (!rd_u8(&t, &kind) || kind > SSHSIG_RSA || !rd_u8(&t, &c.sig.flags) || !rd_u32(&t, &c.sig.counter) ||
	    !rd_part16(&t, KEY_MAX, &c.sig.key) || !rd_part16(&t, WORD_MAX, &c.sig.curve) ||
	    !rd_part16(&t, EXPONENT_MAX, &c.sig.exponent) || !rd_part16(&t, WORD_MAX, &c.sig.application) ||
	    !rd_part16(&t, WORD_MAX, &c.sig.name_space) || !rd_part16(&t, WORD_MAX, &c.sig.hash) ||
	    !rd_part16(&t, WORD_MAX, &c.sig.signature_type) || !rd_part16(&t, SIGNATURE_MAX, &c.sig.signature) ||
	    !rd_part16(&t, MESSAGE_MAX, &c.message) || t.len)
		return false;
	c.sig.kind = (enum sshsig_kind)kind;
	*out = c;
	*r = t;
	return true;
}
