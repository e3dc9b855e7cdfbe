/*
 * Is:        the inside of a room: ids, root directory, devices, loopback, and no way back.
 * Is not:    its listeners or sshd (room.c).
 * Called by: room.
 * Owns:      nothing.
 * Trust:     no input.
 *
 * The caller is the first process of new mount, network, process, ipc and uts namespaces,
 * and of a new user namespace unless it is root.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/def.h"
#include "base/rd.h"

struct room_place {
	const char *etc;      /* path of deskd's directory; must be what etc_fd is */
	int etc_fd;
	const char *programs; /* folder of our programs */
	uid_t uid;            /* who we are outside, when not root */
	gid_t gid;
	bool has_otp;         /* with what one-time codes need: `otp` beside `etc` */
	int root_fd;          /* out: the room's root directory, to close later */
};

/* Everything but what changes from room to room. 0, or a negative errno and in `*out_what`
 * the step that failed; then the process must end. */
MUST_USE int room_build(struct room_place *p, const char **out_what);

/* Writes a small file of the room. */
MUST_USE int room_write(const char *path, struct rd text);

/* The root directory and all files in it, but for /tmp, can no longer be changed. */
MUST_USE int room_seal(void);

/* Bounds what everything in the room can use up. */
MUST_USE int room_limit_resources(void);

/* Before sshd: of all capabilities only those that it needs, or, for an ordinary user, none. */
MUST_USE int room_limit_capabilities(void);
MUST_USE int room_limit_calls(void);
/* After it: the first process keeps that of ending the others in the room, whose ids differ from its own. */
MUST_USE int room_drop_most_capabilities(void);
