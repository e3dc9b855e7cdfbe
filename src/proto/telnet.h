/*
 * Is:        telnet option negotiation as a state machine: options are stripped
 *            and answered, what is left is the text (RFC 854, 855, 857, 858,
 *            1073, 1091; the Q method of RFC 1143).
 * Is not:    a terminal and not a line editor.
 * Called by: the telnet lane, once for each side.
 * Owns:      nothing outside its struct; borrows its buffers.
 * Trust:     hostile bytes. Bytes may be cut anywhere; every state is fixed in size.
 *
 * Text comes out contiguous: an option in the middle of a word cannot split it.
 * Whoever reads commands reads them from here, never from the wire.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "base/rd.h"

enum {
	TELNET_OPT_BINARY = 0,
	TELNET_OPT_ECHO = 1,
	TELNET_OPT_SGA = 3,
	TELNET_OPT_TTYPE = 24,
	TELNET_OPT_NAWS = 31,
};

enum {
	TELNET_SUB_MAX = 256,    /* bytes of one subnegotiation */
	TELNET_TERM_MAX = 40,    /* bytes of a terminal name (RFC 1091) */
	TELNET_ANSWERS_MAX = 4096, /* option requests in a session */
};

/* Outcomes of telnet_feed. */
enum {
	TELNET_FULL = 1,  /* a buffer is full; nothing more was read */
	TELNET_FLOOD = 2, /* more option requests than a real peer makes: end it */
};

enum telnet_side {
	TELNET_CLIENT, /* we talk to an element's telnet server */
	TELNET_SERVER, /* an engineer's telnet client talks to us */
};

struct telnet {
	enum telnet_side side;
	uint8_t us[256], him[256];       /* state of RFC 1143 for each option */
	bool us_may[256], him_may[256];  /* what we agree to */
	uint8_t state, verb;
	bool cr;                         /* the last byte was CR */
	uint8_t sub[TELNET_SUB_MAX];
	uint16_t n_sub;
	bool sub_long;
	uint16_t width, height;          /* RFC 1073: the peer's, or ours to tell; 0 = unknown */
	char term[TELNET_TERM_MAX + 1];  /* RFC 1091: the peer's, or ours to tell */
	uint32_t n_answers;              /* option requests received */
	uint32_t n_bad;                  /* malformed or oversized subnegotiations */
	uint64_t n_stripped;             /* bytes that were protocol and not text */
};

/* `term` names our terminal when we are the client, e.g. "xterm"; cut to
 * TELNET_TERM_MAX. */
void telnet_init(struct telnet *t, enum telnet_side side, const char *term);

/* Asks for what our side wants: a server offers ECHO and SGA and asks for NAWS and
 * TTYPE; a client waits to be asked. Returns 0 or TELNET_FULL. */
MUST_USE int telnet_start(struct telnet *t, struct buf *reply);

/* Reads all of `in`. Text goes to `text`, what must be sent back to `reply`. For a
 * server, the commands EC, EL, IP and BRK become the keys DEL, Ctrl-U, Ctrl-C, and an
 * end of line in any spelling is one CR. For a client, text is as sent but CR NUL is CR.
 * Returns 0 or an outcome above. */
MUST_USE int telnet_feed(struct telnet *t, struct rd in, struct buf *text, struct buf *reply);

/* Writes `text` for the wire: IAC doubled, a bare CR as CR NUL, CR LF as it is, LF as
 * CR LF. A text is escaped as a whole: do not cut between CR and LF. False when full. */
MUST_USE bool telnet_escape(struct rd text, struct buf *wire);

/* Our window has this size: told now if the server asked for it, else when it asks.
 * Returns 0 or TELNET_FULL. */
MUST_USE int telnet_resize(struct telnet *t, uint16_t width, uint16_t height, struct buf *reply);

/* Asks the peer to use or stop an option on its side (DO, DONT), or says that we will
 * or will not (WILL, WONT). Returns 0 or TELNET_FULL. */
MUST_USE int telnet_ask_him(struct telnet *t, uint8_t opt, bool on, struct buf *reply);
MUST_USE int telnet_ask_us(struct telnet *t, uint8_t opt, bool on, struct buf *reply);

/* True while the option is on, on the peer's side or on ours. */
bool telnet_him(const struct telnet *t, uint8_t opt);
bool telnet_us(const struct telnet *t, uint8_t opt);
