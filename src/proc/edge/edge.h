/*
 * Is:        what every edge does, whatever its element speaks: the connection, the link to
 *            the gate, the parts of a credential from keyd, the queues and the end.
 * Is not:    a protocol: edge_ssh, edge_line.
 * Called by: the main of each edge.
 * Owns:      the one network descriptor, both links, both queues.
 * Trust:     the element is hostile, the gate may have been taken over.
 *
 * The door starts `slagboom-edge-ssh NAME ASSET PROTOCOL ADDRESS CREDENTIAL HOST_KEYS` (its
 * own name, and the strings of struct door_edge; the last two may be empty; protocol "ssh-legacy"
 * is SSH with what old elements need) with the descriptors of proc/control.h, and links it (CONTROL_LINK) to "gate-N", a seqpacket socket on which
 * edge_proto is spoken, and, when CREDENTIAL is not empty, to "keyd", a stream socket on
 * which keyd serves that credential (proc/broker.h). ADDRESS is HOST:PORT; HOST is numbers,
 * or stands in /etc/hosts: no name server is believed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"
#include "os/loop.h"
#include "proc/talk/edge_proto.h"
#include "proto/agent.h"

struct ipc;

/* Takes what keyd answered: 0 and the secret, or AGENT_REFUSED. */
typedef void edge_secret_fn(int outcome, struct rd secret);

struct edge_protocol {
	const char *name; /* its row in the process table */
	/* Before the sandbox, connected or not. */
	int (*prepare)(void);
	/* The connection stands and the gate wants the channel: once. */
	void (*begin)(void);
	/* The element is ready as was asked for with edge_want, there is input, or there is room
	 * for output. */
	void (*step)(void);
	void (*resize)(uint16_t cols, uint16_t rows);
	void (*signal)(int number);
	/* Whatever was allocated; its descriptors may be closed already. */
	void (*done)(void);
};

/* One process, one element: the state that the protocol may look at. */
struct edge {
	const char *protocol, *credential, *host_keys; /* as the door gave them */
	struct loop *loop;
	int net_fd;
	struct edge_open open; /* the gate's; texts live as long as the process */
	struct buf in;         /* bytes for the element: the protocol drops what it has sent */
	bool in_ended;         /* and nothing comes behind them */
	bool is_over;          /* failed or exited: nothing more is to be done */
};
extern struct edge edge;

MUST_USE int edge_main(const struct edge_protocol *p, int argc, char **argv);

/* The events of epoll(7) on net_fd that lead to a step, errors and hang-ups besides; 0: none
 * at all, until there is input or room. */
void edge_want(uint32_t events);
/* Input was taken from edge.in: the gate may send more. */
void edge_took_input(void);

/* Asks keyd; one question at a time. Without a credential the answer is AGENT_REFUSED. */
void edge_ask_secret(enum agent_secret which, edge_secret_fn *fn);
/* Gives the stream to keyd up; -1 when there is none. */
MUST_USE int edge_take_keys(void);

/* To the gate. */
void edge_ready(struct rd text, bool has_other_modes);
/* True while output may be sent: one message more. */
bool edge_has_room(void);
void edge_output(uint8_t stream, struct rd bytes);
void edge_output_end(uint8_t stream);
/* The end, each the last that is sent. `detail` may be hostile text; it is quoted. */
void edge_exit(bool by_signal, uint32_t value);
void edge_fail(enum edge_failure f, struct rd detail);
/* Tells with the failure which key the element showed, "TYPE BASE64". */
void edge_fail_key(enum edge_failure f, struct rd detail, struct rd key);
