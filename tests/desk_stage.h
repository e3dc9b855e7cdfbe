/*
 * Is:        a stage for deskd: the real program under a scripted supervisor, evidenced, keyd,
 *            door and gates, with the real command line as its officers.
 * Is not:    a test.
 * Called by: tests/desk.c.
 * Owns:      a temporary directory, deskd, and everything it is linked to.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/vec.h"
#include "proc/talk/desk_proto.h"

enum { STAGE_GATES_MAX = 64, STAGE_LOGS = 2, STAGE_PATIENCE_MS = 60000 };

/* A message that came to a gate (or to the door, whose number is STAGE_DOOR). */
enum { STAGE_DOOR = -1 };
struct stage_message { int to; uint16_t type; struct buf body; int fd; };

struct stage {
	char dir[64];
	const char *build;
	int listen_fd;           /* lives through restarts of deskd */
	pid_t pid;
	int pidfd, control, door, keyd, log[STAGE_LOGS], gate[STAGE_GATES_MAX];
	int n_gates;
	bool is_ready, is_deaf;  /* deaf: evidenced takes, and acknowledges nothing */
	int64_t deaf_after;      /* acknowledges so many more, then is deaf; -1: not */
	uint64_t n_asked[STAGE_LOGS], n_acked[STAGE_LOGS];
	uint64_t n_cuts;
	struct buf events;       /* a line each: "NAME ACTOR ASSET" */
	struct buf spoken;       /* deskd's standard error */
	struct vec messages;     /* struct stage_message, not yet expected */
	int stderr_fd, room_fd;
	int disk_mib;            /* its database is on a small disk of its own; 0: where all is */
	int cli_ms;              /* how long a command may take */
	const char *on_watch;    /* u8 kind and text: a gate's answer to DESK_WATCH */
	const char *input;       /* standard input of a command, or NULL */
	long shift_s;            /* deskd's clock, from the next start on */
	pid_t keyd_pid;          /* lives through restarts of deskd, as its control link does */
	bool is_keyd_ready;
};

/* A directory with the policy as its first one. */
void stage_init(struct stage *s, const char *policy);
/* The same with a disk of so many MiB for the desk. */
void stage_init_on(struct stage *s, const char *policy, int disk_mib);
/* Starts deskd and links everything. */
void stage_start(struct stage *s);
void stage_kill(struct stage *s);
void stage_done(struct stage *s);

/* Lets everybody talk for some time, or until nothing was said for it. */
void stage_pump(struct stage *s, int ms);

/* Officers: runs `slagboom ARG...` from the account `uid` (--dir is added); the output goes
 * into `out`. Returns its exit status, or -1 when it did not end in time. */
int stage_cli(struct stage *s, uint32_t uid, struct buf *out, const char *const *arg);

/* The door says who is in the room of the next gate. */
void stage_came(struct stage *s, const char *address, uint32_t round_trip_us);
/* A new gate; returns its number. */
int stage_gate(struct stage *s);
void stage_send(struct stage *s, int gate, uint16_t type, struct rd body);
/* Waits for a message of this type to the gate; others before it are dropped if `skip`, else
 * they fail the case. Gives the message (stage_message_done). */
struct stage_message stage_expect(struct stage *s, int to, uint16_t type, bool skip);
/* Whether one has come, after everybody talked for a while. */
bool stage_has(struct stage *s, int to, uint16_t type, int ms);
void stage_message_done(struct stage_message *m);

/* Engineer's side, in the shape of a gate. */
void stage_hello(struct stage *s, int gate, const char *login, const char *address, const char *key, uint32_t uid);
void stage_open(struct stage *s, int gate, uint32_t n, const char *asset, const char *purpose, const char *ticket);

/* The same by a rule that he names. */
void stage_open_by(struct stage *s, int gate, uint32_t n, const char *asset, const char *purpose, const char *ticket,
    const char *rule);

/* How many events of this name evidenced has taken. */
int stage_n_events(const struct stage *s, const char *name);
/* Waits until there are `n` of them; more, or fewer after STAGE_PATIENCE_MS, fail. */
void stage_until(struct stage *s, const char *name, int n);
/* Waits until deskd has closed the link of that gate. */
bool stage_is_closed(struct stage *s, int gate);
/* The text of a file in the stage's directory. */
void stage_file(const struct stage *s, const char *path, struct buf *out);
