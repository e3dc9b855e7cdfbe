/*
 * Is:        the telnet state machine (contracts in the header).
 * Is not:    a terminal and not a line editor.
 * Called by: the telnet lane.
 * Owns:      nothing.
 * Trust:     hostile bytes.
 *
 *     IAC IAC                  the byte 255
 *     IAC WILL|WONT|DO|DONT o  negotiation of option o
 *     IAC SB o ... IAC SE      subnegotiation
 *     IAC c                    any other command
 */
#include "proto/telnet.h"

#include <string.h>

enum {
	SE = 240, NOP = 241, BRK = 243, IP = 244, AYT = 246, EC = 247, EL = 248,
	SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255,
};

enum { TTYPE_IS = 0, TTYPE_SEND = 1 };

enum state { TEXT, AFTER_IAC, AFTER_VERB, IN_SUB, IN_SUB_IAC };

/* RFC 1143 section 7. */
enum q { Q_NO, Q_YES, Q_WANTNO, Q_WANTNO_YES, Q_WANTYES, Q_WANTYES_NO };

/* One direction of an option: its state, whether we agree, and our two words. */
struct half {
	uint8_t *q;
	bool may;
	uint8_t yes, no;
};

static struct half him_half(struct telnet *t, uint8_t opt)
{
	return (struct half){ &t->him[opt], t->him_may[opt], DO, DONT };
}

static struct half us_half(struct telnet *t, uint8_t opt)
{
	return (struct half){ &t->us[opt], t->us_may[opt], WILL, WONT };
}

static int say(struct buf *reply, uint8_t verb, uint8_t opt)
{
	const uint8_t msg[3] = { IAC, verb, opt };

	return buf_put(reply, msg, sizeof(msg)) ? 0 : TELNET_FULL;
}

/* The peer said WILL, or DO: RFC 1143 "upon receipt of WILL". */
static int on_yes(struct half h, uint8_t opt, struct buf *reply)
{
	switch ((enum q)*h.q) {
	case Q_NO:
		if (h.may)
			*h.q = Q_YES;
		return say(reply, h.may ? h.yes : h.no, opt);
	case Q_WANTNO:
		*h.q = Q_NO; /* it answered a no with a yes */
		return 0;
	case Q_YES:
	case Q_WANTNO_YES:
	case Q_WANTYES:
		*h.q = Q_YES;
		return 0;
	case Q_WANTYES_NO:
		*h.q = Q_WANTNO;
		return say(reply, h.no, opt);
	}
	return 0;
}

/* The peer said WONT, or DONT. */
static int on_no(struct half h, uint8_t opt, struct buf *reply)
{
	switch ((enum q)*h.q) {
	case Q_YES:
		*h.q = Q_NO;
		return say(reply, h.no, opt);
	case Q_WANTNO_YES:
		*h.q = Q_WANTYES;
		return say(reply, h.yes, opt);
	case Q_NO:
	case Q_WANTNO:
	case Q_WANTYES:
	case Q_WANTYES_NO:
		*h.q = Q_NO;
		return 0;
	}
	return 0;
}

static int ask(struct half h, uint8_t opt, bool on, struct buf *reply)
{
	switch ((enum q)*h.q) {
	case Q_NO:
		if (!on)
			return 0;
		*h.q = Q_WANTYES;
		return say(reply, h.yes, opt);
	case Q_YES:
		if (on)
			return 0;
		*h.q = Q_WANTNO;
		return say(reply, h.no, opt);
	case Q_WANTNO:
	case Q_WANTNO_YES:
		*h.q = on ? Q_WANTNO_YES : Q_WANTNO;
		return 0;
	case Q_WANTYES:
	case Q_WANTYES_NO:
		*h.q = on ? Q_WANTYES : Q_WANTYES_NO;
		return 0;
	}
	return 0;
}

int telnet_ask_him(struct telnet *t, uint8_t opt, bool on, struct buf *reply)
{
	return ask(him_half(t, opt), opt, on, reply);
}

int telnet_ask_us(struct telnet *t, uint8_t opt, bool on, struct buf *reply)
{
	return ask(us_half(t, opt), opt, on, reply);
}

bool telnet_him(const struct telnet *t, uint8_t opt)
{
	return t->him[opt] == Q_YES;
}

bool telnet_us(const struct telnet *t, uint8_t opt)
{
	return t->us[opt] == Q_YES;
}

static void set_term(struct telnet *t, struct rd name)
{
	size_t n = 0;
	uint8_t c;

	while (n < TELNET_TERM_MAX && rd_u8(&name, &c))
		if (c > ' ' && c < 127)
			t->term[n++] = (char)c;
	t->term[n] = '\0';
}

void telnet_init(struct telnet *t, enum telnet_side side, const char *term)
{
	*t = (struct telnet){ .side = side };
	set_term(t, rd_str(term));
	bool *screen = side == TELNET_CLIENT ? t->him_may : t->us_may;
	bool *keys = side == TELNET_CLIENT ? t->us_may : t->him_may;

	/* The same agreement seen from both ends: the element's side echoes. */
	screen[TELNET_OPT_ECHO] = true;
	screen[TELNET_OPT_SGA] = true;
	keys[TELNET_OPT_SGA] = true;
	keys[TELNET_OPT_NAWS] = true;
	keys[TELNET_OPT_TTYPE] = true;
}

int telnet_start(struct telnet *t, struct buf *reply)
{
	int rc = 0;

	if (t->side == TELNET_CLIENT)
		return 0;
	rc |= telnet_ask_us(t, TELNET_OPT_ECHO, true, reply);
	rc |= telnet_ask_us(t, TELNET_OPT_SGA, true, reply);
	rc |= telnet_ask_him(t, TELNET_OPT_NAWS, true, reply);
	rc |= telnet_ask_him(t, TELNET_OPT_TTYPE, true, reply);
	return rc;
}

/* Escapes IAC only: the inside of a subnegotiation. */
static bool put_sub(struct buf *out, struct rd r)
{
	uint8_t c;

	while (rd_u8(&r, &c))
		if (!buf_put_u8(out, c) || (c == IAC && !buf_put_u8(out, IAC)))
			return false;
	return true;
}

static int send_sub(struct buf *reply, struct rd body)
{
	const uint8_t open[2] = { IAC, SB }, close[2] = { IAC, SE };

	return buf_put(reply, open, 2) && put_sub(reply, body) && buf_put(reply, close, 2)
	    ? 0 : TELNET_FULL;
}

static int send_size(struct telnet *t, struct buf *reply)
{
	const uint8_t body[5] = { TELNET_OPT_NAWS, (uint8_t)(t->width >> 8), (uint8_t)t->width,
		(uint8_t)(t->height >> 8), (uint8_t)t->height };

	return send_sub(reply, rd_of(body, sizeof(body)));
}

int telnet_resize(struct telnet *t, uint16_t width, uint16_t height, struct buf *reply)
{
	t->width = width;
	t->height = height;
	return telnet_us(t, TELNET_OPT_NAWS) ? send_size(t, reply) : 0;
}

static int send_term(struct telnet *t, struct buf *reply)
{
	uint8_t body[2 + TELNET_TERM_MAX] = { TELNET_OPT_TTYPE, TTYPE_IS };
	size_t n = 2;

	for (const char *c = t->term; *c; c++)
		body[n++] = (uint8_t)*c;
	return send_sub(reply, rd_of(body, n));
}

/* A server asks for the name as soon as the client agrees to tell it. */
static int ask_term(struct buf *reply)
{
	const uint8_t body[2] = { TELNET_OPT_TTYPE, TTYPE_SEND };

	return send_sub(reply, rd_of(body, sizeof(body)));
}

static int on_sub(struct telnet *t, struct buf *reply)
{
	struct rd r = rd_of(t->sub, t->n_sub);
	uint8_t opt, what;
	uint16_t w, h;

	if (t->sub_long || !rd_u8(&r, &opt))
		goto bad;
	if (opt == TELNET_OPT_NAWS && telnet_him(t, opt)) {
		if (!rd_u16(&r, &w) || !rd_u16(&r, &h) || r.len != 0)
			goto bad;
		t->width = w;
		t->height = h;
		return 0;
	}
	if (opt != TELNET_OPT_TTYPE || !rd_u8(&r, &what))
		goto bad;
	if (what == TTYPE_SEND && telnet_us(t, opt) && r.len == 0)
		return send_term(t, reply);
	if (what != TTYPE_IS || !telnet_him(t, opt) || r.len > TELNET_TERM_MAX)
		goto bad;
	set_term(t, r);
	return 0;
bad:
	t->n_bad++;
	return 0;
}

static int on_verb(struct telnet *t, uint8_t opt, struct buf *reply)
{
	bool told_size = telnet_us(t, TELNET_OPT_NAWS), told_term = telnet_him(t, TELNET_OPT_TTYPE);
	int rc = 0;

	if (++t->n_answers > TELNET_ANSWERS_MAX)
		return TELNET_FLOOD;
	switch (t->verb) {
	case WILL:
		rc = on_yes(him_half(t, opt), opt, reply);
		break;
	case WONT:
		rc = on_no(him_half(t, opt), opt, reply);
		break;
	case DO:
		rc = on_yes(us_half(t, opt), opt, reply);
		break;
	default:
		rc = on_no(us_half(t, opt), opt, reply);
		break;
	}
	if (rc == 0 && t->side == TELNET_CLIENT && !told_size && t->width &&
	    telnet_us(t, TELNET_OPT_NAWS))
		rc = send_size(t, reply);
	if (rc == 0 && !told_term && telnet_him(t, TELNET_OPT_TTYPE))
		rc = ask_term(reply);
	return rc;
}

static int put_text(struct telnet *t, uint8_t c, struct buf *text)
{
	bool after_cr = t->cr;

	t->cr = c == '\r';
	if (after_cr && (c == '\0' || (c == '\n' && t->side == TELNET_SERVER)))
		return 0;
	return buf_put_u8(text, c) ? 0 : TELNET_FULL;
}

/* The key that a command means when a client sends it, or 0. */
static uint8_t key_of(uint8_t command)
{
	switch (command) {
	case EC:
		return 0x7f;
	case EL:
		return 0x15;
	case IP:
	case BRK:
		return 0x03;
	default:
		return 0;
	}
}

static int on_command(struct telnet *t, uint8_t c, struct buf *text, struct buf *reply)
{
	t->state = TEXT;
	switch (c) {
	case IAC:
		return put_text(t, c, text);
	case WILL:
	case WONT:
	case DO:
	case DONT:
		t->verb = c;
		t->state = AFTER_VERB;
		return 0;
	case SB:
		t->n_sub = 0;
		t->sub_long = false;
		t->state = IN_SUB;
		return 0;
	case AYT:
		if (++t->n_answers > TELNET_ANSWERS_MAX)
			return TELNET_FLOOD;
		return t->side == TELNET_CLIENT || buf_put_str(reply, "[yes]\r\n") ? 0 : TELNET_FULL;
	default:
		if (t->side == TELNET_SERVER && key_of(c))
			return put_text(t, key_of(c), text);
		return 0;
	}
}

static void put_in_sub(struct telnet *t, uint8_t c)
{
	if (t->n_sub < TELNET_SUB_MAX)
		t->sub[t->n_sub++] = c;
	else
		t->sub_long = true;
}

static int on_sub_iac(struct telnet *t, uint8_t c, struct buf *text, struct buf *reply)
{
	if (c == IAC) {
		put_in_sub(t, c);
		t->state = IN_SUB;
		return 0;
	}
	if (c == SE) {
		t->state = TEXT;
		return on_sub(t, reply);
	}
	/* Neither RFC allows it; the command stands and the subnegotiation is lost. */
	t->n_bad++;
	return on_command(t, c, text, reply);
}

static int step(struct telnet *t, uint8_t c, struct buf *text, struct buf *reply)
{
	if (t->state == TEXT && c != IAC)
		return put_text(t, c, text);
	t->n_stripped++;
	switch ((enum state)t->state) {
	case TEXT:
		t->state = AFTER_IAC;
		return 0;
	case AFTER_IAC:
		return on_command(t, c, text, reply);
	case AFTER_VERB:
		t->state = TEXT;
		return on_verb(t, c, reply);
	case IN_SUB:
		if (c == IAC)
			t->state = IN_SUB_IAC;
		else
			put_in_sub(t, c);
		return 0;
	case IN_SUB_IAC:
		return on_sub_iac(t, c, text, reply);
	}
	return 0;
}

int telnet_feed(struct telnet *t, struct rd in, struct buf *text, struct buf *reply)
{
	uint8_t c;
	int rc = 0;

	while (rc == 0 && rd_u8(&in, &c))
		rc = step(t, c, text, reply);
	return rc;
}

bool telnet_escape(struct rd text, struct buf *wire)
{
	uint8_t c, next;
	bool ok = true;

	while (ok && rd_u8(&text, &c)) {
		if (c == '\r' && rd_at(&text, 0, &next) && next == '\n') {
			ok = rd_skip(&text, 1) && buf_put_str(wire, "\r\n");
		} else if (c == '\r') {
			ok = buf_put_u8(wire, '\r') && buf_put_u8(wire, '\0');
		} else if (c == '\n') {
			ok = buf_put_str(wire, "\r\n");
		} else {
			ok = buf_put_u8(wire, c) && (c != IAC || buf_put_u8(wire, IAC));
		}
	}
	return ok;
}
