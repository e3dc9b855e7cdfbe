/*
 * Is:        starting a program with nothing of ours but what is listed.
 * Is not:    a shell, and not the sandbox (the child applies that itself).
 * Called by: the supervisor, door, tests.
 * Owns:      nothing; gives a pidfd.
 * Trust:     our own arguments.
 */
#pragma once

#include <sys/types.h>

#include "base/def.h"

/* Descriptor `from` of ours becomes number `to` in the child. */
struct spawn_fd {
	int from, to;
};

struct spawn {
	const char *path;         /* absolute */
	const char *const *argv;  /* NULL-terminated; argv[0] too */
	const char *const *envp;  /* NULL-terminated: the whole environment */
	const struct spawn_fd *fds; /* 0, 1, 2 are /dev/null unless listed */
	size_t n_fds;
	/* CLONE_NEW... of clone(2): it begins in namespaces of its own; with CLONE_NEWPID as
	 * the first process there. With CLONE_NEWUSER it keeps over exec every capability
	 * that it has in there; mapping its ids is its own first act. */
	int namespaces;
	int netns; /* an open network namespace to begin in (needs root); 0: ours */
};

/* Forks and executes. In the child: the listed descriptors and no others, default
 * signal handling, nothing blocked, directory /, no terminal of its own (a new
 * session), umask 077. 0, or the errno of whatever failed, exec too: then there
 * is no child. The pidfd is close-on-exec. */
MUST_USE int spawn(const struct spawn *s, pid_t *out_pid, int *out_pidfd);
