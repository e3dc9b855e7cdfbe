/*
 * Is:        the messages between the supervisor and its children, and between the
 *            command line and the supervisor.
 * Is not:    the links among the children; each pair has its own table.
 * Called by: supervisor, child, cli.
 * Owns:      nothing.
 * Trust:     both sides check with their tables (os/ipc.h).
 */
#pragma once

/* In the state directory while the desk has a policy in force: whoever starts it has no other to give. */
#define CONTROL_POLICY_FILE "desk/in-force"

/* child to supervisor */
enum {
	CONTROL_READY = 1, /* u32 belts */
	CONTROL_EVENT = 2, /* an event (evidence/event.h) to print and record */
	CONTROL_PONG = 3,  /* the answer to CONTROL_PING */
};

/* supervisor to child */
enum {
	CONTROL_LINK = 16, /* u8 length and name of the peer; one descriptor */
	CONTROL_STOP = 17, /* finish and exit with 0 */
	CONTROL_LOAD = 18, /* to tokend: two descriptors, as CONTROL_MEMBERS */
	CONTROL_PING = 19, /* are you there? the loop of every process answers */
	CONTROL_ROUND = 20, /* to deskd: u8 enum control_round, u8-length text why */
};

/* What a round of pings came to, over every process that a session needs. */
enum control_round {
	CONTROL_ROUND_LATE = 0, /* somebody has not answered yet */
	CONTROL_ROUND_WELL = 1, /* all answered, and none was started again since the round before */
	CONTROL_ROUND_GAP = 2,  /* somebody is silent, or was started again: `why` says who */
};
enum { CONTROL_WHY_MAX = 200 };

/* command line to supervisor, over the socket `control` of the state directory */
enum {
	CONTROL_STATUS = 32, /* answered with CONTROL_ANSWER: canonical JSON */
	CONTROL_DOWN = 33,   /* stop everything; answered when all is stopped */
	CONTROL_MEMBERS = 34, /* two descriptors: subscribers in, progress out (members_proto.h) */
	CONTROL_KEYS = 35,    /* one descriptor: a link to keyd (credential_proto.h) */
	CONTROL_RETENTION = 36, /* u8-length name of a log; one descriptor: the other end of a
	                        * link of retention_proto.h, for that log's evidenced */
};

/* supervisor to command line */
enum {
	CONTROL_ANSWER = 48, /* JSON text */
	CONTROL_DONE = 49,
};

/* How keyd's peer behind CONTROL_KEYS is called; the user id follows. */
#define CONTROL_OPERATOR_PEER "operator:"

/* Descriptors that a child starts with, besides 0, 1 (null) and 2 (a pipe that the
 * supervisor turns into events). */
enum { CHILD_CONTROL_FD = 3, CHILD_ROOT_FD = 4, CHILD_DIR_FD = 5, CHILD_LISTEN_FD = 6 };
