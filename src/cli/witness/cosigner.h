/*
 * Is:        what a witness and a mirror have in common: a name, a key, the logs that they
 *            sign for, and how they speak to whoever started them.
 * Is not:    what they sign, nor how they remember it.
 * Called by: the mains of cli/witness and cli/mirror.
 * Owns:      the private key.
 * Trust:     the caller's own command line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/def.h"
#include "evidence/note.h"
#include "os/loop.h"

enum { COSIGNER_LOGS_MAX = 64, COSIGNER_LINE_MAX = 8192 };

struct cosigner_place { /* borrowed from the command line */
	const char *listen, *dir, *name;
};

struct cosigner {
	const char *what; /* "witness" or "mirror" */
	bool json;
	struct ed25519_key seed_key;
	struct note_key key, logs[COSIGNER_LOGS_MAX];
	size_t n_logs;
};

/* All return an exit code, after saying what is wrong on standard error. */
int cosigner_complain(const struct cosigner *c, int code, const char *what, const char *why);
/* text|json ADDRESS:PORT DIR NAME VKEY..., and what a process does before all else. */
int cosigner_start(struct cosigner *c, int argc, char **argv, struct cosigner_place *out);
/* The key in WHAT.seed of the directory, made at the first start. */
int cosigner_open_key(struct cosigner *c, int dir_fd, const char *name);
/* Opens the directory, making it when it is not there. */
int cosigner_open_dir(const struct cosigner *c, const char *path, int *out_fd);
/* A loop that ends with EXIT_OK by the usual signals. */
int cosigner_loop(const struct cosigner *c, struct loop **out);
/* Listens at ADDRESS:PORT; `out` has ADDRESS_ROOM for where that is. */
int cosigner_listen(const struct cosigner *c, const char *listen, int *out_fd, char *out);

/* One line on standard output; takes it as it is and adds the LF. */
void cosigner_print(const struct cosigner *c, struct buf *line);
/* Where it is and which key it has. */
void cosigner_announce(const struct cosigner *c, const char *listens);
