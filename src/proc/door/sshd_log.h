/*
 * Is:        what a line of sshd's log tells, by a table of the lines that are known.
 * Is not:    proof of anything: whoever takes over sshd writes what it likes here. Nothing
 *            is allowed because of a line.
 * Called by: door_room.c.
 * Owns:      nothing.
 * Trust:     hostile: names in it are the client's, and may look like the rest of a line.
 *
 * OpenSSH 9.2 to 10, LogLevel VERBOSE, to standard error.
 */
#pragma once

#include <stdbool.h>

#include "base/def.h"
#include "base/rd.h"

enum sshd_said {
	SSHD_UNKNOWN = 0,
	SSHD_NOISE,           /* of no interest */
	SSHD_ACCEPTED,        /* method, user, perhaps the key's fingerprint */
	SSHD_FAILED,          /* method, user */
	SSHD_NO_SUCH_USER,    /* user */
	SSHD_TOO_MANY_TRIES,  /* user */
	SSHD_TOO_LATE,        /* did not log in within LoginGraceTime */
	SSHD_CRASHED,         /* its unprivileged half was killed by a signal */
	SSHD_REFUSED_LOCAL,   /* -L, -D, -W: target */
	SSHD_REFUSED_REMOTE,  /* -R: target */
	SSHD_REFUSED_SOCKET,  /* a unix socket, either way: target */
	SSHD_REFUSED_AGENT,
	SSHD_REFUSED_X11,
	SSHD_REFUSED_TUNNEL,
	SSHD_SAIDS
};

struct sshd_line {
	enum sshd_said said;
	bool before_login; /* by the half of sshd that talks to a stranger */
	struct rd method, user, key, target; /* empty where the line has none */
};

/* `line` without its end. Always an answer. */
struct sshd_line sshd_log_read(struct rd line);
/* "local", "remote", ... of the refusals; NULL of all others. */
const char *sshd_refused_kind(enum sshd_said s);
