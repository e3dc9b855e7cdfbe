/*
 * Is:        what the gate and an edge say to each other. An edge holds the one network
 *            descriptor to an element, for one channel, and speaks its protocol.
 * Is not:    a way to choose an element: the edge was started for one, by deskd's order.
 * Called by: gate, edge_ssh, edge_line.
 * Owns:      nothing.
 * Trust:     each takes the other for hostile; the element may own the edge.
 *
 * Back-pressure is the socket's: a side that does not read stops the other. An edge queues
 * at most EDGE_QUEUE_MAX bytes each way.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"
#include "base/wr.h"

/* gate to edge */
enum {
	EDGE_OPEN = 1,    /* struct edge_open: once, before the input */
	EDGE_INPUT = 2,   /* bytes for the element: at most EDGE_DATA_MAX */
	EDGE_INPUT_END = 3, /* nothing more comes: half-close */
	/* These two at any time; what comes before EDGE_READY reaches the element then. A command's
	 * EDGE_OPEN waits until it was judged. */
	EDGE_RESIZE = 4,  /* u16 columns, u16 rows */
	EDGE_SIGNAL = 5,  /* u8 signal number, as SSH names it towards the element */
	EDGE_SECRET = 6,  /* u8 enum lane_secret: write it and u8-length `line_end` to the element */
	EDGE_CLOSE = 7,   /* end now */
};

/* edge to gate */
enum {
	EDGE_READY = 16,   /* u8: 1 when the terminal there has not the modes of EDGE_OPEN; u16-length text for the
	                    * record: host key fingerprint, versions */
	EDGE_HOST_KEY = 21, /* "TYPE BASE64", at most EDGE_KEY_MAX: the element showed it and no officer has accepted
	                     * it; before the EDGE_FAILED that says so */
	EDGE_FAILED = 17,  /* u8 enum edge_failure, u16-length text for the engineer; the last: the gate closes */
	EDGE_OUTPUT = 18,  /* u8 stream (0 output, 1 errors), bytes: at most EDGE_DATA_MAX */
	EDGE_OUTPUT_END = 19, /* u8 stream */
	EDGE_EXIT = 20,    /* u8 kind: 0 status, 1 signal (0: one that SSH has no name for); u32 value; the last: the
	               * gate closes */
};

enum edge_failure {
	EDGE_UNREACHABLE, EDGE_REFUSED, EDGE_TIMEOUT, EDGE_HOST_KEY_UNKNOWN, EDGE_HOST_KEY_CHANGED,
	EDGE_AUTH, EDGE_PROTOCOL, EDGE_NO_CREDENTIAL, EDGE_LOST, EDGE_FAILURES
};

enum { EDGE_DATA_MAX = 16000, EDGE_QUEUE_MAX = 1 << 20, EDGE_COMMAND_MAX = 8192, EDGE_TEXT_MAX = 1024, EDGE_KEY_MAX = 2048, EDGE_ENV_MAX = 8 };

enum edge_kind { EDGE_STREAM /* telnet and plain lines */, EDGE_SHELL, EDGE_EXEC, EDGE_SUBSYSTEM };

struct edge_open {
	enum edge_kind kind;  /* u8 */
	bool wants_tty;       /* u8 */
	uint16_t cols, rows;
	struct rd term;       /* u16 length and bytes, as what follows */
	struct rd modes;      /* of the terminal, as proto/ttymodes.h has them; empty: the element's own */
	struct rd command;    /* of EXEC, or the subsystem's name */
	uint32_t n_env;       /* u8; "NAME=VALUE" */
	struct rd env[EDGE_ENV_MAX];
};

void edge_open_write(struct wr *w, const struct edge_open *o);
MUST_USE bool edge_open_read(struct rd *r, struct edge_open *out);
const char *edge_failure_text(enum edge_failure f);
