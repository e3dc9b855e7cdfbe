/*
 * Is:        one question to the supervisor and its answer; the way to any of our sockets.
 * Is not:    the supervisor's side (proc/supervisor.c).
 * Called by: subcommands.
 * Owns:      its socket, for the time of the question.
 * Trust:     the supervisor of the same user; its answer is bounded all the same.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/def.h"

/* Connects to the socket `name` in `dir`; gives. -ENOENT or -ECONNREFUSED: nothing runs
 * there; -EACCES: it is another user's. */
MUST_USE int client_connect(const char *dir, const char *name, int *out);

/* Sends `type` to the supervisor on `dir` and appends the body of its answer,
 * which must be of type `want`, to `out`. Waits at most `patience_ms`. Errors
 * as of client_connect; -ETIMEDOUT. */
MUST_USE int client_ask(const char *dir, uint16_t type, uint16_t want, int patience_ms, struct buf *out);

/* Gives the two descriptors of proc/talk/members_proto.h (borrowed) to the supervisor on
 * `dir`. Errors as of client_ask. */
MUST_USE int client_members(const char *dir, const int fds[2]);

/* A link to keyd (proc/talk/credential_proto.h) in `*out_fd`; gives. Errors as of client_ask. */
MUST_USE int client_keys(const char *dir, int *out_fd);

/* Sends `request`, a message of proc/talk/retention_proto.h, to the evidenced of log `log` below
 * `dir` and appends its answer to `out`. Errors as of client_ask; -ECONNRESET: it is not
 * there, or busy with another. */
MUST_USE int client_retention(const char *dir, const char *log, struct rd request, int patience_ms, struct buf *out);

/* Asks the supervisor on `dir` to stop everything and waits until it has exited
 * itself. Errors as of client_ask. */
MUST_USE int client_down(const char *dir, int patience_ms);
