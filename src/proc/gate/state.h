/*
 * Is:        what one session in a room holds.
 * Is not:    what is done with it (gate/session.h, gate/begin.h).
 * Called by: gate*.c and their tests.
 * Owns:      nothing; gate/session.c does.
 * Trust:     the session program and the edge are hostile; deskd, evidenced and tokend are not.
 *
 * A session's way:
 *
 *     HELLO -> WHO -> OPENING <-> ASKING        who is it, may he, with which purpose
 *                      `-> STARTING             shares and reel stored, session.opened asked
 *                            `-> JOINED         lane and edge; every byte through gate/release.h
 *     any -> ENDING -> CLOSING -> OVER          what was released arrives, session.closed, receipt, exit
 *
 * Its memory is bounded: GATE_DOWN_MAX and GATE_UP_MAX bytes on their way (plus one lane's orders,
 * LANE_BYTES_MAX), as many again in one sealed group, the lane (1.6 MiB at most), the inspectors (a
 * screen, decoders, INSPECTOR_HELD_MAX twice): under 24 MiB; of each file in quarantine a block of 64 KiB
 * and a four-thousandth of its length (proc/gate/spool.h), and of all files of a connection the first
 * GATE_SPOOL_HELD blocks, the rest being on the disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/inspector.h"
#include "lane/lane_any.h"
#include "lane/sftp_lane.h"
#include "proc/gate/release.h"
#include "proc/talk/desk_proto.h"
#include "proc/talk/session_proto.h"

struct gate;
struct gate_log;
struct gate_quarantine;
struct ipc;
struct recorder_link;

enum {
	GATE_ASKS_MAX = 8,      /* commands that wait for their verdict, of one session */
	GATE_FILES_MAX = SFTP_LANE_FILES_MAX, /* in quarantine at once: as many as the lane opens */
	GATE_SPOOL_HELD = 256,  /* blocks of quarantine in memory, of all sessions of one connection: 16 MiB */
	RULE_MAX = 64,
	GATE_SIGNALLED = 256,
};
#define GATE_SPOOL_MAX ((uint64_t)64 << 30) /* bytes in quarantine, of all sessions of one connection */

enum phase { PHASE_HELLO, PHASE_WHO, PHASE_OPENING, PHASE_ASKING, PHASE_STARTING, PHASE_JOINED, PHASE_ENDING,
	PHASE_CLOSING, PHASE_RECEIPT, PHASE_OVER };

/* A command or a file between a lane's hook and its ORDER_ASK, and then deskd's answer. */
struct gate_ask {
	bool is_file, is_sent;
	bool is_too_long;  /* for deskd: it is refused */
	uint32_t id;
	uint64_t since_ns; /* asked; 0 once deskd has said that an officer decides */
	const char *act;   /* lane_act_name of a command; a class of a file */
	struct buf body;   /* of DESK_JUDGE, or the detail of DESK_OVER */
};

/* What waits for an officer: one question at a time, since her answer does not say to which. */
enum gate_officer { OFFICER_FREE, OFFICER_CEILING, OFFICER_FILE };

/* What an engineer types before the session begins. */
struct gate_typed {
	struct buf line; /* of an answer; where nothing is asked, what waits for the element */
	uint8_t asks;    /* of DESK_ASKS; the bits that are still to be asked */
	enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_INSIDE } escape; /* of a key that is no text */
	struct buf purpose, ticket;
};

struct session {
	struct list node;
	struct gate *gate;
	uint32_t n; /* its number towards deskd */
	enum phase phase;
	struct ipc *program, *edge;
	uint32_t peer_uid;
	int edge_fd; /* came with the grant; the link is made when the recording is ready */
	int in_fd, out_fd, err_fd;
	struct loop_watch *in_watch, *out_watch, *err_watch;
	/* the engineer's side, from SESSION_HELLO */
	enum session_kind kind;
	bool has_tty, is_forward, has_waited;
	uint16_t cols, rows;
	struct buf hello; /* whole; what borrows it follows */
	struct session_hello said;
	struct rd command; /* without the asset */
	char asset[DESK_NAME_MAX + 1];
	struct gate_typed typed;
	/* the grant */
	struct buf granted;
	struct desk_granted grant;
	struct gate_log *log;
	struct recorder_link *recorder; /* its log's */
	struct release release;
	struct sealer tape;
	bool has_tape, wants_reel;
	unsigned n_shared;
	bool is_input_asked, is_input_judged, may_input; /* of SESSION_EXEC */
	/* joined */
	struct lane_any lane;
	bool has_lane, is_telnet; /* the element speaks telnet */
	struct lane_orders orders;
	struct inspector *shown, *sent;
	struct inspect_figures exposed; /* what the record has of `shown` */
	int watch_fd;             /* an officer watches; -1: nobody */
	struct buf watch;
	struct loop_watch *watch_watch;
	struct buf raw;           /* what the inspector of output holds, as it came */
	bool last_was_stderr, engineer_eof, element_eof[2], exited;
	enum inspect_why over;    /* the inspector holds: nothing is read from the element */
	enum gate_officer officer;
	bool asked_more, asked_over, is_held; /* deskd was asked for more of the grant; an officer was; one holds */
	char held_by[DESK_NAME_MAX + 1]; /* the officer who holds it, or let it go on */
	enum inspect_why item_why; /* why the inspector did not let the last whole text go */
	uint32_t hold_id;         /* the lane's ORDER_HOLD that waits for the same; 0: none */
	struct gate_ask ask[GATE_ASKS_MAX];
	size_t n_asks;
	const char *act; /* as in struct gate_ask, of what was judged last */
	/* of the verdict that came last */
	char rule[RULE_MAX + 1], cls[RULE_MAX + 1], refusal[DESK_REASON_MAX + 1];
	struct gate_quarantine *file; /* GATE_FILES_MAX, once there is one (gate/orders.c) */
	size_t n_files;
	bool fetching; /* the lane waits for these bytes of a file */
	uint32_t fetch_id;
	uint64_t fetch_at, fetch_len;
	struct inspector *file_look; /* of the file that is looked at, and waits */
	uint32_t file_hold;          /* the lane's ORDER_HOLD of it, until deskd has raised the slice; 0: none */
	struct buf file_path;
	uint64_t look_key[2];        /* of all its inspectors */
	struct loop_timer clock, look, more;
	uint64_t began_ns, last_key_ns, waiting_ns, counted_ns;
	struct desk_counts counts, told;
	/* the end */
	uint16_t status; /* of SESSION_EXIT; GATE_SIGNALLED and more: a signal */
	bool by_signal, said_exit;
	bool is_failed; /* the record cannot be written: nothing more is released */
	char why[256], by[DESK_NAME_MAX + 1];
	uint64_t closing_token;
};
