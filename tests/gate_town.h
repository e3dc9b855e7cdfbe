/*
 * Is:        a gate under test: the real slagboom-gate, evidenced and keyd, and around them
 *            scripted session programs, a scripted desk and scripted edges.
 * Is not:    linked into any program of the product.
 * Called by: gate.c of the tests, gate_storm.c, bench/gate.c.
 * Owns:      the processes, their directory, and what went over every descriptor.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/secret.h"
#include "os/ipc.h"
#include "os/loop.h"
#include "proc/supervise.h"
#include "proc/talk/desk_proto.h"
#include "proc/talk/edge_proto.h"
#include "proc/talk/session_proto.h"

enum { ENGINEERS_MAX = 16, TOWN_BYTES_MAX = 64 << 20 };

struct town;

/* One channel: the engineer's program with his descriptors, and the edge that he got. */
struct engineer {
	struct town *town;
	struct ipc *program;
	int in, out, err; /* our ends */
	struct loop_watch *out_watch, *err_watch;
	struct buf got, got_err;
	bool is_slow;     /* reads nothing */
	bool exited, program_closed;
	uint8_t exit_kind, status; /* of SESSION_EXIT */
	/* the element */
	struct ipc *edge;
	struct edge_open open;
	struct buf open_body;
	bool opened, input_ended, closed, edge_lost;
	uint32_t resized;
	uint8_t signal;
	struct buf input;      /* what reached the element */
	struct buf secrets;    /* enum lane_secret, one byte each */
	uint64_t n_got;        /* bytes that reached the engineer, counted even when not kept */
	void (*on_input)(struct engineer *e, struct rd bytes);
	void (*on_open)(struct engineer *e);
	void (*on_got)(struct engineer *e, struct rd bytes);
	void (*on_edge_drained)(struct engineer *e);
	/* the desk */
	uint32_t n;
	unsigned n_judged, n_more, n_over, n_counts, n_closed;
	struct desk_counts counts;
	struct buf last_command, over_detail;
};

/* What the desk grants and answers; set before a session begins. */
struct town_grant {
	const char *protocol, *dialect;
	bool mask, asks, refuses, silent, holds; /* at once */
	uint64_t most_clear, most_opaque, file_max, idle_ns, left_ns;
	int over_answer;         /* of DESK_OVER: 1 allow, 0 deny, -1 none yet */
	uint64_t over_persons, over_opaque;
	uint64_t all_clear, all_opaque; /* 0: as most_ */
	bool raises;             /* to what DESK_MORE asks for */
};

struct town {
	uint16_t port; /* of forwards */
	char dir[64], libexec[4096], listen_path[96];
	struct loop *loop;
	struct supervised keyd, log, gate;
	struct process gate_row; /* the gate's, as the door starts it, with the grammars of the tests */
	char grammars[4096];         /* its second argument, after its name */
	const char *gate_args[2];
	struct ipc *door, *desk;
	struct town_grant grant;
	struct engineer engineer[ENGINEERS_MAX];
	size_t n_engineers;
	struct loop_timer patience, poll;
	bool (*until)(struct town *t);
	uint64_t closing_seq; /* that the gate told the desk last */
	unsigned n_left; /* gave up waiting */
	bool came, is_up, gate_lost, keeps_nothing, gives_receipt;
	struct secret keeper[2];
	int dir_fd;
};

void town_begin(struct town *t);
void town_end(struct town *t);

/* Runs until `until` holds; false after `ms`. */
bool town_run(struct town *t, bool (*until)(struct town *t), unsigned ms);
/* Runs for that long. */
void town_wait(struct town *t, unsigned ms);

struct town_hello {
	enum session_kind kind;
	bool has_tty;
	const char *login, *command;
	const char *purpose; /* "SLAGBOOM_PURPOSE=..." or NULL */
};
struct engineer *town_come(struct town *t, const struct town_hello *h);
/* Through a forward, to the address of "hlr1"; raw bytes as a telnet client has them. */
struct engineer *town_forward(struct town *t, const char *address);
void town_type(struct engineer *e, const char *keys);
void town_half_close(struct engineer *e);
/* From the element: bytes on stream 0 or 1; IPC_BUSY when its socket is full. */
int town_output(struct engineer *e, unsigned stream, struct rd bytes);
void town_exit(struct engineer *e, unsigned kind, uint32_t value);
void town_to_gate(struct town *t, uint16_t type, struct rd body);

/* Joined: the edge was opened. */
bool town_is_open(struct town *t);
bool town_is_over(struct town *t);
bool town_has(const struct buf *b, const char *text);
size_t town_count(const struct buf *b, const char *text);

/* After town_end_gate: all frames of kind `kind` of all recordings, opened with both keepers. */
void town_frames(struct town *t, unsigned kind, struct buf *out);
/* All records as text, a line each, in order. */
void town_records(struct town *t, struct buf *out);
/* Stops gate and evidenced in order, so that the record is whole. */
void town_stop(struct town *t);
