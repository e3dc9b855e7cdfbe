/*
 * Is:        the real keyd, evidenced and shipd under the supervisor's own code, with real
 *            witnesses and a mirror on loopback, and one who records.
 * Is not:    linked into any program of the product.
 * Called by: tests/ship.c, bench/levels.c.
 * Owns:      a temporary directory, and every process that it started.
 * Trust:     no input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "evidence/event.h"
#include "os/loop.h"
#include "proc/recorder.h"
#include "proc/supervise.h"

enum { RIG_PEERS_MAX = 4, RIG_VKEY_MAX = 256 };

/* A witness or a mirror. */
struct rig_peer {
	const char *kind, *name;
	pid_t pid;
	int pidfd, out;
	unsigned port; /* the same at each start */
	char vkey[RIG_VKEY_MAX];
};

struct rig {
	char dir[64], log_dir[96], libexec[4096], log_vkey[RIG_VKEY_MAX];
	int dir_fd;
	struct loop *loop;
	struct supervised keyd, log, ship;
	bool is_up, has_ship;
	struct recorder_link recorder;
	uint64_t n_pushed; /* since the state directory was made, in all lives */
	uint64_t n_lost;   /* not acknowledged in a life that is over */
	unsigned count[EVENT_N];
	struct rig_peer peer[RIG_PEERS_MAX];
	struct loop_timer poll;
	bool (*is_done)(struct rig *r);
	uint64_t give_up_ns, for_ns;
};

/* Makes the directory and the keys. Ends the program when it cannot. */
void rig_open(struct rig *r);
void rig_close(struct rig *r);

/* Starts peer `i`, the first time or again; waits until it listens. */
void rig_peer_start(struct rig *r, int i, const char *kind, const char *name);
void rig_peer_stop(struct rig *r, int i, int signal);

/* Writes a file of the state directory; NULL removes it. */
void rig_write(struct rig *r, const char *name, const char *text);

/* Starts all three, or all but shipd; and shipd later. */
void rig_up(struct rig *r, bool with_ship);
void rig_add_ship(struct rig *r);
/* In shipd's place: a link to evidenced under its name; gives our end of it. */
int rig_be_ship(struct rig *r);
/* Stops what is up, in order: the last checkpoint is signed. */
void rig_down(struct rig *r);

/* Records one more event outside any session, with the number n_pushed in it. */
void rig_push(struct rig *r, unsigned n);
/* How many were acknowledged, in all lives. */
uint64_t rig_acknowledged(const struct rig *r);

/* Runs the loop until `is_done`; false when it is not within `ms`. */
bool rig_until(struct rig *r, bool (*is_done)(struct rig *r), unsigned ms);
/* Runs it for so long. */
void rig_run(struct rig *r, unsigned ms);

/* Runs a line of sh with the rig's directory as $1; its exit status. */
int rig_shell(struct rig *r, const char *line);
