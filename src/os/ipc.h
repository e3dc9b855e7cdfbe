/*
 * Is:        messages between our processes: whole packets over AF_UNIX seqpacket
 *            sockets, each checked against a table before a handler sees it.
 * Is not:    a protocol for strangers; the other end is one of ours, which may have
 *            been taken over.
 * Called by: proc/, cli/.
 * Owns:      its socket and the descriptors it could not yet send.
 * Trust:     hostile: the table is the whole of what a peer can make us do.
 *
 * Wire: u16 type, then the body; at most IPC_MAX bytes; descriptors beside it. A
 * packet ends its link when its type is not in the table, not allowed in this
 * state, comes twice though `once`, has other than the row's descriptors, is longer
 * than the row's maximum, or is not consumed to the last byte by its handler.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/def.h"
#include "base/rd.h"

enum { IPC_MAX = 16384, IPC_BODY_MAX = IPC_MAX - 2, IPC_FDS_MAX = 4, IPC_ROWS_MAX = 64 };

struct ipc;
struct loop;

struct ipc_in {
	struct rd body;
	int fd[IPC_FDS_MAX]; /* a handler that keeps one sets it to -1 */
	size_t n_fds;
};

/* 0, or a negative errno that ends the link. */
typedef int ipc_handler(void *ctx, struct ipc_in *in);

struct ipc_row {
	uint16_t type;
	const char *name;
	uint32_t states; /* bit n: allowed in state n */
	bool once;
	uint8_t n_fds;
	uint16_t body_max;
	ipc_handler *handle;
};

struct ipc_table {
	const char *name;
	const struct ipc_row *rows;
	size_t n_rows;
};

/* The link is gone: `err` is 0 when the peer closed it, -EPROTO after a packet that
 * the table forbids, or another errno. Called once, from the loop; the handler
 * usually frees the link. */
typedef void ipc_closed_fn(void *ctx, int err);
/* Everything queued was sent. */
typedef void ipc_drained_fn(void *ctx);

/* A link over `fd` (takes it), in state 0. `ctx` goes to the handlers. */
MUST_USE int ipc_new(struct loop *l, int fd, const struct ipc_table *table, void *ctx,
    ipc_closed_fn *on_closed, struct ipc **out);
/* Closes. NULL-safe; nulls. May be called from a handler of this very link. */
void ipc_free(struct ipc **i);

void ipc_set_state(struct ipc *i, unsigned state);

/* 0 sent or queued, or lost since the peer has closed, which the loop tells; IPC_BUSY: the queue
 * is full, nothing was taken, wait for on_drained; negative: the link is broken. Takes the
 * descriptors with outcome 0 and on failure; on IPC_BUSY they stay the caller's. */
enum { IPC_BUSY = 1, IPC_QUEUE_MAX = 256 };
MUST_USE int ipc_send(struct ipc *i, uint16_t type, struct rd body);
MUST_USE int ipc_send_fds(struct ipc *i, uint16_t type, struct rd body, const int *fds, size_t n_fds);
void ipc_on_drained(struct ipc *i, ipc_drained_fn *fn);
/* Messages that wait for the peer to read: for those who stop sooner than IPC_BUSY. */
size_t ipc_n_queued(const struct ipc *i);
/* Stops reading (back-pressure), or goes on. When the peer has closed, what it left is read all the
 * same, and the end told. */
MUST_USE int ipc_hold(struct ipc *i, bool hold);

/* What the last refused packet was and why, for an event; "" if none. */
const char *ipc_refusal(const struct ipc *i);

/* A connected pair, non-blocking and close-on-exec. */
MUST_USE int ipc_pair(int out[2]);
