/*
 * Is:        what the session program (the engineer's login shell in the room) and the gate
 *            say to each other, over the seqpacket socket /run/slagboom/gate in the room.
 * Is not:    a proof of who it is: that is the socket's peer user id, and the room.
 * Called by: session.c, gate.c.
 * Owns:      nothing.
 * Trust:     the gate takes the program for hostile: whoever controls sshd can speak for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* session to gate */
enum {
	SESSION_HELLO = 1,  /* struct session_hello, and descriptors 0, 1 and 2; once */
	SESSION_RESIZE = 2, /* u16 columns, u16 rows */
	SESSION_SIGNAL = 3, /* u8: SIGHUP, SIGINT, SIGTERM that came to it */
};

/* gate to session */
enum {
	/* u8 kind: 0 status, 1 signal (of proto/sshsignal.h); u8 value. The program restores its terminal and exits
	 * with it, or dies of it, so that sshd tells the client the same as the element's did. */
	SESSION_EXIT = 16,
	SESSION_TURNED_AWAY = 17, /* from the door, where there is no gate for him: text, which the program says; the last */
};

enum session_kind { SESSION_SHELL, SESSION_EXEC, SESSION_SUBSYSTEM };

enum {
	SESSION_LOGIN_MAX = 255,
	SESSION_COMMAND_MAX = 8192,
	SESSION_TEXT_MAX = 1024, /* the rest, each */
	SESSION_SAID_MAX = 512,  /* to him */
	SESSION_ENV_MAX = 8
};

/* All text is hostile. Each is u16 length and bytes on the wire, in this order. */
struct session_hello {
	enum session_kind kind;         /* u8 */
	bool has_tty;                   /* u8 */
	uint16_t cols, rows;            /* 0 = unknown */
	struct rd login;                /* as sshd has it: "wei.zhang" or "wei.zhang+hlr1" */
	struct rd command;              /* SSH_ORIGINAL_COMMAND or the subsystem's name; may be empty */
	struct rd term;                 /* TERM */
	struct rd modes;                /* of his terminal, as proto/ttymodes.h has them; may be empty */
	struct rd connection;           /* SSH_CONNECTION */
	struct rd auth;                 /* what ExposeAuthInfo gave: a line a method, with key or certificate */
	uint32_t n_env;                 /* u8; LANG, LC_*, SLAGBOOM_PURPOSE, _TICKET, _RULE: "NAME=VALUE" */
	struct rd env[SESSION_ENV_MAX];
};

void session_hello_write(struct wr *w, const struct session_hello *h);
/* False when it is not exactly that. Whether its text makes sense is the gate's to see. */
MUST_USE bool session_hello_read(struct rd *r, struct session_hello *out);
